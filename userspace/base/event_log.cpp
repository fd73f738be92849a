// SPDX-License-Identifier: Apache-2.0
#include "base/event_log.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

namespace hx {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : to_utf8(text)) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
      continue;
    }
    std::array<char, 8> escaped{};
    std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
    out += escaped.data();
  }
  return out + '"';
}

void EventLog::add_source(std::function<void()> pull) {
  const std::lock_guard lock(pulling_);
  sources_.push_back(std::move(pull));
}

void EventLog::close() {
  const std::lock_guard no_pulling(pulling_);
  sources_.clear();
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  lines_.clear();
}

void EventLog::add(std::string_view event, std::string_view members) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return;
  std::string line = "{\"seq\":" + std::to_string(next_++) + ",\"event\":\"";
  line.append(event).append("\",").append(members).append("}\n");
  lines_.push_back(std::move(line));
  if (lines_.size() > capacity_) lines_.pop_front();
}

std::string EventLog::since(std::uint64_t seq) {
  {
    const std::lock_guard lock(pulling_);
    for (const auto& pull : sources_) pull();
  }
  const std::lock_guard lock(mutex_);
  const auto first = next_ - lines_.size();
  const auto skip = std::min<std::uint64_t>(seq < first ? 0 : seq - first + 1, lines_.size());
  std::string out;
  for (auto at = lines_.begin() + static_cast<std::ptrdiff_t>(skip); at != lines_.end(); ++at) {
    out += *at;
  }
  return out;
}

}  // namespace hx
