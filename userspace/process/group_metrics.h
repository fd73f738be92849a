// SPDX-License-Identifier: Apache-2.0
// The namedprocess_namegroup_* families of process-exporter, and ours beside them.
#pragma once

#include <map>
#include <span>
#include <string>

#include "metrics/sink.h"
#include "process/group.h"

namespace hx {

struct GroupMetricsOptions {
  bool threads = true;      // the thread_* families
  bool lifecycle = false;   // exits by reason: only where deaths are told
  bool blocked_io = false;  // where the kernel accounts it, see BlockedTime
  bool blocked_other = false;
  std::int64_t boot_time_ns = 0;              // since the epoch
  std::span<const std::string> wait_names{};  // Tracker::wait_names()
  const std::map<std::string, BlockTimes, std::less<>>* block_owners = nullptr;  // beside groups
  bool tcp = false;        // the tcp_* families,
  bool tcp_bytes = false;  // and of these the bytes
};

void write_group_metrics(MetricSink& out, const Groups& groups, const GroupMetricsOptions& options);

}  // namespace hx
