// Faults of the product, planted into the simulation alone: does it find them?
#pragma once

#include <string_view>

#include "actors/limits.hpp"

namespace reliable_signaler::sim {

/// From now on the product has this fault; false when there is none of that name.
bool plant(std::string_view name);

/// What a planted fault makes of the bounds that the server is given.
void loosen_bounds(limits& bounds);

/// Runs each fault until a promise is broken. Returns 0 when each was found within its number of
/// seeds, else 1. Prints a line for each.
int find_planted_faults();

/// Prints what plant() knows. Returns 0.
int list_planted_faults();

} // namespace reliable_signaler::sim
