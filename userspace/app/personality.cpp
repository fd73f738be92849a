// SPDX-License-Identifier: Apache-2.0
#include "app/personality.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "app/go_flags.h"
#include "base/log.h"

namespace hx {
namespace {

struct ProgramName {
  std::string_view name;
  Personality personality;
};
// Debian's packages have the prefix.
constexpr std::array<ProgramName, 5> kPrograms{
    {{"host_exporter", Personality::kHostExporter},
     {"node_exporter", Personality::kNodeExporter},
     {"prometheus-node-exporter", Personality::kNodeExporter},
     {"process-exporter", Personality::kProcessExporter},
     {"prometheus-process-exporter", Personality::kProcessExporter}}};

struct OldName {
  std::string_view old_name, name;
};
// Names that it gave up, and some that it spells in its own way.
constexpr std::array<OldName, 9> kOldNames{
    {{"collector.diskstats.ignored-devices", "collector.diskstats.device-exclude"},
     {"collector.filesystem.ignored-fs-types", "collector.filesystem.fs-types-exclude"},
     {"collector.filesystem.ignored-mount-points", "collector.filesystem.mount-points-exclude"},
     {"collector.netdev.device-blacklist", "collector.netdev.device-exclude"},
     {"collector.netdev.device-whitelist", "collector.netdev.device-include"},
     {"collector.qdisk.device-exclude", "collector.qdisc.device-exclude"},
     {"collector.qdisk.device-include", "collector.qdisc.device-include"},
     {"collector.systemd.unit-blacklist", "collector.systemd.unit-exclude"},
     {"collector.systemd.unit-whitelist", "collector.systemd.unit-include"}}};

// What node_exporter has and we do not.
constexpr std::array<std::string_view, 8> kOtherCollectors{
    "drbd", "drm", "ntp", "nvmesubsystem", "pcidevice", "runit", "supervisord", "wifi"};
constexpr std::array<std::string_view, 3> kOtherSwitches{"collector.netclass_rtnl.with-stats",
                                                         "collector.ntp.server-is-local",
                                                         "collector.pcidevice.names"};
constexpr std::array<std::string_view, 13> kOtherValues{
    "collector.ntp.ip-ttl",        "collector.ntp.local-offset-tolerance",
    "collector.ntp.max-distance",  "collector.ntp.protocol-version",
    "collector.ntp.server",        "collector.ntp.server-port",
    "collector.pcidevice.idsfile", "collector.qdisc.fixtures",
    "collector.runit.servicedir",  "collector.supervisord.url",
    "collector.wifi.fixtures",     "log.format",
    "runtime.gomaxprocs"};

bool contains(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const ProgramName* find_program(std::string_view name) {
  const auto found = std::find_if(kPrograms.begin(), kPrograms.end(),
                                  [&](const ProgramName& row) { return row.name == name; });
  return found == kPrograms.end() ? nullptr : &*found;
}

bool is_other_collector(std::string_view flag) {
  if (flag.starts_with("no-")) flag.remove_prefix(3);
  constexpr std::string_view kPrefix = "collector.";
  return flag.starts_with(kPrefix) && contains(kOtherCollectors, flag.substr(kPrefix.size()));
}

// node_exporter's flags are ours, but for what it has besides and the names it gave up.
std::vector<std::string> of_node_exporter(std::span<const char* const> arguments) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    const bool is_flag = word.starts_with("--");
    const auto name = is_flag ? word.substr(2, word.find('=') - 2) : std::string_view();
    const bool has_value = word.find('=') != std::string_view::npos;
    const auto old = std::find_if(kOldNames.begin(), kOldNames.end(),
                                  [&](const OldName& row) { return row.old_name == name; });
    if (is_flag && is_other_collector(name)) {
      if (!name.starts_with("no-")) {
        log_warning("--" + std::string(name) + ": there is no such collector here");
      }
    } else if (contains(kOtherSwitches, name)) {
      continue;
    } else if (contains(kOtherValues, name)) {
      i += has_value ? 0 : 1;
    } else if (old != kOldNames.end()) {
      words.push_back("--" + std::string(old->name).append(word.substr(2 + name.size())));
    } else {
      words.push_back(word == "--help-long" || word == "--help-man" ? "--help" : std::string(word));
    }
  }
  return words;
}

}  // namespace

Result<Invocation> invocation_of(std::span<const char* const> command_line) {
  std::string_view program = command_line.empty() ? std::string_view() : command_line.front();
  program.remove_prefix(program.rfind('/') + 1);  // npos + 1 is 0
  const auto* row = find_program(program);
  auto arguments = command_line.subspan(std::min<std::size_t>(1, command_line.size()));

  constexpr std::string_view kAs = "--as=";
  if (!arguments.empty() && std::string_view(arguments.front()).starts_with(kAs)) {
    const auto name = std::string_view(arguments.front()).substr(kAs.size());
    row = find_program(name);
    if (row == nullptr) {
      return Error{0, "--as: \"" + std::string(name) +
                          "\" is none of host_exporter, node_exporter, process-exporter"};
    }
    arguments = arguments.subspan(1);
  }
  // Under a name of its owner's choice the program is what it is.
  const auto personality = row == nullptr ? Personality::kHostExporter : row->personality;
  switch (personality) {
    case Personality::kNodeExporter: return Invocation{personality, of_node_exporter(arguments)};
    case Personality::kProcessExporter: {
      auto words = of_process_exporter(arguments);
      if (!words) return words.error();
      return Invocation{personality, std::move(*words)};
    }
    case Personality::kHostExporter: break;
  }
  return Invocation{personality, {arguments.begin(), arguments.end()}};
}

}  // namespace hx
