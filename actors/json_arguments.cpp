// Placeholders in, blobs out, and back (Socket.IO protocol 5, "Binary event").
#include "json_arguments.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace reliable_signaler {

namespace {

using json = nlohmann::json;

bool is_placeholder(const json& x) {
  return x.is_object() && x.size() == 2 && x.contains("num") && x["num"].is_number_unsigned()
         && x.contains("_placeholder") && x["_placeholder"] == true;
}

// The depth of what comes over the wire is bounded there, so plain recursion is bounded, too.
bool put_blobs(json& x, const std::vector<blob>& attachments) {
  if (is_placeholder(x)) {
    const auto index = x["num"].get<std::size_t>();
    if (index >= attachments.size()) return false;
    const auto& bytes = *attachments[index];
    x = json::binary({bytes.begin(), bytes.end()});
    return true;
  }
  if (!x.is_structured()) return true;
  for (auto& item : x)
    if (!put_blobs(item, attachments)) return false;
  return true;
}

bool holds_binary(const json& x) {
  if (x.is_binary()) return true;
  if (!x.is_structured()) return false;
  for (const auto& item : x)
    if (holds_binary(item)) return true;
  return false;
}

void take_blobs(json& x, std::vector<blob>& attachments) {
  if (x.is_binary()) {
    const auto& bytes = x.get_binary();
    attachments.push_back(std::make_shared<const std::string>(bytes.begin(), bytes.end()));
    x = json{{"_placeholder", true}, {"num", attachments.size() - 1}};
  } else if (x.is_structured()) {
    for (auto& item : x) take_blobs(item, attachments);
  }
}

} // namespace

std::optional<json> to_json(const arguments& args) {
  auto result = json::parse(args.json, nullptr, false);
  if (!result.is_array()) return std::nullopt;
  if (!args.attachments.empty() && !put_blobs(result, args.attachments)) return std::nullopt;
  return result;
}

json argument(const event& e, std::size_t index) {
  auto all = to_json(e.args);
  if (!all || index + 1 >= all->size()) return nullptr;
  return std::move((*all)[index + 1]);
}

void require_free(std::string_view event) {
  if (is_reserved(event))
    throw std::invalid_argument("the event name '" + std::string{event}
                                + "' is reserved by Socket.IO");
}

arguments to_arguments(const json& array) {
  if (!array.is_array()) throw std::invalid_argument("arguments must be a JSON array");
  if (!holds_binary(array)) return {array.dump(), {}};
  arguments result;
  auto copy = array;
  take_blobs(copy, result.attachments);
  result.json = copy.dump();
  return result;
}

} // namespace reliable_signaler
