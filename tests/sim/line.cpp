// One simulated connection.
#include "line.hpp"

#include <algorithm>
#include <utility>

#include "net/wire/engine_io.hpp"

namespace reliable_signaler::sim {

line::line(signaler& server, const wire::wire_limits& limits, listener& client, std::string address,
           bool on_websocket, time_point now)
    : server_of_(server),
      limits_(limits),
      client_(&client),
      address_(std::move(address)),
      first_is_websocket_(on_websocket),
      now_(now),
      last_ping_(now),
      get_open_(!on_websocket),
      get_up_(!on_websocket),
      handshake_up_(on_websocket) {}

line::~line() {
  if (!server_) return;
  server_->detach();
  server_->cut_off();
}

bool line::is_over() const {
  return client_ == nullptr && !can_move() && (!server_ || server_->has_ended());
}

// -- the client

void line::send(message what) {
  if (what.text) what.bytes.insert(0, 1, '4');
  buffer_.push_back(std::move(what));
  act();
}

void line::begin_upgrade() {
  if (!open_ || client_ == nullptr || first_is_websocket_ || upgrade_ != upgrade::none) return;
  upgrade_ = upgrade::asked;
  handshake_up_ = true;
}

void line::lose_probe() {
  if (upgrade_ != upgrade::asked && upgrade_ != upgrade::probing) return;
  upgrade_ = upgrade::failed;
  handshake_up_ = false;
  frames_up_.clear();
  down_.frames.clear();
  received_.clear();
  down_.socket_closes = false;
  if (std::exchange(socket_open_, false)) server_->on_socket_closed();
}

void line::say_goodbye(bool is_connected, bool by_itself) {
  const bool apart = by_itself && is_connected && !on_websocket();
  if (apart)
    farewell_ =
        "41\x1e"
        "1";
  else if (is_connected)
    send({true, "1"});
  if (!apart && !on_websocket()) {
    buffer_.push_back({true, "1"});
    act();
  }
  cut({true, true, true});
}

// Everything that it does by itself, at once.
void line::act() {
  if (!open_ || client_ == nullptr) return;
  if (upgrade_ == upgrade::pausing && !get_open_ && post_ == post::none) {
    frames_up_.push_back({true, "5"});
    upgrade_ = upgrade::done;
  }
  if (on_websocket()) {
    for (auto& packet : std::exchange(buffer_, {}))
      if (!cut_) frames_up_.push_back(std::move(packet));
    return;
  }
  if (upgrade_ == upgrade::pausing) return;
  if (!get_open_) get_open_ = get_up_ = true;
  if (post_ != post::none || buffer_.empty()) return;
  post_ = post::head;
  for (const auto& packet : std::exchange(buffer_, {})) {
    if (packet.text)
      wire::append_payload_packet(post_body_, packet.bytes);
    else
      wire::append_payload_binary(post_body_, packet.bytes);
  }
}

void line::lose() {
  if (auto* client = std::exchange(client_, nullptr)) client->on_lost();
}

void line::take_payload(std::string payload) {
  wire::payload_reader packets(payload, limits_);
  for (wire::engine_packet packet; client_ != nullptr && packets.next(packet);) {
    if (packet.binary)
      client_->on_message({false, std::string{packet.data}});
    else // the type digit stands before what follows it
      take_text({packet.data.data() - 1, packet.data.size() + 1});
  }
}

void line::take_frame(bool text, std::string_view bytes) {
  if (client_ == nullptr) return;
  if (text)
    take_text(bytes);
  else
    client_->on_message({false, std::string{bytes}});
}

void line::take_text(std::string_view packet) {
  switch (packet.front()) {
    case '0':
      open_ = true;
      last_ping_ = now_;
      client_->on_open();
      break;
    case '1':
      lose();
      break;
    case '2':
      last_ping_ = now_;
      buffer_.push_back({true, "3"});
      break;
    case '3':
      if (upgrade_ == upgrade::probing) upgrade_ = upgrade::pausing;
      break;
    case '4':
      client_->on_message({true, std::string{packet.substr(1)}});
      break;
    default: // a noop
      break;
  }
}

// -- the network

void line::cut(const breakage& how) {
  if (!cut_) {
    cut_ = true;
    down_.clear();
    received_.clear();
    if (server_) server_->detach();
    if (!how.upstream_arrives) {
      get_up_ = handshake_up_ = false;
      if (post_ == post::head) post_ = post::none;
      frames_up_.clear();
    }
    server_is_to_learn_ = how.server_notices;
    slow_ = how.is_slow;
  }
  if (how.client_notices) client_ = nullptr;
}

void line::notice() {
  if (cut_) lose();
}

void line::pass(time_point now) {
  // Pings that did not come, judged by when they could have arrived.
  if (client_ != nullptr && now_ - last_ping_ >= limits_.ping_interval + limits_.ping_timeout) {
    lose();
    cut({false, true, false});
  }
  now_ = now;
  if (server_) server_->tick(now);
}

line::move_list line::moves() const {
  move_list result;
  if (get_up_) result.push_back(&line::get_arrives);
  if (post_ == post::head || post_ == post::body) result.push_back(&line::post_arrives);
  if (handshake_up_) result.push_back(&line::handshake_arrives);
  if (!frames_up_.empty() && socket_open_ && server_ && server_->may_read())
    result.push_back(&line::frame_arrives);
  if (server_ && server_->is_dirty()) result.push_back(&line::server_flushes);
  if (server_ && server_->may_resume()) result.push_back(&line::server_resumes);
  if (down_.to_get) result.push_back(&line::get_is_answered);
  if (down_.to_post) result.push_back(&line::post_is_answered);
  if (!down_.frames.empty()) result.push_back(&line::bytes_arrive);
  if (down_.frames.empty() && down_.socket_closes) result.push_back(&line::socket_closed);
  // What is broken off ends before the farewell comes, or after that.
  if (server_is_to_learn_ && (result.size == 0 || !farewell_.empty()))
    result.push_back(&line::server_learns);
  if (!farewell_.empty()) result.push_back(&line::farewell_arrives);
  return result;
}

bool line::can_move() const {
  return moves().size > 0;
}

void line::move(const picker& pick) {
  const auto possible = moves();
  if (possible.size == 0) return;
  (this->*possible.all[pick(possible.size)])(pick);
  act();
}

void line::get_arrives(const picker&) {
  get_up_ = false;
  if (server_) return server_->on_get(now_);
  server_ = caf::make_counted<served_session>(server_of_, limits_, address_,
                                              wire::transport::polling, down_, now_);
  if (cut_) server_->detach();
  server_->begin();
}

// Head and body come apart, so that a cut may come between.
void line::post_arrives(const picker&) {
  if (post_ == post::head) {
    server_->on_post_begin();
    post_ = post::body;
    return;
  }
  post_ = post::waits;
  server_->on_post_body(std::exchange(post_body_, {}), now_);
}

void line::handshake_arrives(const picker&) {
  handshake_up_ = false;
  if (first_is_websocket_) {
    server_ = caf::make_counted<served_session>(server_of_, limits_, address_,
                                                wire::transport::websocket, down_, now_);
    if (cut_) server_->detach();
    socket_open_ = true;
    return server_->begin();
  }
  socket_open_ = server_->open_probe(now_);
  upgrade_ = socket_open_ ? upgrade::probing : upgrade::failed;
  if (socket_open_) frames_up_.push_back({true, "2probe"});
}

void line::frame_arrives(const picker&) {
  const auto frame = std::move(frames_up_.front());
  frames_up_.pop_front();
  server_->on_frame(frame.text, frame.bytes, now_);
}

void line::server_flushes(const picker&) {
  server_->flush();
}

void line::server_resumes(const picker&) {
  server_->resume();
}

void line::farewell_arrives(const picker&) {
  server_->on_farewell(std::exchange(farewell_, {}), now_);
}

void line::server_learns(const picker&) {
  server_is_to_learn_ = get_up_ = handshake_up_ = false;
  post_ = post::none;
  frames_up_.clear();
  if (!server_) return;
  server_->on_requests_aborted();
  if (socket_open_) server_->on_socket_closed();
}

void line::get_is_answered(const picker&) {
  get_open_ = false;
  auto answer = *std::exchange(down_.to_get, std::nullopt);
  if (!answer.ok) return lose(), cut({});
  take_payload(std::move(answer.payload));
}

void line::post_is_answered(const picker&) {
  post_ = post::none;
  const auto answer = *std::exchange(down_.to_post, std::nullopt);
  if (!answer.ok) return lose(), cut({});
}

// Frames of a server are not masked (RFC 6455, section 5.2).
void line::bytes_arrive(const picker& pick) {
  const auto count = pick(4) == 0 ? 1 + pick(down_.frames.size()) : down_.frames.size();
  received_.append(down_.frames, 0, count);
  down_.frames.erase(0, count);
  for (;;) {
    if (received_.size() < 2) return;
    const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(received_[i]); };
    std::size_t size = byte(1);
    std::size_t header = 2;
    if (size == 126) {
      header = 4;
      if (received_.size() < header) return;
      size = byte(2) * std::size_t{256} + byte(3);
    }
    if (received_.size() < header + size) return;
    const bool text = byte(0) == static_cast<unsigned char>(net::frame_kind::text);
    const auto frame = received_.substr(header, size);
    received_.erase(0, header + size);
    take_frame(text, frame);
    act();
  }
}

void line::socket_closed(const picker&) {
  down_.socket_closes = false;
  socket_open_ = false;
  if (!on_websocket() && upgrade_ != upgrade::pausing) {
    upgrade_ = upgrade::failed; // only the probe
    frames_up_.clear();
    return;
  }
  lose();
  cut({});
}

} // namespace reliable_signaler::sim
