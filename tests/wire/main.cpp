// The main function of wire_tests. No tests.
#include "caf/test/unit_test_impl.hpp"
