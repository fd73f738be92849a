// SPDX-License-Identifier: Apache-2.0
// The maps of bpf/lib/sched_tasks.bpf.h in a program that counts by group.
#pragma once

#include <bpf/libbpf.h>

#include <bit>
#include <utility>

#include "loader/skeleton.h"
#include "process/group_counts.h"

namespace hx {

// For bpf/lib/address.bpf.h, of a table with that many entries, a power of two above 1.
inline std::uint32_t address_shift(std::uint32_t entries) {
  return 32 - static_cast<std::uint32_t>(std::countr_zero(entries));
}

// Before it is loaded: they are those of sched, or there are none.
template <class T>
Status share_task_groups(Skeleton<T>& skeleton, const GroupNumbers* numbers) {
  const auto& maps = skeleton->maps;
  if (numbers == nullptr) {
    bpf_map__set_autocreate(maps.sched_tasks, false);
    bpf_map__set_autocreate(maps.sched_places, false);
    return {};
  }
  const auto shared = numbers->task_maps();
  for (const auto& [map, fd] : {std::pair(maps.sched_tasks, shared.tasks_fd),
                                std::pair(maps.sched_places, shared.places_fd)}) {
    const int result = fd >= 0 ? bpf_map__reuse_fd(map, fd) : bpf_map__set_autocreate(map, false);
    if (result != 0) return bpf_error("share the groups of tasks", result);
  }
  skeleton->rodata->with_storage = shared.tasks_fd >= 0;
  skeleton->rodata->place_shift = address_shift(bpf_map__max_entries(maps.sched_places));
  return {};
}

}  // namespace hx
