// The main function of bench_tests. No tests.
#include "caf/test/unit_test_impl.hpp"
