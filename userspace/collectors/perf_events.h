// SPDX-License-Identifier: Apache-2.0
// What can be counted, and what of it the flags --collector.perf.* ask for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "collectors/options.h"

namespace hx {

struct PerfEvent {
  std::string metric, help;
  std::uint32_t type = 0;  // perf_event_attr's
  std::uint64_t config = 0;
  std::string tracepoint = {};  // "sched/sched_switch": its config is a number that tracefs tells
};

// No two have the same metric. Fails, naming the flag, for a name that stands for no event.
Result<std::vector<PerfEvent>> wanted_perf_events(const CollectorOptions& options);

}  // namespace hx
