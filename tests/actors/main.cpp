// Entry point of the unit tests of actors/.
#include "caf/test/unit_test_impl.hpp"
