// SPDX-License-Identifier: Apache-2.0
// Whether the kernel accounts the time that tasks sleep uninterruptibly. It can be told to while it
// runs, so this is asked at each scrape.
#pragma once

#include <string>

#include "base/host_fs.h"
#include "metrics/sources.h"

namespace hx {

class BlockedTime {
 public:
  struct Kinds {
    bool io = false;
    bool other = false;
  };

  explicit BlockedTime(const HostFs& fs)
      : delays_(fs, "proc/sys/kernel/task_delayacct"),
        statistics_(fs, "proc/sys/kernel/sched_schedstats") {}

  // `seen` is what has been other than 0 of any task, `has_statistics` whether the scheduler's own
  // would be among it.
  Kinds accounted(const Kinds& seen, bool has_statistics);
  // Records what works as source "blocked_time", when it has changed.
  void report(const Kinds& accounted, Sources& sources);

 private:
  HotFile delays_, statistics_;
  bool has_switch_ = false;
  std::string reported_ = "nothing yet";
};

}  // namespace hx
