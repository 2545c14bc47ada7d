// Delivery logs and their rules.
#include "delivery_log.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace reliable_signaler {

namespace {

/// The share of its bound that a log keeps while all of them together hold too much.
constexpr std::size_t share_when_full = 16;
/// Entries let go of before the vector is moved together.
constexpr std::size_t slack = 32;

} // namespace

delivery_rules::delivery_rules(encoder_ptr codec) : codec_(std::move(codec)) {}

delivery_rules::delivery_rules(encoder_ptr codec, std::uint64_t epoch,
                               const caf::actor_clock& clock, bounds limits)
    : codec_(std::move(codec)),
      epoch_(epoch),
      epoch_text_(reliable_signaler::epoch_text(epoch)),
      clock_(&clock),
      limits_(limits) {}

encoded_ptr delivery_rules::encode(std::string_view nsp, const arguments& args,
                                   const event_id& id) const {
  if (!keeps()) return codec_->event(nsp, args, std::nullopt, {});
  return codec_->event(nsp, args, std::nullopt, event_name{epoch_text_, id}.view());
}

event_id delivery_rules::next_own() const {
  return {epoch_, {}, last_number_.fetch_add(1, std::memory_order_relaxed) + 1};
}

// `b` and digits, as long as any public id: those are random, so none looks like this.
event_id delivery_rules::next_unique() const {
  event_id result{epoch_, {}, 1, series_of(0, true)};
  auto& name = result.sender.characters;
  std::array<char, public_id::length> digits{};
  const auto number = last_number_.fetch_add(1, std::memory_order_relaxed) + 1;
  const auto* const end = std::to_chars(digits.begin(), digits.end(), number, 36).ptr;
  name.fill('0');
  name.front() = 'b';
  std::copy(digits.cbegin(), end, name.end() - (end - digits.cbegin()));
  return result;
}

std::size_t delivery_rules::bytes_allowed() const noexcept {
  const bool full = bytes_kept() > static_cast<std::int64_t>(limits_.bytes_in_all);
  return full ? limits_.bytes / share_when_full : limits_.bytes;
}

void delivery_log::append(const delivery_rules& rules, const event_id& id, encoded_ptr packet,
                          time_point now) {
  if (first_ > slack && first_ * 2 > entries_.size()) {
    std::vector<entry> rest{
        std::make_move_iterator(entries_.begin() + static_cast<std::ptrdiff_t>(first_)),
        std::make_move_iterator(entries_.end())};
    entries_.swap(rest);
    first_ = 0;
  }
  const auto& added =
      entries_.emplace_back(entry{id.sender, id.series, id.number, std::move(packet), now});
  bytes_ += charge(added);
  rules.count_bytes(static_cast<std::int64_t>(charge(added)));
  const auto oldest = now - rules.limits().age;
  while (first_ < entries_.size() && entries_[first_].at < oldest) drop_first(rules);
  keep_to_bound(rules);
}

void delivery_log::keep_to_bound(const delivery_rules& rules) {
  const auto allowed = rules.bytes_allowed();
  while (first_ < entries_.size() && bytes_ > allowed) drop_first(rules);
}

void delivery_log::drop_first(const delivery_rules& rules) {
  auto& gone = entries_[first_++];
  ++gone_;
  bytes_ -= charge(gone);
  rules.count_bytes(-static_cast<std::int64_t>(charge(gone)));
  dropped_sender_ = gone.sender;
  dropped_series_ = gone.series;
  dropped_number_ = gone.number;
  gone.packet = nullptr;
}

std::optional<std::size_t> delivery_log::after(const event_id& id) const {
  if (dropped_number_ == id.number && dropped_number_ != 0 && dropped_series_ == id.series
      && dropped_sender_ == id.sender)
    return 0;
  for (auto i = first_; i < entries_.size(); ++i)
    if (entries_[i].is(id)) return i + 1 - first_;
  return std::nullopt;
}

void delivery_log::fill(const delivery_rules& rules, std::uint64_t position, encoded_ptr packet) {
  if (position < gone_) return;
  auto& known = entries_[first_ + static_cast<std::size_t>(position - gone_)];
  bytes_ += packet->size();
  rules.count_bytes(static_cast<std::int64_t>(packet->size()));
  known.packet = std::move(packet);
  keep_to_bound(rules);
}

void delivery_log::clear(const delivery_rules& rules) {
  rules.count_bytes(-static_cast<std::int64_t>(bytes_));
  gone_ = end();
  entries_.clear();
  first_ = bytes_ = 0;
}

} // namespace reliable_signaler
