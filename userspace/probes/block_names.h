// SPDX-License-Identifier: Apache-2.0
// How the block probe's keys are called in labels.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/host_fs.h"

namespace hx {

// enum req_op of include/linux/blk_types.h. Whatever is not a file system's business (SCSI and
// driver commands) is "driver".
std::string_view block_op_name(std::uint32_t op) noexcept;

// A blk_status_t of the same file, or a negative errno, which became one in 4.13: the same word for
// both. "other" where kernels differ.
std::string_view block_status_name(std::int32_t error) noexcept;

// Disk names by device number, as /proc/diskstats shows them. Read again when an unknown number
// turns up: disks come and go.
class DiskNames {
 public:
  explicit DiskNames(const HostFs& fs) : diskstats_(fs, "proc/diskstats") {}

  // "8:0" for a disk that is not listed.
  std::string name(std::uint32_t major, std::uint32_t minor);

 private:
  void read();

  HotFile diskstats_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> names_;
};

}  // namespace hx
