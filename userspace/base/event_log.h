// SPDX-License-Identifier: Apache-2.0
// Single events for /debug/events: the last ones, one JSON object a line.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hx {

// Quoted and escaped; what is no UTF-8 is replaced.
std::string json_string(std::string_view text);

// Thread-safe. Past `capacity` the oldest are forgotten, which a gap in "seq" shows.
class EventLog {
 public:
  static constexpr std::size_t kCapacity = 4096;

  explicit EventLog(std::size_t capacity = kCapacity) : capacity_(capacity) {}

  // Somebody who adds what has happened meanwhile when called, and lives until close().
  void add_source(std::function<void()> pull);
  // `members` are those of the object behind "seq" and "event": "\"pid\":1,\"comm\":\"x\"".
  void add(std::string_view event, std::string_view members);

  // Asks the sources, then returns the lines of the events with a greater "seq", oldest first.
  std::string since(std::uint64_t seq);
  // Forgets everything, and that there are sources; nothing is added from now on.
  void close();

 private:
  const std::size_t capacity_;
  std::mutex pulling_;  // of the sources; taken before theirs, and theirs before mutex_
  std::vector<std::function<void()>> sources_;
  std::mutex mutex_;  // of what follows
  bool is_closed_ = false;
  std::uint64_t next_ = 1;
  std::deque<std::string> lines_;  // the last one has next_ - 1
};

}  // namespace hx
