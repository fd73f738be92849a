// SPDX-License-Identifier: Apache-2.0
// The maps of bpf/lib/sched_tasks.bpf.h in a program that counts by group.
#pragma once

#include <bpf/libbpf.h>

#include <utility>

#include "loader/skeleton.h"
#include "process/group_counts.h"

namespace hx {

// Before it is loaded: they are those of sched, or there are none.
template <class T>
Status share_task_groups(Skeleton<T>& skeleton, const GroupNumbers* numbers) {
  const auto& maps = skeleton->maps;
  const TaskMaps shared = numbers != nullptr ? numbers->task_maps() : TaskMaps{};
  for (const auto& [map, fd] : {std::pair(maps.sched_tasks, shared.tasks_fd),
                                std::pair(maps.runq_latency, shared.cpus_fd)}) {
    const int result =
        numbers != nullptr ? bpf_map__reuse_fd(map, fd) : bpf_map__set_autocreate(map, false);
    if (result != 0) return bpf_error("share the groups of tasks", result);
  }
  return {};
}

}  // namespace hx
