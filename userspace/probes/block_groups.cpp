// SPDX-License-Identifier: Apache-2.0
#include "probes/block_groups.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "bpf/block_abi.h"
#include "bpf/sched_abi.h"
#include "loader/map.h"
#include "probes/task_groups.h"

namespace hx {
namespace {

// Of four ways each: a CPU has 128 requests in flight before one is forgotten.
constexpr std::uint32_t kBucketsPerCpu = 32, kMaxBuckets = 1U << 16;

constexpr std::uint32_t kOps = BLOCK_OWNER_OPS;

class BlockGroups final : public TimesSource, public CgroupSource {
 public:
  BlockGroups(std::shared_ptr<Skeleton<block_bpf>> skeleton, MappedArray<hist_times> groups,
              HashView<block_cgroup_key, hist_times> cgroups)
      : skeleton_(std::move(skeleton)), groups_(std::move(groups)), cgroups_(std::move(cgroups)) {}

  hist_times read(std::uint32_t number, std::size_t op) const override {
    return groups_.begin()[number * kOps + op];
  }

  Result<std::span<const Entry>> read() override {
    const auto entries = cgroups_.read();
    if (!entries) return entries.error();
    entries_.clear();
    for (const auto& [key, value] : **entries) entries_.push_back({key, value});
    return std::span<const Entry>(entries_);
  }

  void forget(const block_cgroup_key& key) override {
    bpf_map_delete_elem(bpf_map__fd((*skeleton_)->maps.block_cgroups), &key);
  }

 private:
  std::shared_ptr<Skeleton<block_bpf>> skeleton_;  // owns the maps
  MappedArray<hist_times> groups_;
  HashView<block_cgroup_key, hist_times> cgroups_;
  std::vector<Entry> entries_;
};

// For who is in no control group there must be room when all else is full.
Status reserve_root(const bpf_map* cgroups) {
  for (std::uint32_t op = 0; op < kOps; ++op) {
    const block_cgroup_key key{.cgroup = 0, .op = op, .pad = 0};
    const hist_times none{};
    if (bpf_map_update_elem(bpf_map__fd(cgroups), &key, &none, BPF_ANY) != 0) {
      return Error{errno, "fill map block_cgroups"};
    }
  }
  return {};
}

}  // namespace

Status prepare_block_groups(Skeleton<block_bpf>& skeleton, const GroupNumbers* numbers) {
  const auto& maps = skeleton->maps;
  const bool by_owner = numbers != nullptr;
  skeleton->rodata->by_owner = by_owner;
  bpf_program__set_autoload(skeleton->progs.on_block_getrq, by_owner);
  for (auto* map : {maps.block_in_flight, maps.block_groups, maps.block_cgroups}) {
    bpf_map__set_autocreate(map, by_owner);
  }
  if (auto ok = share_task_groups(skeleton, numbers); !ok || !by_owner) return ok;
  const auto cpus = possible_cpus();
  const auto buckets = std::min(std::bit_ceil(cpus * kBucketsPerCpu), kMaxBuckets);
  skeleton->rodata->bucket_shift = address_shift(buckets);
  bpf_map__set_max_entries(maps.block_in_flight, buckets);
  bpf_map__set_max_entries(maps.block_groups, SCHED_GROUPS * kOps);
  return {};
}

Status add_block_groups(std::shared_ptr<Skeleton<block_bpf>> skeleton, GroupSources& groups) {
  const auto& maps = (*skeleton)->maps;
  auto times = MappedArray<hist_times>::of(maps.block_groups);
  if (!times) return times.error();
  auto cgroups = HashView<block_cgroup_key, hist_times>::of(maps.block_cgroups);
  if (!cgroups) return cgroups.error();
  if (auto ok = reserve_root(maps.block_cgroups); !ok) return ok;
  const auto source =
      std::make_shared<BlockGroups>(std::move(skeleton), std::move(*times), std::move(*cgroups));
  groups.block = source;
  groups.block_cgroups = source;
  return {};
}

}  // namespace hx
