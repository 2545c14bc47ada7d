// Delivery logs and their rules.
#include "delivery_log.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace reliable_signaler {

namespace {

/// The share of its bound that a log keeps while all of them, or those of its address, hold too
/// much.
constexpr std::size_t share_when_full = 16;
/// Fewest slots of a log that has any.
constexpr std::size_t least_slots = 2;
/// Of which share of its slots a log must have less to give half of them back.
constexpr std::size_t used_at_least = 4;

std::int64_t difference(std::size_t now, std::size_t before) {
  return static_cast<std::int64_t>(now) - static_cast<std::int64_t>(before);
}

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

std::size_t delivery_rules::count_bytes(const address_counts::account& of,
                                        std::int64_t change) const noexcept {
  const auto in_all = kept_.fetch_add(change, std::memory_order_relaxed) + change;
  const auto of_address = of.add(change);
  const auto most = static_cast<std::int64_t>(limits_.bytes_of_address);
  const bool full =
      in_all > static_cast<std::int64_t>(limits_.bytes_in_all) || (most > 0 && of_address > most);
  return full ? limits_.bytes / share_when_full : limits_.bytes;
}

void delivery_log::append(const delivery_rules& rules, const event_id& id, encoded_ptr packet,
                          time_point now) {
  make_room();
  auto& added = slots_[place(count_++)];
  added = {id.sender, id.series, id.number, std::move(packet), now};
  const auto counted = bytes_;
  bytes_ += charge(added);
  const auto oldest = now - rules.limits().age;
  while (count_ > 0 && slots_[first_].at < oldest) drop_first();
  keep_to_bounds(rules, counted);
}

void delivery_log::make_room() {
  const auto wanted = count_ + (gone_ > 0 ? 2 : 1);
  if (wanted > slots_.size())
    move_to(std::max(least_slots, slots_.size() * 2));
  else if (wanted * used_at_least < slots_.size())
    move_to(slots_.size() / 2);
}

void delivery_log::move_to(std::size_t slots) {
  std::vector<entry> moved(slots);
  for (std::size_t i = 0; i < count_; ++i) moved[i] = std::move(slots_[place(i)]);
  if (gone_ > 0 && !slots_.empty()) moved.back() = std::move(slots_[place(slots_.size() - 1)]);
  slots_.swap(moved);
  first_ = 0;
}

// All threads count at the same places, so it does once what it can: a log that is full takes and
// drops about as much.
void delivery_log::keep_to_bounds(const delivery_rules& rules, std::size_t counted) {
  drop_to(rules.limits().bytes);
  const auto allowed = rules.count_bytes(of_, difference(bytes_, counted));
  if (bytes_ <= allowed) return;
  counted = bytes_;
  drop_to(allowed);
  rules.count_bytes(of_, difference(bytes_, counted));
}

void delivery_log::drop_to(std::size_t allowed) {
  while (count_ > 0 && bytes_ > allowed) drop_first();
}

void delivery_log::drop_first() {
  auto& gone = slots_[first_];
  bytes_ -= charge(gone);
  gone.packet = nullptr;
  first_ = place(1);
  --count_;
  ++gone_;
}

std::optional<std::size_t> delivery_log::after(const event_id& id) const {
  if (gone_ > 0 && !slots_.empty() && slots_[place(slots_.size() - 1)].is(id)) return 0;
  for (std::size_t i = 0; i < count_; ++i)
    if (slots_[place(i)].is(id)) return i + 1;
  return std::nullopt;
}

void delivery_log::fill(const delivery_rules& rules, std::uint64_t position, encoded_ptr packet) {
  if (position < gone_) return;
  auto& known = slots_[place(static_cast<std::size_t>(position - gone_))];
  const auto counted = bytes_;
  bytes_ += packet->size();
  known.packet = std::move(packet);
  keep_to_bounds(rules, counted);
}

void delivery_log::clear(const delivery_rules& rules) {
  rules.count_bytes(of_, -static_cast<std::int64_t>(bytes_));
  gone_ = end();
  std::vector<entry>{}.swap(slots_);
  first_ = count_ = bytes_ = 0;
}

} // namespace reliable_signaler
