// The outbox, and the answers that go through it.
#include "outbox.hpp"

#include <atomic>
#include <caf/make_counted.hpp>
#include <utility>

namespace reliable_signaler {

outbox::outbox(std::string nsp, delivery_rules_ptr rules, session_port_ptr port,
               address_counts::account charged_to)
    : nsp_(std::move(nsp)),
      rules_(std::move(rules)),
      port_(std::move(port)),
      log_(std::move(charged_to)) {}

outbox::~outbox() {
  if (rules_ && rules_->keeps()) log_.clear(*rules_);
}

void outbox::deliver(const delivery& what) {
  const std::lock_guard guard{mutex_};
  if (rules_->keeps()) {
    if (!port_ && !what.replayed) return;
    log_.append(*rules_, what.id, what.replayed ? what.packet : nullptr, what.at);
  }
  if (is_open()) port_->write(what.packet);
}

void outbox::emit(const arguments& args, bool replayed) {
  // Without a log nothing must be in the order of its number, so the lock can be short.
  if (!rules_->keeps()) return write(rules_->encode(nsp_, args, {}));
  const std::lock_guard guard{mutex_};
  if (!port_ && !replayed) return;
  const auto packet = log_own(args, replayed);
  if (is_open()) port_->write(packet);
}

encoded_ptr outbox::log_own(const arguments& args, bool replayed) {
  const auto id = rules_->next_own();
  auto packet = rules_->encode(nsp_, args, id);
  log_.append(*rules_, id, replayed ? packet : nullptr, rules_->now());
  return packet;
}

void outbox::insist(const arguments& args) {
  if (!rules_->keeps()) return write(rules_->encode(nsp_, args, {}));
  const std::lock_guard guard{mutex_};
  const auto packet = log_own(args, true);
  if (untold_)
    untold_->others.push_back({packet, log_.end() - 1, {}, true});
  else if (port_)
    port_->write(packet);
}

bool outbox::emit_if_ready(const arguments& args) {
  const std::lock_guard guard{mutex_};
  if (!is_open() || port_->congested()) return false;
  const auto id = rules_->keeps() ? rules_->next_own() : event_id{};
  port_->write(rules_->encode(nsp_, args, id));
  // What the client has had last must be known, whatever it was.
  if (rules_->keeps()) log_.append(*rules_, id, nullptr, rules_->now());
  return true;
}

void outbox::write(const encoded_ptr& packet) {
  const std::lock_guard guard{mutex_};
  if (port_) port_->write(packet);
}

void outbox::ask(const encoded_ptr& question) {
  const std::lock_guard guard{mutex_};
  if (untold_)
    untold_->others.push_back({question, log_.end()});
  else if (port_)
    port_->write(question);
}

void outbox::take(const event_ptr&, const event_id&) {}
void outbox::displaced() {}

bool outbox::bound() const {
  const std::lock_guard guard{mutex_};
  return port_ != nullptr;
}

std::uint32_t outbox::bind(session_port_ptr port) {
  const std::lock_guard guard{mutex_};
  port_ = std::move(port);
  untold_ = nullptr;
  return ++binding_;
}

std::uint32_t outbox::binding() const {
  const std::lock_guard guard{mutex_};
  return binding_;
}

std::optional<std::size_t> outbox::find(std::string_view offset) const {
  const auto id = parse_event_id(offset);
  if (!id || !rules_->keeps() || id->epoch != rules_->epoch()) return std::nullopt;
  return log_.after(*id);
}

bool outbox::covers(std::string_view offset) const {
  const std::lock_guard guard{mutex_};
  return find(offset).has_value();
}

bool outbox::resume(session_port_ptr port, std::string_view offset) {
  const std::lock_guard guard{mutex_};
  const auto from = find(offset);
  if (!from) return false;
  port_ = std::move(port);
  untold_ = nullptr;
  ++binding_;
  log_.replay(*from, [&](const encoded_ptr& packet, std::uint64_t) { port_->write(packet); });
  return true;
}

void outbox::reopen(session_port_ptr port, const encoded_ptr& connected, const arguments& greeting,
                    const arguments* gap) {
  const std::lock_guard guard{mutex_};
  port_ = std::move(port);
  untold_ = nullptr;
  ++binding_;
  port_->write(connected);
  const auto now = rules_->now();
  const auto first = rules_->next_own();
  port_->write(rules_->encode(nsp_, greeting, first));
  log_.append(*rules_, first, nullptr, now);
  untold_ = std::make_unique<untold>(untold{rules_->next_own(), log_.end(), {}});
  log_.append(*rules_, untold_->id, nullptr, now);
  if (gap != nullptr) tell(*gap);
}

void outbox::tell_gap(const arguments& gap) {
  const std::lock_guard guard{mutex_};
  if (untold_ && port_) tell(gap);
}

// It goes into the log at its old place: a client that does not get it now must get it before what
// has come behind it.
void outbox::tell(const arguments& gap) {
  const auto what = std::exchange(untold_, nullptr);
  const auto word = rules_->encode(nsp_, gap, what->id);
  // Said also where the log has let go of its place: what was dropped with that is in this gap.
  port_->write(word);
  auto next = what->others.cbegin();
  const auto write_others = [&](std::uint64_t up_to) {
    for (; next != what->others.cend() && next->position <= up_to; ++next)
      if (!next->is_event || !log_.holds(next->position)) port_->write(next->packet);
  };
  log_.replay_since(what->position + 1, [&](const encoded_ptr& packet, std::uint64_t position) {
    write_others(position);
    port_->write(packet);
  });
  write_others(log_.end());
  log_.fill(*rules_, what->position, word);
}

bool outbox::answer(std::uint32_t binding, const encoded_ptr& packet) {
  const std::lock_guard guard{mutex_};
  if (!port_ || binding != binding_) return false;
  // What was made first is heard first: an owner that is told so and then displaced is none.
  if (untold_)
    untold_->others.push_back({packet, log_.end(), in_flight{port_}});
  else
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

bool acknowledgement::is_only_here(std::size_t others) const {
  return pending() && state_->get_reference_count() <= others + 1;
}

} // namespace reliable_signaler
