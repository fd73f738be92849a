// SPDX-License-Identifier: Apache-2.0
#include "process/blocked_time.h"

namespace hx {

// Delay accounting had no switch before 5.14, nor is it known from outside whether it was built in:
// there, as with what the scheduler counts, who tells it is one who has it.
BlockedTime::Kinds BlockedTime::accounted(const Kinds& seen, bool has_statistics) {
  const auto delays = delays_.read_u64();
  const auto statistics = statistics_.read_u64();
  const bool counts_statistics = has_statistics && statistics && *statistics != 0;
  has_switch_ = static_cast<bool>(delays);
  const bool counts_delays = delays ? *delays != 0 : seen.io;
  return {.io = counts_delays || (counts_statistics && seen.io),
          .other = counts_statistics && seen.other};
}

void BlockedTime::report(const Kinds& accounted, Sources& sources) {
  std::string reason;
  if (!accounted.io) {
    reason = has_switch_ ? "left out by the kernel: kernel.task_delayacct is 0"
                         : "left out by the kernel";
  }
  if (reason == reported_) return;
  reported_ = reason;
  if (reason.empty()) {
    sources.up("blocked_time");
  } else {
    sources.leave_out("blocked_time", reason);
  }
}

}  // namespace hx
