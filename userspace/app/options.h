// SPDX-License-Identifier: Apache-2.0
// The command line and the file of --config.file, as one plain struct.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/permissions.h"
#include "app/personality.h"
#include "base/host_fs.h"
#include "base/log.h"
#include "base/result.h"
#include "collectors/options.h"
#include "probes/probe.h"
#include "process/process.h"

namespace hx {

struct Options {
  Personality personality = Personality::kHostExporter;  // says which targets there are
  std::vector<std::string> node_addresses{":9100"};
  std::vector<std::string> process_addresses{":9256"};
  std::string telemetry_path = "/metrics";
  unsigned max_requests = 40;  // of each target; 0: no limit
  bool disable_exporter_metrics = false;
  bool single_target = false;
  std::string web_config_file;  // TLS, passwords; empty: plain HTTP for everybody
  bool systemd_socket = false;  // sockets come from the service manager

  std::chrono::milliseconds collector_timeout{5000};

  Permissions permissions;
  bool seccomp = true;  // once it serves, only the system calls that serving needs

  HostRoots roots;
  CollectorOptions collector;
  ProcessOptions process;
  ProbeOptions probe;
  std::vector<std::string_view> collectors;  // the enabled rows of collector_table()
  std::vector<std::string_view> probes;      // the enabled rows of probe_table()

  LogLevel log_level = LogLevel::kInfo;
  bool doctor = false;  // examine instead of serve
  bool once = false;
  std::chrono::milliseconds once_delay{0};  // the scrape that is printed is the second one
};

struct CommandLine {
  Options options;
  std::string print;  // the answer to --help or --version: to be printed instead of a start
};

// `command_line` begins with the program's name. An error is one line that names the flag, or file,
// line and key, and what is wrong with it. Reads --config.file and looks at the directories that
// are named, but starts nothing.
Result<CommandLine> parse_command_line(std::span<const char* const> command_line);

}  // namespace hx
