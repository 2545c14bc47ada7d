// The makers of all scenarios; each is defined in the file of its name.
#pragma once

#include <memory>

#include "scenario.hpp"

namespace reliable_signaler::bench {

std::unique_ptr<scenario> make_churn(const scenario_context& context);
std::unique_ptr<scenario> make_relay(const scenario_context& context);
std::unique_ptr<scenario> make_fan_out(const scenario_context& context);
std::unique_ptr<scenario> make_idle(const scenario_context& context);
std::unique_ptr<scenario> make_storm(const scenario_context& context);
std::unique_ptr<scenario> make_parked(const scenario_context& context);
std::unique_ptr<scenario> make_resume(const scenario_context& context);

} // namespace reliable_signaler::bench
