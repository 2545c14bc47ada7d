// The schedule of io_clock: entries ordered by time, and chained per actor for cancelling.
#include "io_clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
#include <caf/abstract_actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/group.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

#include "io_loop.hpp"

namespace reliable_signaler::net {

namespace {

namespace intrusive = boost::intrusive;

struct ordinary_timeout {
  caf::atom_value type;
  uint64_t id;
};
struct multi_timeout {
  caf::atom_value type;
  uint64_t id;
};
struct request_timeout {
  caf::message_id id;
};
struct group_message {
  caf::group target;
  caf::message content;
};

} // namespace

struct io_clock::entry : intrusive::set_base_hook<>, intrusive::list_base_hook<> {
  using content_type = std::variant<ordinary_timeout, multi_timeout, request_timeout,
                                    caf::mailbox_element_ptr, group_message>;

  entry(time_point t, caf::strong_actor_ptr a, content_type c)
      : due(t), actor(std::move(a)), content(std::move(c)) {}

  bool operator<(const entry& other) const noexcept { return due < other.due; }

  // Whether the end of the actor makes it pointless. Requests must be answered even then, and what
  // goes to a group is sent on behalf of its actor.
  bool dies_with_actor() const noexcept {
    if (auto element = std::get_if<caf::mailbox_element_ptr>(&content))
      return !(*element)->mid.is_request();
    return !std::holds_alternative<group_message>(content);
  }

  void deliver() {
    struct {
      entry& e;
      void operator()(ordinary_timeout& x) { timeout(x.type, x.id); }
      void operator()(multi_timeout& x) { timeout(x.type, x.id); }
      void operator()(request_timeout& x) {
        e.actor->get()->eq_impl(x.id, e.actor, nullptr, caf::sec::request_timeout);
      }
      void operator()(caf::mailbox_element_ptr& x) { e.actor->enqueue(std::move(x), nullptr); }
      void operator()(group_message& x) {
        if (!x.target) return;
        x.target.get()->enqueue(std::move(e.actor), caf::make_message_id(), std::move(x.content),
                                nullptr);
      }
      void timeout(caf::atom_value type, uint64_t id) {
        e.actor->get()->eq_impl(caf::make_message_id(), e.actor, nullptr,
                                caf::timeout_msg{type, id});
      }
    } visitor{*this};
    std::visit(visitor, content);
  }

  time_point due;
  caf::strong_actor_ptr actor; // receiver; sender of a group message, then it may be null
  content_type content;
};

struct io_clock::schedule {
  using by_time_type = intrusive::multiset<entry, intrusive::constant_time_size<false>>;
  using chain = intrusive::list<entry, intrusive::constant_time_size<false>>;

  // Entries outside of the schedule that wait for their destruction, or delivery, without the lock.
  struct removed : chain {
    removed() = default;
    removed(const removed&) = delete;
    removed& operator=(const removed&) = delete;
    ~removed() { this->clear_and_dispose(std::default_delete<entry>{}); }
  };

  time_point earliest() const noexcept {
    return by_time.empty() ? time_point::max() : by_time.begin()->due;
  }

