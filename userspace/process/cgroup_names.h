// SPDX-License-Identifier: Apache-2.0
// Control groups by what the kernel calls their id: the inode of their directory.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/host_fs.h"

namespace hx {

class CgroupNames {
 public:
  explicit CgroupNames(const HostFs& fs) : fs_(fs) {}

  // The container, else the systemd unit or slice, else the path of a group in the hierarchy of
  // block I/O; empty for who cannot be found. A group is searched for once: what it is called then
  // it is called for good, whether it still exists or not.
  const std::string& name(std::uint64_t id);

 private:
  void read_tree();

  const HostFs& fs_;
  std::unordered_map<std::uint64_t, std::string> names_;
};

}  // namespace hx
