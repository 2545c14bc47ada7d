// A program that uses rooms between its own actors, with no network at all.
#include <chrono>
#include <iostream>
#include <string>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <reliable_signaler/actors/actor_handlers.hpp>
#include <reliable_signaler/actors/json_arguments.hpp>
#include <reliable_signaler/actors/signaler.hpp>

namespace rs = reliable_signaler;

int main() {
  constexpr std::chrono::seconds patience{20};
  caf::actor_system_config config;
  caf::actor_system system{config};
  rs::signaler rooms{system, {}, {}, nullptr};
  const rs::room_key key{"/", "den"};
  caf::scoped_actor alice{system};
  caf::scoped_actor bob{system};
  rs::seat_ptr owned;
  rs::room_voice voice;
  std::string heard;
  const auto failed = [](const caf::error&) { std::cerr << "refused\n"; };
  auto seated = bob->request(rooms.registry(), patience,
                             rs::ask_room{rs::claim_for(caf::actor_cast<caf::actor>(bob), key)});
  alice
      ->request(rooms.registry(), patience,
                rs::open_room{rs::claim_for(caf::actor_cast<caf::actor>(alice), key)})
      .receive([&](const rs::seat_grant& grant) { owned = grant.seat; }, failed);
  seated.receive([&](const rs::seat_grant& grant) { voice = rs::room_voice{grant.seat}; }, failed);
  voice.say(rs::make_event("message", "hello"));
  alice->receive([&](const rs::room_says& said) { heard = said.what->args.json; },
                 caf::after(patience) >> [] { std::cerr << "heard nothing\n"; });
  // From outside of the room; nobody needs an encoder for that.
  rooms.everyone_in("/").to(key.id).emit(rs::make_event("message", "all of you"));
  alice->receive([&](const rs::room_says& said) { heard += said.what->args.json; },
                 caf::after(patience) >> [] { std::cerr << "heard no broadcast\n"; });
  rooms.stop();
  std::cout << heard << '\n';
  return heard == R"(["message","hello"]["message","all of you"])" ? 0 : 1;
}
