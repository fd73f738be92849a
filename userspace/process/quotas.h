// SPDX-License-Identifier: Apache-2.0
// How long CPU quotas have held up processes: each quota once for each name group that has a
// process under it.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "process/group.h"

namespace hx {

// A quota is known from its first snapshot to the last one that saw a process under it. What it had
// throttled before counts if its control group is younger than the first snapshot.
class Quotas {
 public:
  void begin_snapshot() { ++snapshot_; }
  // Adds to `group` what the quotas of one of its processes have throttled since the last snapshot.
  void count(Group& group, const task_process& record);
  void end_snapshot();

  // Whether the kernel has quotas.
  bool are_told() const noexcept { return newest_ != 0; }
  // Of all quotas, each once.
  std::uint64_t throttled_ns() const noexcept { return throttled_ns_; }

 private:
  struct Quota {
    std::uint64_t throttled_ns = 0;  // as of this snapshot
    std::uint64_t growth_ns = 0;     // in it
    std::uint64_t snapshot = 0;
    std::vector<const Group*> counted;  // those that have the growth
  };

  void look(Quota& quota, const task_quota& told);

  std::unordered_map<std::uint64_t, Quota> quotas_;  // by control group
  std::uint64_t snapshot_ = 0;
  std::uint64_t newest_ = 0;  // control group of the first snapshot
  std::uint64_t throttled_ns_ = 0;
};

}  // namespace hx
