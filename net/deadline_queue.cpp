// The timing wheel. A tick is a number counted from the origin; its slot is that number modulo 512.
#include "deadline_queue.hpp"

#include <algorithm>
#include <bit>

namespace reliable_signaler::net {

void deadline_queue::schedule(deadline_item& item, time_point when) {
  if (when == never) return;
  auto wanted = tick_after(when);
  if (item.is_linked()) {
    if (item.tick_ <= wanted) return;
    item.unlink();
  }
  link(item, wanted);
}

void deadline_queue::remove(deadline_item& item) noexcept {
  if (item.is_linked()) item.unlink();
}

deadline_queue::time_point deadline_queue::next() const noexcept {
  auto t = next_used(done_ + 1);
  return t == no_tick ? never : origin_ + static_cast<duration::rep>(t) * tick;
}

size_t deadline_queue::expire(time_point now) {
  if (now < origin_) return 0;
  auto last = static_cast<uint64_t>((now - origin_) / tick);
  slot due;
  for (auto t = next_used(done_ + 1); t <= last; t = next_used(t + 1)) {
    auto i = t % slot_count;
    used_[i / 64] &= ~(uint64_t{1} << i % 64);
    due.splice(due.end(), slots_[i]);
  }
  // From here on items are linked behind `last`: each is called at most once.
  done_ = std::max(done_, last);
  size_t called = 0;
  while (!due.empty()) {
    auto& item = due.front();
    due.pop_front();
    ++called;
    auto when = item.on_deadline(now);
    if (when != never) schedule(item, when); // else it may be gone
  }
  return called;
}

uint64_t deadline_queue::tick_after(time_point t) const noexcept {
  auto first = done_ + 1;
  if (t <= origin_) return first;
  auto since = t - origin_;
  auto wanted = static_cast<uint64_t>(since / tick) + (since % tick == duration::zero() ? 0 : 1);
  return std::clamp(wanted, first, done_ + slot_count);
}

void deadline_queue::link(deadline_item& item, uint64_t t) {
  auto i = t % slot_count;
  item.tick_ = t;
  slots_[i].push_back(item);
  used_[i / 64] |= uint64_t{1} << i % 64;
}

// The first tick from `from` on, at most one turn of the wheel away, whose slot may hold items.
uint64_t deadline_queue::next_used(uint64_t from) const noexcept {
  constexpr auto words = slot_count / 64;
  auto i = from % slot_count;
  auto word = i / 64;
  auto bits = used_[word] & (~uint64_t{0} << i % 64);
  for (size_t n = 0; n <= words; ++n) {
    if (bits != 0) {
      auto found = word * 64 + static_cast<size_t>(std::countr_zero(bits));
      auto t = from + (found + slot_count - i) % slot_count;
      return t <= done_ + slot_count ? t : no_tick;
    }
    word = (word + 1) % words;
    bits = used_[word];
  }
  return no_tick;
}

} // namespace reliable_signaler::net
