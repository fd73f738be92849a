// SPDX-License-Identifier: Apache-2.0
// What /proc knows of one process and the kernel's records do not: read once, when it is named.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/host_fs.h"

namespace hx {

class ProcFacts {
 public:
  // What ptrace(2)'s rule guards is not looked at unless `read_guarded`.
  explicit ProcFacts(const HostFs& fs, bool read_guarded = true)
      : fs_(fs), read_guarded_(read_guarded) {}

  // Arguments, each ended by a NUL; at most 1 MiB.
  Result<std::string> cmdline(std::uint32_t pid) const;
  // comm as /proc/PID/stat shows it: kernel workers carry the name of their queue behind it.
  Result<std::string> comm(std::uint32_t pid) const;
  // What follows the second colon of each line of /proc/PID/cgroup.
  std::vector<std::string> cgroups(std::uint32_t pid) const;
  // Open descriptors of a process that has too many to be counted in the kernel. Those of others
  // are told by the directory's size, where the kernel has that (6.2, EL 9.6).
  Result<std::uint32_t> open_fds(std::uint32_t pid) const;
  // The inode of its cgroup of version 2, which is what the kernel calls its id; 0 for none.
  std::uint64_t cgroup_id(std::uint32_t pid) const;
  // Effective group.
  Result<std::uint32_t> gid(std::uint32_t pid) const;
  // From the name service, remembered for good; the decimal number where it has none.
  const std::string& username(std::uint32_t uid);
  const std::string& groupname(std::uint32_t gid);

 private:
  const HostFs& fs_;
  const bool read_guarded_;
  std::unordered_map<std::uint32_t, std::string> usernames_, groupnames_;
};

}  // namespace hx
