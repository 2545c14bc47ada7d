// The Socket.IO half of a session: who may say what when, and the assembly of binary packets.
#include "socket_io_session.hpp"

#include <algorithm>
#include <deque>
#include <utility>

namespace reliable_signaler::wire {

struct held_packet {
  explicit held_packet(std::string_view from) : text(from) {}

  std::string text;
  /// Views into `text`, and into `name` if the event's name is written with escapes.
  socket_packet packet;
  std::string name;
  std::vector<std::string> attachments;
};

struct early_messages {
  struct message {
    bool text;
    std::string bytes;
  };
  std::deque<message> waiting;
  std::size_t charged = 0;
  /// Whether the first of them still has to wait.
  bool blocked = false;
  /// The one that was taken last: views point into it.
  std::string taken;
};

struct socket_io_session::other_namespace {
  std::string name;
  place where;
};

namespace {

// Whoever goes between a packet and its attachments, as a page that polls may, has still said so.
bool is_goodbye(std::string_view text) noexcept {
  return text.starts_with('1');
}

} // namespace

incoming::incoming() = default;
incoming::~incoming() = default;
incoming::incoming(incoming&&) noexcept = default;
incoming& incoming::operator=(incoming&&) noexcept = default;

socket_io_session::socket_io_session(const wire_limits& limits, time_point now) noexcept
    : limits_(&limits), connect_deadline_(now + limits.connect_timeout) {}

socket_io_session::~socket_io_session() = default;
socket_io_session::socket_io_session(socket_io_session&&) noexcept = default;
socket_io_session& socket_io_session::operator=(socket_io_session&&) noexcept = default;

wire_error socket_io_session::on_text(std::string_view text, incoming& out) {
  out.what = incoming::kind::nothing;
  out.attachments.clear();
  out.held.reset();
  if (failed_ != wire_error::none) return failed_;
  if (early_ && !early_->waiting.empty()) return keep_early(true, std::string{text});
  const wire_error error = take_text(text, out);
  return early_ && early_->blocked ? keep_early(true, std::string{text}) : error;
}

wire_error socket_io_session::on_binary(std::string&& bytes, incoming& out) {
  out.what = incoming::kind::nothing;
  out.attachments.clear();
  out.held.reset();
  if (failed_ != wire_error::none) return failed_;
  if (early_ && !early_->waiting.empty()) return keep_early(false, std::move(bytes));
  return take_binary(std::move(bytes), out);
}

wire_error socket_io_session::keep_early(bool text, std::string bytes) {
  early_->charged += bytes.size() + early_message_bytes;
  if (early_->charged > limits_->max_early_bytes) return fail(wire_error::too_much_before_connect);
  early_->waiting.push_back({text, std::move(bytes)});
  return wire_error::none;
}

bool socket_io_session::next_early(incoming& out, wire_error& error) {
  out.what = incoming::kind::nothing;
  out.attachments.clear();
  out.held.reset();
  error = failed_;
  if (!early_ || early_->waiting.empty() || failed_ != wire_error::none) {
    early_.reset();
    return false;
  }
  early_->blocked = false;
  auto message = std::move(early_->waiting.front());
  early_->taken = std::move(message.bytes);
  error =
      message.text ? take_text(early_->taken, out) : take_binary(std::string{early_->taken}, out);
  if (!early_) return true; // it has failed
  if (early_->blocked) {
    early_->waiting.front().bytes = std::move(early_->taken);
    return false;
  }
  early_->charged -= early_->taken.size() + early_message_bytes;
  early_->waiting.pop_front();
  return true;
}

wire_error socket_io_session::take_text(std::string_view text, incoming& out) {
  if (pending_ && !is_goodbye(text)) return fail(wire_error::attachment_missing);
  pending_.reset();
  // Binary packets outlive their text, so they are decoded from a copy.
  if (!text.empty() && (text.front() == '5' || text.front() == '6')) return hold(text, out);
  socket_packet packet;
  const wire_error error = decode_socket_packet(text, *limits_, packet, out.name_storage);
  return error == wire_error::none ? dispatch(packet, out) : fail(error);
}

wire_error socket_io_session::take_binary(std::string&& bytes, incoming& out) {
  if (!pending_) return fail(wire_error::attachment_surplus);
  pending_->attachments.push_back(std::move(bytes));
  if (pending_->attachments.size() < pending_->packet.attachments) return wire_error::none;
  out.held = std::move(pending_);
  out.attachments = std::move(out.held->attachments);
  // The namespace may have been left by the server meanwhile.
  return dispatch(out.held->packet, out);
}

wire_error socket_io_session::hold(std::string_view text, incoming& out) {
  auto held = std::make_unique<held_packet>(text);
  const wire_error error = decode_socket_packet(held->text, *limits_, held->packet, held->name);
  if (error != wire_error::none) return fail(error);
  // Said now, not after the attachments: a client that may not speak shall not fill memory.
  const wire_error refused = dispatch(held->packet, out);
  out.what = incoming::kind::nothing;
  if (early_ && early_->blocked) return wire_error::none;
  if (refused == wire_error::none) pending_ = std::move(held);
  return refused;
}

wire_error socket_io_session::dispatch(const socket_packet& packet, incoming& out) {
  if (packet.type == socket_packet_type::connect) {
    const wire_error error = connect(packet.nsp);
    if (error != wire_error::none) return fail(error);
    out.what = incoming::kind::connect;
  } else {
    const state where = find(packet.nsp).value;
    if (where == state::left) {
      out.attachments.clear();
      return wire_error::none;
    }
    if (where == state::connecting) {
      if (!early_) early_ = std::make_unique<early_messages>();
      early_->blocked = true;
      return wire_error::none;
    }
    if (where != state::connected) return fail(wire_error::namespace_not_connected);
    switch (packet.type) {
      case socket_packet_type::event:
      case socket_packet_type::binary_event:
        out.what = incoming::kind::event;
        break;
      case socket_packet_type::ack:
      case socket_packet_type::binary_ack:
        out.what = incoming::kind::ack;
        break;
      default:
        out.what = incoming::kind::disconnect;
        set(packet.nsp, {});
    }
  }
  out.nsp = packet.nsp;
  out.id = packet.id;
  out.name = packet.event;
  out.json = packet.json;
  return wire_error::none;
}

wire_error socket_io_session::connect(std::string_view nsp) {
  const place before = find(nsp);
  if (before.value == state::connected || before.asked >= limits_->max_connects_under_way)
    return wire_error::namespace_connected_twice;
  if (before.value == state::absent && !make_room()) return wire_error::too_many_namespaces;
  set(nsp, {state::connecting, static_cast<std::uint8_t>(before.asked + 1)});
  return wire_error::none;
}

// Namespaces that were left are remembered only while there is room for them.
bool socket_io_session::make_room() {
  const auto is_full = [this] {
    return others_.size() + (root_.value == state::absent ? 0 : 1) >= limits_->max_namespaces;
  };
  if (!is_full()) return true;
  const auto is_left = [](const other_namespace& other) {
    return other.where.value == state::left;
  };
  const auto oldest = std::find_if(others_.begin(), others_.end(), is_left);
  if (oldest != others_.end()) {
    others_.erase(oldest);
  } else if (root_.value == state::left) {
    root_ = {};
  }
  return !is_full();
}

wire_error socket_io_session::accepted(std::string_view nsp) {
  const place before = find(nsp);
  if (before.value != state::connecting) return wire_error::none;
  connect_deadline_ = time_point::max();
  if (before.asked > 1) return fail(wire_error::namespace_connected_twice);
  set(nsp, {state::connected, 0});
  return wire_error::none;
}

void socket_io_session::refused(std::string_view nsp) {
  place where = find(nsp);
  if (where.value != state::connecting) return;
  if (--where.asked == 0) where.value = state::left;
  set(nsp, where);
}

void socket_io_session::disconnected_by_server(std::string_view nsp) {
  if (is_connected(nsp)) set(nsp, {state::left, 0});
}

wire_error socket_io_session::tick(time_point now) noexcept {
  if (now < connect_deadline_) return wire_error::none;
  connect_deadline_ = time_point::max();
  return fail(wire_error::connect_timeout);
}

bool socket_io_session::is_connected(std::string_view nsp) const noexcept {
  return find(nsp).value == state::connected;
}

wire_error socket_io_session::fail(wire_error error) noexcept {
  pending_.reset();
  early_.reset();
  failed_ = error;
  return error;
}

socket_io_session::place socket_io_session::find(std::string_view nsp) const noexcept {
  if (nsp == "/") return root_;
  for (const other_namespace& other : others_) {
    if (other.name == nsp) return other.where;
  }
  return {};
}

void socket_io_session::set(std::string_view nsp, place value) {
  if (nsp == "/") {
    root_ = value;
    return;
  }
  const auto is_it = [nsp](const other_namespace& other) { return other.name == nsp; };
  const auto found = std::find_if(others_.begin(), others_.end(), is_it);
  if (value.value != state::absent) {
    if (found == others_.end()) {
      others_.push_back({std::string(nsp), value});
    } else {
      found->where = value;
    }
  } else if (found != others_.end()) {
    others_.erase(found);
    if (others_.empty()) others_.shrink_to_fit();
  }
}

} // namespace reliable_signaler::wire
