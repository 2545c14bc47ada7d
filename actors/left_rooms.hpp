// Which rooms one client has left: the tokens that prove whose they were are void. A plain value.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "token.hpp"

namespace reliable_signaler {

/// A leave voids the tokens of that room and no others, as long as it is among the latest; of the
/// older ones it is known only when the last of them was left, and whatever was signed before that
/// is void. Not thread-safe.
class left_rooms {
public:
  /// Left at that generation, which is higher than any before. At most `most` rooms are remembered.
  void add(const std::string& room_id, std::uint64_t generation, std::size_t most) {
    const auto room = std::hash<std::string>{}(room_id);
    std::erase_if(latest_, [&](const auto& x) { return x.first == room; });
    latest_.emplace_back(room, generation);
    if (latest_.size() <= most) return;
    forgotten_ = latest_.front().second;
    latest_.erase(latest_.begin());
  }

  /// Whether its room was left after it had been signed. `epoch`: of this process.
  bool voids(const token& shown, std::uint64_t epoch) const {
    const auto left = std::find_if(
        latest_.begin(), latest_.end(),
        [room = std::hash<std::string>{}(shown.room)](const auto& x) { return x.first == room; });
    const auto at = left != latest_.end() ? left->second : forgotten_;
    return at != 0 && (shown.epoch != epoch || shown.generation < at);
  }

  std::size_t size() const noexcept { return latest_.size(); }

private:
  /// In the order of leaving. Hashes, since names may be long: of two rooms with one hash the token
  /// of the other is void as well.
  std::vector<std::pair<std::size_t, std::uint64_t>> latest_;
  std::uint64_t forgotten_ = 0;
};

} // namespace reliable_signaler