  std::mutex mutex;
  by_time_type by_time;
  std::unordered_map<const caf::actor_control_block*, chain> by_actor;
  io_loop* loop = nullptr;
  std::optional<boost::asio::steady_timer> timer;
  time_point armed_for = time_point::max();
  bool arm_posted = false;
  bool closed = false;
};

// A control block lives as long as an entry refers to it, so its address is a good key. Addresses
// are multiples of 64 and clustered: multiplying spreads them.
std::atomic<uint32_t>& io_clock::filter_of(const caf::actor_control_block* actor) noexcept {
  auto h = (reinterpret_cast<uintptr_t>(actor) >> 6) * uint64_t{0x9E3779B97F4A7C15};
  return filter_[(h >> 32) % filter_size];
}

template <class Content>
void io_clock::add(time_point t, caf::strong_actor_ptr actor, Content content) {
  auto e = std::make_unique<entry>(t, std::move(actor), std::move(content));
  // The end of an actor cancels what is there; what comes later would stay until it is due.
  if (e->dies_with_actor() && e->actor->get()->getf(caf::abstract_actor::is_cleaned_up_flag))
    return;
  std::lock_guard guard{schedule_->mutex};
  if (schedule_->closed) return; // the entry is destroyed after the lock
  filter_of(e->actor.get()).fetch_add(1, std::memory_order_relaxed);
  size_.fetch_add(1, std::memory_order_relaxed);
  schedule_->by_time.insert(*e);
  schedule_->by_actor[e->actor.get()].push_back(*e);
  static_cast<void>(e.release()); // the schedule owns it now
  arm_if_earlier();
}

io_clock::entry& io_clock::take_out(const entry& found) {
  auto& e = const_cast<entry&>(found);
  auto chain = schedule_->by_actor.find(e.actor.get());
  chain->second.erase(chain->second.iterator_to(e));
  if (chain->second.empty()) schedule_->by_actor.erase(chain);
  schedule_->by_time.erase(schedule_->by_time.iterator_to(e));
  filter_of(e.actor.get()).fetch_sub(1, std::memory_order_relaxed);
  size_.fetch_sub(1, std::memory_order_relaxed);
  return e;
}

template <class Predicate>
void io_clock::cancel_if(const caf::actor_control_block* actor, Predicate matches) {
  // What an actor has scheduled for itself it sees here, since both happen in its own order.
  if (filter_of(actor).load(std::memory_order_relaxed) == 0) return;
  schedule::removed dead; // destroyed after the lock
  std::lock_guard guard{schedule_->mutex};
  auto chain = schedule_->by_actor.find(actor);
  if (chain == schedule_->by_actor.end()) return;
  // The last one taken out takes the chain with it, so look for the next one before.
  for (auto i = chain->second.begin(), end = chain->second.end(); i != end;) {
    auto& e = *i++;
    auto last = i == end;
    if (matches(e)) dead.push_back(take_out(e));
    if (last) break;
  }
}

// The timer belongs to the loop's thread. One that is armed too early is left alone.
void io_clock::arm_if_earlier() {
  auto& s = *schedule_;
  if (s.loop == nullptr || s.earliest() >= s.armed_for) return;
  if (!s.loop->in_thread()) {
    if (std::exchange(s.arm_posted, true)) return;
    s.loop->post([this] {
      std::lock_guard guard{schedule_->mutex};
      schedule_->arm_posted = false;
      arm_if_earlier();
    });
    return;
  }
  s.armed_for = s.earliest();
  s.timer->expires_at(s.armed_for);
  s.timer->async_wait([this](boost::system::error_code failed) {
    if (!failed) on_timer();
  });
}

void io_clock::on_timer() {
  {
    std::lock_guard guard{schedule_->mutex};
    schedule_->armed_for = time_point::max();
  }
  expire(now());
  std::lock_guard guard{schedule_->mutex};
  arm_if_earlier();
}

io_clock::io_clock() : schedule_(std::make_unique<schedule>()) {}

io_clock::~io_clock() {
  close();
}

void io_clock::bind(io_loop& loop) {
  std::lock_guard guard{schedule_->mutex};
  schedule_->loop = &loop;
  schedule_->timer.emplace(loop.context());
  arm_if_earlier();
}

void io_clock::close() {
  {
    std::lock_guard guard{schedule_->mutex};
    schedule_->closed = true;
    schedule_->timer.reset();
    schedule_->loop = nullptr;
  }
  cancel_all();
}

io_clock::time_point io_clock::next() const {
  std::lock_guard guard{schedule_->mutex};
  return schedule_->earliest();
}

size_t io_clock::expire(time_point now) {
  schedule::removed due;
  size_t n = 0;
  {
    std::lock_guard guard{schedule_->mutex};
    for (; n < max_per_expire && schedule_->earliest() <= now; ++n)
      due.push_back(take_out(*schedule_->by_time.begin()));
  }
  for (auto& e : due) e.deliver();
  return n;
}

void io_clock::set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                                    uint64_t id) {
  if (filter_of(self->ctrl()).load(std::memory_order_relaxed) != 0) {
    std::lock_guard guard{schedule_->mutex};
    // Only one per type can be active. It is moved, since actors renew it with every message.
    if (auto chain = schedule_->by_actor.find(self->ctrl()); chain != schedule_->by_actor.end())
      for (auto& e : chain->second) {
        auto old = std::get_if<ordinary_timeout>(&e.content);
        if (old == nullptr || old->type != type) continue;
        old->id = id;
        schedule_->by_time.erase(schedule_->by_time.iterator_to(e));
        e.due = t;
        schedule_->by_time.insert(e);
        return arm_if_earlier();
      }
  }
  add(t, caf::strong_actor_ptr{self->ctrl()}, ordinary_timeout{type, id});
}

void io_clock::set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                                 uint64_t id) {
  add(t, caf::strong_actor_ptr{self->ctrl()}, multi_timeout{type, id});
}

void io_clock::set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) {
  add(t, caf::strong_actor_ptr{self->ctrl()}, request_timeout{id});
}

void io_clock::schedule_message(time_point t, caf::strong_actor_ptr receiver,
                                caf::mailbox_element_ptr content) {
  if (receiver && content) add(t, std::move(receiver), std::move(content));
}

void io_clock::schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender,
                                caf::message content) {
  add(t, std::move(sender), group_message{std::move(target), std::move(content)});
}

void io_clock::cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) {
  cancel_if(self->ctrl(), [&](const entry& e) {
    auto x = std::get_if<ordinary_timeout>(&e.content);
    return x != nullptr && x->type == type;
  });
}

void io_clock::cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) {
  cancel_if(self->ctrl(), [&](const entry& e) {
    auto x = std::get_if<request_timeout>(&e.content);
    return x != nullptr && x->id == id;
  });
}

void io_clock::cancel_timeouts(caf::abstract_actor* self) {
  cancel_if(self->ctrl(), [](const entry& e) { return e.dies_with_actor(); });
}

void io_clock::cancel_all() {
  schedule::removed dead;
  std::lock_guard guard{schedule_->mutex};
  while (!schedule_->by_time.empty()) dead.push_back(take_out(*schedule_->by_time.begin()));
}

} // namespace reliable_signaler::net
