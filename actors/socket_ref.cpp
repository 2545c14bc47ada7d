// What a handle can do without its socket's thread, and what it leaves to that.
#include "socket_ref.hpp"

#include <caf/send.hpp>
#include <cstddef>
#include <new>

#include "registration.hpp"

namespace reliable_signaler {

const std::string& socket_ref::nsp() const noexcept {
  // Never destroyed: handles may be static objects, which end later.
  alignas(std::string) static std::byte place[sizeof(std::string)];
  static const auto& none = *new (place) std::string;
  return box_ ? box_->nsp() : none;
}

void socket_ref::emit(const arguments& args) const {
  if (box_) box_->emit(args);
}

bool socket_ref::emit_volatile(const arguments& args) const {
  return box_ && box_->emit_if_ready(args);
}

void socket_ref::run(std::function<void(socket&)> call) const {
  require(call);
  if (connection_) caf::anon_send(connection_, run_on_socket{id_, std::move(call)});
}

} // namespace reliable_signaler
