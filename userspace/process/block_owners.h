// SPDX-License-Identifier: Apache-2.0
// Block I/O that no name group asked for itself, such as what the kernel writes back later: by the
// control group that it is accounted to.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/host_fs.h"
#include "base/result.h"
#include "process/cgroup_names.h"
#include "process/group_counts.h"

namespace hx {

class BlockOwners {
 public:
  BlockOwners(const HostFs& fs, std::shared_ptr<CgroupSource> source)
      : names_(fs), source_(std::move(source)) {}

  Status update();
  // By container, systemd unit, slice or path; under "writeback" of who has none of them.
  const std::map<std::string, BlockTimes, std::less<>>& times() const noexcept { return times_; }

 private:
  CgroupNames names_;
  std::shared_ptr<CgroupSource> source_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, hist_times> last_;
  std::map<std::string, BlockTimes, std::less<>> times_;
};

}  // namespace hx
