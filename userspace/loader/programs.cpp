// SPDX-License-Identifier: Apache-2.0
#include "loader/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <mutex>

#include "loader/skeleton.h"

namespace hx {
namespace {

// Like the descriptors that they have, programs belong to the process.
struct Loaded {
  std::mutex mutex;
  std::vector<const bpf_object*> objects;
};

Loaded& loaded() {
  static Loaded all;
  return all;
}

// "sched_bpf", as bpftool's skeletons are named, is of sched.bpf.c.
std::string name_of(const bpf_object* object, const bpf_program* program) {
  std::string name = bpf_object__name(object);
  if (name.ends_with("_bpf")) name.resize(name.size() - 4);
  return name + "/" + bpf_program__name(program);
}

}  // namespace

void note_programs(const bpf_object* object) {
  const std::lock_guard lock(loaded().mutex);
  loaded().objects.push_back(object);
}

void forget_programs(const bpf_object* object) noexcept {
  const std::lock_guard lock(loaded().mutex);
  std::erase(loaded().objects, object);
}

std::vector<ProgramCost> program_costs() {
  std::vector<ProgramCost> costs;
  const std::lock_guard lock(loaded().mutex);
  for (const auto* object : loaded().objects) {
    const bpf_program* program = nullptr;
    while ((program = bpf_object__next_program(object, const_cast<bpf_program*>(program))) !=
           nullptr) {
      bpf_prog_info info{};
      std::uint32_t size = sizeof info;
      if (bpf_program__fd(program) < 0 ||  // not for this kernel, or not wanted
          bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) {
        continue;
      }
      costs.push_back({name_of(object, program), info.run_cnt, info.run_time_ns,
                       info.recursion_misses, info.verified_insns});
    }
  }
  return costs;
}

Result<StatsWindow> StatsWindow::open() {
  Fd fd(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!fd) return bpf_error("count the runs of kernel programs", -errno);
  return StatsWindow(std::move(fd));
}

}  // namespace hx
