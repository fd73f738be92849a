// SPDX-License-Identifier: Apache-2.0
#include "process/cgroup_names.h"

#include <string_view>
#include <vector>

#include "base/text.h"
#include "process/cgroup_path.h"

namespace hx {
namespace {

// Of who is remembered; past that nobody new is told apart.
constexpr std::size_t kMaxNames = 65'536;

std::string name_of(std::string_view path) {
  for (const auto find : {container_in, unit_in, slice_in}) {
    if (const auto found = find(path); !found.empty()) return to_utf8(found);
  }
  return to_utf8(path);
}

// Version 1 has a hierarchy for each controller, version 2 one for all.
std::string root_of(const HostFs& fs) {
  constexpr const char* kOfVersion1 = "sys/fs/cgroup/blkio";
  return fs.exists(kOfVersion1) ? kOfVersion1 : "sys/fs/cgroup";
}

}  // namespace

const std::string& CgroupNames::name(std::uint64_t id) {
  static const std::string kNone;
  if (const auto known = names_.find(id); known != names_.end()) return known->second;
  if (names_.size() >= kMaxNames) return kNone;
  read_tree();
  return names_[id];
}

void CgroupNames::read_tree() {
  const auto root = root_of(fs_);
  std::vector<std::string> left{""};
  while (!left.empty() && names_.size() < kMaxNames) {
    const auto path = std::move(left.back());
    left.pop_back();
    const auto entries = HotDir(fs_, root + path).entries();
    if (!entries) continue;  // gone meanwhile
    for (const auto& entry : *entries) {
      if (entry.is_file) continue;
      left.push_back(path + "/" + entry.name);
      names_.try_emplace(entry.inode, name_of(left.back()));
    }
  }
}

}  // namespace hx
