// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <string>

namespace hx {
namespace {

std::atomic<LogLevel> least_level{LogLevel::kInfo};

// sd-daemon(3) prefixes: journald reads the priority from them, a terminal shows the word behind.
constexpr std::array<std::string_view, 4> kPrefix{"<7>", "<6>", "<4>", "<3>"};
constexpr std::array<std::string_view, 4> kWord{"debug: ", "", "warning: ", "error: "};

}  // namespace

void set_log_level(LogLevel least) noexcept { least_level = least; }

void log(LogLevel level, std::string_view message) {
  if (level < least_level) return;
  const auto index = static_cast<std::size_t>(level);
  static const bool to_terminal = ::isatty(STDERR_FILENO) == 1;
  static const bool to_journal = !to_terminal && ::getenv("JOURNAL_STREAM") != nullptr;
  std::string line;
  line.reserve(message.size() + 32);
  if (to_journal) line += kPrefix[index];
  line += "host_exporter: ";
  line += kWord[index];
  for (const char c : message) line += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  line += '\n';
  // A single write keeps lines of several threads apart; a lost log line is not worth a retry.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace hx
