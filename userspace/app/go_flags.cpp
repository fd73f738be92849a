// SPDX-License-Identifier: Apache-2.0
#include "app/go_flags.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/log.h"

namespace hx {
namespace {

struct GoFlag {
  std::string_view name;
  std::string_view own;  // without dashes; for a switch that is off, "no-" goes before it
  bool is_switch = false;
};
constexpr std::array<GoFlag, 19> kFlags{{
    {"children", "children", true},
    {"config.path", "config.path"},
    {"debug", "log.level=debug", true},
    {"gather-smaps", "gather-smaps", true},
    {"h", "help", true},
    {"help", "help", true},
    {"man", "help", true},
    {"namemapping", "namemapping"},
    {"once-to-stdout-delay", "once-to-stdout-delay"},
    {"procfs", "path.procfs"},
    {"procnames", "procnames"},
    {"recheck", "recheck", true},
    {"recheck-with-time-limit", "recheck-with-time-limit"},
    {"remove-empty-groups", "remove-empty-groups", true},
    {"threads", "threads", true},
    {"version", "version", true},
    {"web.config.file", "web.config.file"},
    {"web.listen-address", "web.process-listen-address"},
    {"web.telemetry-path", "web.telemetry-path"},
}};

// As Go's strconv.ParseBool.
std::optional<bool> to_bool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

// What is on by default is told when it is off, anything else when it is on.
void add_switch(const GoFlag& flag, bool value, std::vector<std::string>& words) {
  if (value) {
    words.push_back("--" + std::string(flag.own));
  } else if (flag.own == flag.name && flag.own != "help" && flag.own != "version") {
    words.push_back("--no-" + std::string(flag.own));
  }
}

}  // namespace

Result<std::vector<std::string>> of_process_exporter(std::span<const char* const> arguments) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word.size() < 2 || word[0] != '-' || word == "--") {
      log_warning("\"" + std::string(word) + "\" is no flag: it and what follows are ignored");
      break;
    }
    const auto body = word.substr(word[1] == '-' ? 2 : 1);
    const auto equals = body.find('=');
    const auto name = body.substr(0, equals);
    const auto flag = std::find_if(kFlags.begin(), kFlags.end(),
                                   [&](const GoFlag& row) { return row.name == name; });
    if (flag == kFlags.end()) {
      return Error{0, "unknown flag " + std::string(word) + " (of process-exporter)"};
    }
    if (flag->is_switch) {
      const auto value = equals == std::string_view::npos ? true : to_bool(body.substr(equals + 1));
      if (!value) return Error{0, std::string(word) + ": want true or false"};
      add_switch(*flag, *value, words);
      continue;
    }
    if (equals == std::string_view::npos && i + 1 == arguments.size()) {
      return Error{0, std::string(word) + ": a value is missing"};
    }
    const auto value = equals == std::string_view::npos ? std::string_view(arguments[++i])
                                                        : body.substr(equals + 1);
    words.push_back("--" + std::string(flag->own) + "=" + std::string(value));
  }
  return words;
}

}  // namespace hx
