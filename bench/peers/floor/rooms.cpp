// Opening, asking, relaying, leaving: as little as the scenarios need.
#include "rooms.hpp"

#include <algorithm>

namespace reliable_signaler::floor {

namespace {

shared_text answer(std::string_view ack, std::string_view arguments) {
  std::string text{"43"};
  text.append(ack).append(arguments);
  return std::make_shared<const std::string>(std::move(text));
}

shared_text granted(std::string_view ack, const std::string& id) {
  return answer(ack, "[\"" + id + "\"]");
}

} // namespace

void room_table::sit(member& who, room& in) {
  if (std::find(in.members.begin(), in.members.end(), &who) != in.members.end()) return;
  in.members.push_back(&who);
  who.rooms.push_back(&in);
}

void room_table::open(member& who, const std::string& id, std::string_view ack) {
  auto& here = rooms_[id];
  if (!here) here = std::make_unique<room>(room{id, {}, {}});
  if (std::find(here->owners.begin(), here->owners.end(), &who) == here->owners.end())
    here->owners.push_back(&who);
  sit(who, *here);
  if (auto waiting = parked_.extract(id)) {
    for (auto& each : waiting.mapped()) {
      sit(*each.who, *here);
      each.who->send(granted(each.ack, id));
    }
  }
  if (!ack.empty()) who.send(answer(ack, "[]"));
}

void room_table::ask(member& who, const std::string& id, std::string_view ack) {
  if (const auto found = rooms_.find(id); found != rooms_.end() && !found->second->owners.empty()) {
    sit(who, *found->second);
    return who.send(granted(ack, id));
  }
  parked_[id].push_back({&who, std::string{ack}});
  who.waits.push_back(id);
}

void room_table::relay(const member& from, const shared_text& text) {
  for (const auto* in : from.rooms)
    for (auto* other : in->members)
      if (other != &from) other->send(text);
}

void room_table::leave(member& who) {
  for (auto* in : who.rooms) {
    std::erase(in->members, &who);
    std::erase(in->owners, &who);
    if (in->members.empty()) rooms_.erase(std::string{in->id});
  }
  for (const auto& id : who.waits)
    if (const auto found = parked_.find(id); found != parked_.end()) {
      std::erase_if(found->second, [&](const question& each) { return each.who == &who; });
      if (found->second.empty()) parked_.erase(found);
    }
  who.rooms.clear();
  who.waits.clear();
}

} // namespace reliable_signaler::floor
