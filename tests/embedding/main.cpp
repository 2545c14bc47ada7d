// The one translation unit with CAF's test runner and its main function. No tests in here.
#include "caf/test/unit_test_impl.hpp"
