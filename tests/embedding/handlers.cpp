// What the sockets of the embedding program can do.
#include "handlers.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "actors/actor_handlers.hpp"
#include "actors/json_arguments.hpp"
#include "actors/socket.hpp"
#include "net/server.hpp"

namespace embedding {

using namespace std::chrono_literals;
using nlohmann::json;
using namespace reliable_signaler;
using reliable_signaler::socket; // not that of POSIX

namespace {

std::string text(const event_ptr& e, std::size_t index = 0) {
  const auto value = argument(*e, index);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

// The arguments without the event's name, under another name if there is one.
arguments renamed(const arguments& args, const char* name = nullptr) {
  auto values = to_json(args).value_or(json::array({""}));
  if (name == nullptr)
    values.erase(0);
  else
    values[0] = name;
  return to_arguments(values);
}

/// An actor as the handler of a namespace: it welcomes, answers, and brings in what it hears in a
/// room that it opens when it is asked to.
struct bot_state {
  std::map<std::string, room_voice> voices;
};

caf::behavior bot(caf::stateful_actor<bot_state>* self,
                  const std::atomic<reliable_signaler::net::server*>& server) {
  return {
      [](const socket_connected& message) { message.who.emit(make_event("welcome")); },
      [=, &server](const socket_says& message) {
        if (message.what->name == "echo") message.ack.send(renamed(message.what->args));
        const auto id = text(message.what);
        if (message.what->name == "close") self->state.voices.erase(id);
        if (message.what->name != "open") return;
        self->request(server.load()->registry(), caf::infinite,
                      open_room{claim_for(self, {"/", id})})
            .then([=](const seat_grant& grant) {
              self->state.voices[id] = room_voice{grant.seat};
              message.ack.send(make_answer("open"));
            });
      },
      [](const socket_gone&) {},
      [=](const room_says& message) {
        auto answer = renamed(message.what->args, "bot heard");
        self->state.voices[message.room.id].say(answer);
      },
  };
}

void no_refusal(socket& s, refusal why) {
  s.emit(make_event("refused", std::string{reliable_signaler::code_of(why)}));
}

} // namespace

handlers::handlers(namespace_table& namespaces, caf::actor_system& system)
    : bot_(system.spawn(bot, std::cref(server_))) {
  namespaces.of("/actor").handle_with(bot_);
  auto& root = namespaces.of("/");
  speak(root);
  acknowledge(root);
  gather(root);
  end(root);
  guard(namespaces.of("/guarded"));
  namespaces.matching("/room-[0-9]+").on_connect([](socket& s) {
    s.emit(make_event("in", s.nsp(), s.request().query_parameter("colour")));
  });
  auto& faulty = namespaces.of("/faulty");
  faulty.on_connect([](socket&) { throw std::runtime_error{"no welcome"}; });
  faulty.on("throw", [](socket&, const event_ptr&, const acknowledgement&) {
    throw std::runtime_error{"no luck"};
  });
  faulty.on("throw-oddly", [](socket&, const event_ptr&, const acknowledgement&) { throw 7; });
  faulty.on("fine", [](socket&, const event_ptr&, const acknowledgement& ack) {
    ack.send(make_answer("fine"));
  });
}

handlers::~handlers() {
  caf::anon_send_exit(bot_, caf::exit_reason::user_shutdown);
}

void handlers::serve(reliable_signaler::net::server& server) {
  server_ = &server;
}

void handlers::keep(const acknowledgement& ack) {
  const std::lock_guard guard{mutex_};
  kept_.push_back(ack);
}

void handlers::release() {
  std::thread{[this] {
    const std::lock_guard guard{mutex_};
    for (const auto& ack : kept_) ack.send(make_answer("at last"));
    kept_.clear();
  }}.join();
}

void handlers::speak(namespace_handlers& nsp) {
  nsp.on("echo", [](socket& s, const event_ptr& e, const acknowledgement& ack) {
    if (ack)
      ack.send(renamed(e->args));
    else
      s.emit(renamed(e->args, "echoed"));
  });
  // The text as it came, never parsed.
  nsp.on("raw", [](socket& s, const event_ptr& e, const acknowledgement&) { s.emit(e->args); });
  nsp.on("count", [](socket& s, const event_ptr& e, const acknowledgement&) {
    for (int i = 0, n = argument(*e, 0).get<int>(); i < n; ++i) s.emit(make_event("number", i));
  });
  // So many, or until one is dropped; the others are told, since who asked may not be reading.
  nsp.on("snow", [](socket& s, const event_ptr& e, const acknowledgement& ack) {
    const std::string flake(argument(*e, 1).get<std::size_t>(), '*');
    const auto most = argument(*e, 0).get<int>();
    int sent = 0;
    // As text: there is much of it.
    const auto numbered = [&] {
      return arguments{R"(["flake",)" + std::to_string(sent) + ",\"" + flake + "\"]", {}};
    };
    while (sent < most && s.emit_volatile(numbered())) ++sent;
    ack.send(make_answer(sent));
    s.everyone_else().emit(make_event("it has snowed", sent));
  });
  nsp.on("once", [](socket& s, const event_ptr&, const acknowledgement& ack) {
    s.once("single", [](socket& of, const event_ptr&, const acknowledgement&) {
      of.emit(make_event("had single"));
    });
    ack.send({});
  });
  nsp.on("who", [](socket& s, const event_ptr&, const acknowledgement& ack) {
    ack.send(make_answer(std::string{s.id().view()}, s.nsp(), s.request().remote_address,
                         std::string{s.request().header("x-colour")}, s.request().secure));
  });
}

void handlers::acknowledge(namespace_handlers& nsp) {
  nsp.on("late", [this](socket&, const event_ptr&, const acknowledgement& ack) { keep(ack); });
  nsp.on("release", [this](socket&, const event_ptr&, const acknowledgement& ack) {
    release();
    ack.send({});
  });
  nsp.on("twice", [](socket&, const event_ptr&, const acknowledgement& ack) {
    ack.send(make_answer("first"));
    ack.send(make_answer("second"));
  });
  nsp.on("ask me", [](socket& s, const event_ptr& e, const acknowledgement&) {
    s.emit(renamed(e->args, "question"), 60s, [](socket& of, const arguments* answer) {
      of.emit(make_event("you said", answer != nullptr ? *to_json(*answer) : json{}));
    });
  });
  nsp.on("ask me briefly", [](socket& s, const event_ptr&, const acknowledgement&) {
    s.emit(make_event("question"), 20ms, [](socket& of, const arguments* answer) {
      of.emit(make_event(answer != nullptr ? "you said" : "you said nothing"));
    });
  });
}

void handlers::gather(namespace_handlers& nsp) {
  nsp.on("join", [](socket& s, const event_ptr& e, const acknowledgement& ack) {
    s.join(text(e), ack, {}, no_refusal);
  });
  nsp.on("leave", [](socket& s, const event_ptr& e, const acknowledgement& ack) {
    s.leave(text(e));
    ack.send({});
  });
  nsp.on("rooms", [](socket& s, const event_ptr&, const acknowledgement& ack) {
    ack.send(make_answer(s.rooms()));
  });
  nsp.on("to rooms", [](socket& s, const event_ptr& e, const acknowledgement&) {
    auto to = s.everyone_else();
    for (const auto& room : argument(*e, 0)) to.to(room.get<std::string>());
    for (const auto& room : argument(*e, 1)) to.except(room.get<std::string>());
    to.emit(make_event("told", argument(*e, 2)));
  });
  nsp.on("to socket", [this](socket&, const event_ptr& e, const acknowledgement&) {
    if (const auto id = parse_public_id(text(e)))
      server_.load()->everyone_in("/").to(*id).emit(make_event("told", argument(*e, 1)));
  });
  nsp.on("whisper", [](socket& s, const event_ptr& e, const acknowledgement&) {
    if (const auto id = parse_public_id(text(e)))
      s.to(*id).emit(make_event("told", argument(*e, 1)));
  });
  nsp.on("to everyone", [this](socket&, const event_ptr& e, const acknowledgement&) {
    server_.load()->everyone_in("/").emit(make_event("told", argument(*e, 0)));
  });
}

void handlers::end(namespace_handlers& nsp) {
  nsp.on("end namespace",
         [](socket& s, const event_ptr&, const acknowledgement&) { s.disconnect(); });
  nsp.on("end connection",
         [](socket& s, const event_ptr&, const acknowledgement&) { s.disconnect_client(); });
  nsp.on_disconnecting([](socket& s, std::string_view) {
    s.everyone_else()
        .to("the watchers")
        .emit(make_event("going", std::string{s.id().view()}, s.rooms().size()));
  });
  nsp.on_disconnect([this](socket& s, std::string_view reason) {
    server_.load()
        ->everyone_in("/")
        .to("the watchers")
        .emit(
            make_event("gone", std::string{s.id().view()}, std::string{reason}, s.rooms().size()));
  });
}

void handlers::guard(namespace_handlers& nsp) {
  nsp.use([](const connect_attempt& attempt) {
    const auto auth = json::parse(attempt.auth(), nullptr, false);
    if (!auth.is_object() || !auth.contains("token"))
      return attempt.refuse("no token", R"({"code":401,"hint":["log in"]})");
    attempt.data() = auth["token"].get<std::string>();
    attempt.accept();
  });
  nsp.use([](const connect_attempt& attempt) {
    const auto token = std::any_cast<std::string>(attempt.data());
    if (token == "throws") throw std::runtime_error{"the check fails"};
    // As from a database, on a thread of its own.
    std::thread{[attempt, token] {
      if (token == "forged")
        attempt.refuse("bad token");
      else
        attempt.accept();
    }}.join();
  });
  nsp.on("whoami", [](socket& s, const event_ptr&, const acknowledgement& ack) {
    ack.send(make_answer(std::any_cast<std::string>(s.data())));
  });
}

} // namespace embedding
