// Many clients, seated in rooms of equal size. Measures nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../load/client.hpp"
#include "scenario.hpp"

namespace reliable_signaler::bench {

/// Client i sits in room i / room_size, which the first of them opens. A room size of 0 leaves all
/// of them outside of rooms.
class crowd final : public client_user {
public:
  crowd(const scenario_context& context, std::size_t count, std::size_t room_size,
        bool track_offsets = false);

  /// Connects and seats all that are not there, some 64 at a time. Throws `failure` when that does
  /// not work out within the patience, or when there is an interrupt.
  void gather() { gather(clients_.size()); }
  /// The same for the first `count` of them.
  void gather(std::size_t count);

  std::size_t size() const noexcept { return clients_.size(); }
  client& operator[](std::size_t i) { return *clients_[i]; }
  std::size_t seated_count() const noexcept { return seated_count_; }
  bool is_seated(std::size_t i) const { return seated_[i]; }

  /// Drops client i by a reset; `rejoin` connects it again, with what state recovery needs, and
  /// `join_anew` without.
  void drop(std::size_t i);
  void rejoin(std::size_t i);
  void join_anew(std::size_t i);

  const std::string& room_of(std::size_t i) const { return rooms_[i / room_size_]; }
  /// What client i says to come into its room; `id` is the one of the acknowledgement.
  packet entrance(std::size_t i, int id) const;

  /// Called with each event, once `gather` is done with that client or before.
  std::function<void(client&, std::string_view)> heard = [](client&, std::string_view) {};
  /// Called with acknowledgements of ids other than 0, which is the entrance's.
  std::function<void(client&, std::uint64_t)> answered = [](client&, std::uint64_t) {};
  /// Called when a client has its seat.
  std::function<void(client&)> seated = [](client&) {};
  /// Called when a connection is lost that nobody dropped.
  std::function<void(client&, const std::string&)> lost = [](client&, const std::string&) {};

private:
  void on_connected(client& who) override;
  void on_event(client& who, std::string_view arguments) override { heard(who, arguments); }
  void on_answer(client& who, std::uint64_t id, std::string_view arguments) override;
  void on_gone(client& who, const std::string& reason) override;
  void sit(client& who);
  void stand_up(std::size_t i);
  void connect(std::size_t i, const recovery_state* resume);

  scenario_context context_;
  std::size_t room_size_;
  bool track_offsets_;
  std::vector<std::string> rooms_;
  std::vector<std::unique_ptr<client>> clients_;
  std::vector<bool> seated_;
  std::size_t seated_count_ = 0;
  std::string failure_;
};

} // namespace reliable_signaler::bench
