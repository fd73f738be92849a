// SPDX-License-Identifier: Apache-2.0
#include "probes/block_disks.h"

#include <bpf/bpf.h>

#include <algorithm>

namespace hx {

Result<BlockDisks> BlockDisks::of(const bpf_map* disks, const bpf_map* latency) {
  static_assert(BLOCK_DISK_SLOTS == 256, "block_disk_slot() is of eight bits");
  if (bpf_map__value_size(disks) != sizeof(block_disk)) return layout_error(disks);
  auto array = MappedArray<block_hist>::of(latency);
  if (!array) return array.error();
  return BlockDisks(bpf_map__fd(disks), std::move(*array));
}

void BlockDisks::add(std::uint32_t major, std::uint32_t minor) {
  const auto is_same = [&](const block_disk& disk) {
    return disk.major == major && disk.minor == minor;
  };
  if (std::any_of(disks_.begin(), disks_.end(), is_same)) return;
  const auto first = static_cast<std::uint32_t>(disks_.size() * BLOCK_DISK_OPS);
  if (latency_.begin() + first + BLOCK_DISK_OPS > latency_.end()) return;
  for (const auto slot : {block_disk_slot(major, minor), block_disk_slot(major, minor) ^ 1}) {
    block_disk there{};
    if (bpf_map_lookup_elem(map_, &slot, &there) != 0 || there.major != 0) continue;
    // In two steps, because the kernel program may read the slot in between.
    if (!write(slot, {.first = first, .major = 0, .minor = 0, .pad = 0})) return;
    const block_disk disk{.first = first, .major = major, .minor = minor, .pad = 0};
    if (write(slot, disk)) disks_.push_back(disk);
    return;
  }
}

bool BlockDisks::write(std::uint32_t slot, const block_disk& disk) const {
  return bpf_map_update_elem(map_, &slot, &disk, BPF_ANY) == 0;
}

}  // namespace hx
