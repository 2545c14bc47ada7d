// A logger that keeps what it is told, for tests.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/log.hpp"

class log_keeper {
public:
  reliable_signaler::net::logger logger() const {
    using namespace reliable_signaler;
    return net::logger{log_level::debug, [kept = kept_](log_level, std::string_view event,
                                                        std::span<const net::typed_field> fields) {
                         const std::lock_guard guard{kept->mutex};
                         kept->lines.push_back(net::format_text(event, fields));
                         kept->more.notify_all();
                       }};
  }

  /// How many lines begin so.
  std::size_t count(std::string_view begin) const {
    const std::lock_guard guard{kept_->mutex};
    return static_cast<std::size_t>(std::count_if(kept_->lines.begin(), kept_->lines.end(),
                                                  [&](auto& x) { return x.starts_with(begin); }));
  }
  /// The first line that begins so, now or later; empty if there is none within a minute.
  std::string line(std::string_view begin) const {
    std::unique_lock guard{kept_->mutex};
    std::string found;
    kept_->more.wait_for(guard, std::chrono::minutes{1}, [&] {
      for (const auto& x : kept_->lines)
        if (x.starts_with(begin)) found = x;
      return !found.empty();
    });
    return found;
  }

private:
  struct kept {
    mutable std::mutex mutex;
    std::condition_variable more;
    std::vector<std::string> lines;
  };
  std::shared_ptr<kept> kept_ = std::make_shared<kept>();
};
