// What every actor of ours does about surprises: it logs them and prints nothing. Internal.
#pragma once

#include <exception>
#include <string>

#include <caf/default_attachable.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/sec.hpp>

#include "context.hpp"

namespace reliable_signaler {

/// The text of an exception.
inline std::string text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

/// Replaces CAF's default handlers, which print to the standard output. An exception that escapes a
/// handler is logged and ends the actor; monitors then clean up behind it. The actor keeps
/// `context` for as long as it lives.
inline void keep_quiet(caf::scheduled_actor* self, const context_ptr& context, const char* who) {
  self->set_default_handler(caf::drop);
  // Two plain pointers fit into the function itself: no memory of its own for each actor.
  self->set_exception_handler([context = context.get(),
                               who](std::exception_ptr& failure) -> caf::error {
    context->log(log_level::error, "actor_failed", {{"actor", who}, {"what", text_of(failure)}});
    return caf::sec::runtime_error;
  });
}

} // namespace reliable_signaler
