// The outbox, and the answers that go through it.
#include "outbox.hpp"

#include <atomic>
#include <caf/make_counted.hpp>
#include <utility>

namespace reliable_signaler {

outbox::outbox(std::string nsp, encoder_ptr codec, session_port_ptr port)
    : nsp_(std::move(nsp)), codec_(std::move(codec)), port_(std::move(port)) {}

void outbox::deliver(const encoded_ptr& packet) {
  const std::lock_guard guard{mutex_};
  if (port_) port_->write(packet);
}

bool outbox::deliver_if_ready(const encoded_ptr& packet) {
  const std::lock_guard guard{mutex_};
  if (!port_ || port_->congested()) return false;
  port_->write(packet);
  return true;
}

void outbox::take(const event_ptr&, const event_id&) {}

bool outbox::bound() const {
  const std::lock_guard guard{mutex_};
  return port_ != nullptr;
}

std::uint32_t outbox::bind(session_port_ptr port) {
  const std::lock_guard guard{mutex_};
  port_ = std::move(port);
  return ++binding_;
}

std::uint32_t outbox::binding() const {
  const std::lock_guard guard{mutex_};
  return binding_;
}

bool outbox::answer(std::uint32_t binding, const encoded_ptr& packet) {
  const std::lock_guard guard{mutex_};
  if (!port_ || binding != binding_) return false;
  port_->write(packet);
  return true;
}

struct acknowledgement::state : caf::ref_counted {
  state(outbox_ptr box_, std::uint64_t id_)
      : box(std::move(box_)), id(id_), binding(box->binding()) {}

  const outbox_ptr box;
  const std::uint64_t id;
  const std::uint32_t binding;
  std::atomic<bool> used{false};
};

acknowledgement::acknowledgement(outbox_ptr box, std::uint64_t id)
    : state_(caf::make_counted<state>(std::move(box), id)) {}

acknowledgement::acknowledgement() = default;
acknowledgement::acknowledgement(const acknowledgement&) = default;
acknowledgement::acknowledgement(acknowledgement&&) noexcept = default;
acknowledgement& acknowledgement::operator=(const acknowledgement&) = default;
acknowledgement& acknowledgement::operator=(acknowledgement&&) noexcept = default;
acknowledgement::~acknowledgement() = default;

bool acknowledgement::send(const arguments& args) const {
  if (!state_ || state_->used.exchange(true)) return false;
  auto& box = *state_->box;
  return box.answer(state_->binding, box.codec().acknowledgement(box.nsp(), state_->id, args));
}

void acknowledgement::revoke() const {
  if (state_) state_->used.store(true);
}

bool acknowledgement::pending() const {
  return state_ && !state_->used.load();
}

} // namespace reliable_signaler
