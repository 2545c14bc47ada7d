// The poll that always waits, and the posts that gather what is to be sent meanwhile.
#include "polling_transport.hpp"

#include <charconv>
#include <utility>

namespace reliable_signaler::bench {

namespace {

constexpr char separator = '\x1e';

// The value of a header that all servers of Socket.IO send in one of these two spellings.
std::size_t content_length(std::string_view head) {
  std::size_t length = 0;
  for (const std::string_view name : {"Content-Length: ", "content-length: "})
    if (const auto at = head.find(name); at != std::string_view::npos)
      std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  return length;
}

} // namespace

http_exchange::http_exchange(load_context load, const endpoint& server, callbacks user)
    : user_(std::move(user)), socket_(*this) {
  socket_.connect(load, server);
}

void http_exchange::request(std::string_view text) {
  socket_.send(text);
}

void http_exchange::on_bytes(std::string_view bytes) {
  received_ += bytes;
  const auto end = received_.find("\r\n\r\n");
  if (end == std::string::npos) return;
  const std::string_view head{received_.data(), end};
  const auto length = content_length(head);
  if (received_.size() < end + 4 + length) return;
  int status = 0;
  if (head.size() > 12) std::from_chars(head.data() + 9, head.data() + 12, status);
  const auto body = received_.substr(end + 4, length);
  received_.clear();
  user_.on_answer(status, body);
}

polling_transport::polling_transport(load_context load, const endpoint& server,
                                     transport_user& user)
    : load_(load),
      server_(server),
      user_(user),
      polls_(load, server,
             {[this](int status, std::string_view body) { on_polled(status, body); },
              [this](int error) { give_up(reason_of(error)); }}) {
  query_ = server.path + "?EIO=4&transport=polling";
  poll();
}

void polling_transport::poll() {
  polls_.request("GET " + query_ + " HTTP/1.1\r\nHost: " + server_.host + "\r\n\r\n");
}

void polling_transport::give_up(const std::string& reason) {
  if (std::exchange(gone_, true)) return;
  polls_.close();
  if (posts_) posts_->close();
  user_.on_gone(reason);
}

void polling_transport::on_polled(int status, std::string_view body) {
  if (leaving_) return; // the answer to the goodbye is the end
  if (status != 200) return give_up("HTTP status " + std::to_string(status));
  if (query_.find("&sid=") == std::string::npos) {
    const auto at = body.find("\"sid\":\"");
    if (at == std::string_view::npos) return give_up("the answer is no Engine.IO handshake");
    const auto sid = body.substr(at + 7);
    query_.append("&sid=").append(sid.substr(0, sid.find('"')));
  }
  while (!body.empty() && !gone_) {
    const auto end = body.find(separator);
    const auto text = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (text == "1") return give_up("closed by the server");
    user_.on_packet(text);
  }
  if (!gone_ && !leaving_) poll();
}

void polling_transport::send(const packet& what) {
  if (!queue_.empty()) queue_ += separator;
  queue_ += what.text();
  post();
}

void polling_transport::post() {
  if (posting_ || gone_ || queue_.empty()) return;
  posting_ = true;
  if (!posts_)
    posts_ = std::make_unique<http_exchange>(
        load_, server_,
        http_exchange::callbacks{[this](int status, std::string_view) { on_posted(status); },
                                 [this](int error) { give_up(reason_of(error)); }});
  posts_->request("POST " + query_ + " HTTP/1.1\r\nHost: " + server_.host
                  + "\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: "
                  + std::to_string(queue_.size()) + "\r\n\r\n" + queue_);
  queue_.clear();
}

void polling_transport::on_posted(int status) {
  posting_ = false;
  if (leaving_ && queue_.empty()) return give_up("left");
  if (status != 200) return give_up("HTTP status " + std::to_string(status) + " to a POST");
  post();
}

void polling_transport::part(parting how) {
  if (how == parting::clean) {
    leaving_ = true;
    send(packet{"41"});
    send(packet{"1"});
    return;
  }
  gone_ = true;
  for (auto* exchange : {&polls_, posts_.get()}) {
    if (exchange == nullptr) continue;
    if (how == parting::fin)
      exchange->close();
    else
      exchange->reset();
  }
}

} // namespace reliable_signaler::bench
