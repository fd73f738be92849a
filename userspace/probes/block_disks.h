// SPDX-License-Identifier: Apache-2.0
// The disks whose requests bpf/block.bpf.c counts in an array. In the hash, where those of the
// others are counted, a request costs half as much again.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "bpf/block_abi.h"
#include "loader/map.h"

namespace hx {

class BlockDisks {
 public:
  static Result<BlockDisks> of(const bpf_map* disks, const bpf_map* latency);

  // From now on this disk is counted in the array, as far as there is room. What the hash has of it
  // stays there.
  void add(std::uint32_t major, std::uint32_t minor);

  // Calls each(key, hist) for what has been counted.
  template <class Each>
  void read(const Each& each) const {
    for (const auto& disk : disks_) {
      for (std::uint32_t op = 0; op < BLOCK_DISK_OPS; ++op) {
        each(block_key{.major = disk.major, .minor = disk.minor, .op = op},
             latency_.begin()[disk.first + op]);
      }
    }
  }

 private:
  BlockDisks(int map, MappedArray<block_hist> latency) : map_(map), latency_(std::move(latency)) {}
  bool write(std::uint32_t slot, const block_disk& disk) const;

  int map_;  // the skeleton's
  MappedArray<block_hist> latency_;
  std::vector<block_disk> disks_;  // in the order of their places
};

}  // namespace hx
