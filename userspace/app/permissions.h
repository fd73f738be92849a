// SPDX-License-Identifier: Apache-2.0
// What the daemon may read, and so what it can tell: --permissions.paranoid, after
// kernel.perf_event_paranoid, whose direction (higher is stricter) and range it has. README.md,
// "Permissions", has the levels as a table.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/host_fs.h"
#include "base/result.h"
#include "metrics/collector.h"

namespace hx {

struct Options;

constexpr int kLeastParanoid = -1, kMostParanoid = 3;

// Programs in the kernel: histograms of the host.
constexpr bool allows_programs(int level) noexcept { return level <= 2; }
// What the kernel knows of single processes.
constexpr bool allows_processes(int level) noexcept { return level <= 1; }
// Files that ptrace(2)'s rule guards, and the performance counters of whole CPUs.
constexpr bool allows_guarded(int level) noexcept { return level <= 0; }
// Single births, deaths and slow requests, to this host only.
constexpr bool allows_events(int level) noexcept { return level <= -1; }

struct LeftOut {
  std::string source;  // as in host_exporter_source_up
  std::string reason;
  bool is_of_groups = false;  // or else of the node
};

struct Permissions {
  int level = 0;
  bool follows_host = false;      // "host": the level is what the host's sysctl says
  std::vector<LeftOut> left_out;  // of what was asked for, because of the level
};

// "-1" to "3"; "host" looks at the host.
Result<Permissions> parse_permissions(std::string_view text, const HostFs& fs);
// The host's kernel.perf_event_paranoid; Debian's and Ubuntu's further values count as 3.
Result<int> read_host_level(const HostFs& fs);

// Of what the options ask for, what the level does not allow.
std::vector<LeftOut> left_out_by(int level, const Options& options);
// Switches that off.
void restrict_to(int level, Options& options);

// In force now. Written by a reload, read by units.
using SharedLevel = std::shared_ptr<std::atomic<int>>;

// host_exporter_permission_level{kind="configured|effective"}: what was asked for, and what is left
// of it: `in_force`, but no less than what our capabilities are `enough_for`.
CollectorPtr make_permission_level(int configured, SharedLevel in_force, int enough_for);

}  // namespace hx
