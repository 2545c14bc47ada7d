// Sends a broadcast on its way through the registry.
#include "broadcast.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>

namespace reliable_signaler {

broadcast& broadcast::to(std::string room_id) {
  request_.rooms.push_back(std::move(room_id));
  return *this;
}

broadcast& broadcast::to(const public_id& who) {
  request_.sockets.push_back(who);
  return *this;
}

broadcast& broadcast::except(std::string room_id) {
  request_.without_rooms.push_back(std::move(room_id));
  return *this;
}

broadcast& broadcast::except(const public_id& who) {
  request_.without.push_back(who);
  return *this;
}

void broadcast::emit(const arguments& args) const {
  auto request = request_;
  std::sort(request.without.begin(), request.without.end());
  auto& sockets = request.sockets;
  std::sort(sockets.begin(), sockets.end());
  sockets.erase(std::unique(sockets.begin(), sockets.end()), sockets.end());
  request.what = caf::make_counted<const event>(request.nsp, std::string{}, args);
  if (rules_->keeps()) request.id = rules_->next_unique();
  request.packet = rules_->encode(request.nsp, args, request.id);
  caf::anon_send(registry_, std::move(request));
}

} // namespace reliable_signaler
