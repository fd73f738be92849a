// SPDX-License-Identifier: Apache-2.0
// Run-queue latency of the node, from bpf/sched.bpf.c.
#include <bpf/libbpf.h>

#include <array>

#include "bpf/sched_abi.h"
#include "loader/features.h"
#include "loader/iterator.h"
#include "loader/map.h"
#include "loader/skeleton.h"
#include "probes/histogram.h"
#include "probes/probe.h"
#include "skeletons/sched.skel.h"

namespace hx {
namespace {

class Sched final : public Collector {
 public:
  Sched(Skeleton<sched_bpf> skeleton, MappedArray<sched_cpu> cpus)
      : skeleton_(std::move(skeleton)), cpus_(std::move(cpus)) {}

  Status collect(MetricSink& out) override {
    std::array<unsigned long long, HIST_TIME_SLOTS> slots{};
    std::uint64_t sum_ns = 0, discarded = 0;
    for (const auto& cpu : cpus_) {
      for (std::size_t i = 0; i < slots.size(); ++i) slots[i] += cpu.slots[i];
      sum_ns += cpu.sum_ns;
      discarded += cpu.discarded;
    }
    out.histogram("node_runqueue_latency_seconds",
                  "Time that tasks waited on a run queue before they ran.")
        .add({}, {kTimeBounds, slots, static_cast<double>(sum_ns) * kNanosecond});
    out.counter("host_exporter_runqueue_discarded_total",
                "Switches whose wait was negative, because a run queue's clock was behind.")
        .add(discarded);
    return {};
  }

 private:
  Skeleton<sched_bpf> skeleton_;  // owns the program, its link and the map
  MappedArray<sched_cpu> cpus_;
};

Status check_kernel() {
  const auto types = KernelTypes::load();
  if (!types) return types.error();
  if (!types->has_member("sched_info", "last_queued")) {
    return Error{ENOTSUP, "this kernel keeps no sched_info (CONFIG_SCHED_INFO)"};
  }
  if (!types->has_member("cfs_rq", "rq")) {
    return Error{ENOTSUP, "a run queue's clock is out of reach (CONFIG_FAIR_GROUP_SCHED)"};
  }
  return {};
}

// The maps of deaths are the life source's, or none.
Status share_death_maps(Skeleton<sched_bpf>& skeleton, const LifeSource* lives) {
  const auto& maps = skeleton->maps;
  const DeathMaps shared = lives != nullptr ? lives->death_maps() : DeathMaps{};
  skeleton->rodata->report_deaths = lives != nullptr;
  for (const auto& [map, fd] : {std::pair(maps.task_events, shared.events_fd),
                                std::pair(maps.task_overflow, shared.overflow_fd),
                                std::pair(maps.task_lost, shared.lost_fd)}) {
    const int result =
        lives != nullptr ? bpf_map__reuse_fd(map, fd) : bpf_map__set_autocreate(map, false);
    if (result != 0) return bpf_error("share the maps of deaths", result);
  }
  return {};
}

Result<Skeleton<sched_bpf>> load(bool exact, const LifeSource* lives) {
  auto skeleton = Skeleton<sched_bpf>::open();
  if (!skeleton) return skeleton.error();
  auto& s = *skeleton;
  s->rodata->exact = exact;
  bpf_program__set_autoload(s->progs.on_sched_process_fork, exact);
  bpf_program__set_autoload(s->progs.on_seed, exact);
  bpf_map__set_autocreate(s->maps.waited_ns, exact);
  bpf_map__set_max_entries(s->maps.runq_latency,
                           static_cast<std::uint32_t>(libbpf_num_possible_cpus()));
  if (auto ok = share_death_maps(s, lives); !ok) return ok.error();
  if (auto ok = s.load(); !ok) return ok.error();
  return skeleton;
}

// Gives each task that is there its baseline. Tasks made later get theirs at fork, so the order is:
// fork first, then this, then the switches.
Status seed(Skeleton<sched_bpf>& skeleton) {
  bpf_link* fork = bpf_program__attach(skeleton->progs.on_sched_process_fork);
  if (fork == nullptr) return bpf_error("attach", -errno);
  skeleton->links.on_sched_process_fork = fork;
  return read_iterator(skeleton->progs.on_seed, [](std::span<const char>) {});
}

}  // namespace

Result<CollectorPtr> make_sched(const ProbeContext& context) {
  if (auto ok = check_kernel(); !ok) return ok.error();
  // EL 8 refuses task storage to tracing programs: there, what a task waited before it was moved to
  // another CPU is left out.
  auto skeleton = load(true, context.lives);
  const bool exact = static_cast<bool>(skeleton);
  if (!exact) skeleton = load(false, context.lives);
  if (!skeleton) return skeleton.error();
  auto cpus = MappedArray<sched_cpu>::of((*skeleton)->maps.runq_latency);
  if (!cpus) return cpus.error();
  if (exact) {
    if (auto ok = seed(*skeleton); !ok) return ok.error();
  }
  if (auto ok = skeleton->attach(); !ok) return ok.error();
  if (context.lives != nullptr) context.lives->deaths_are_reported();
  return std::make_unique<Sched>(std::move(*skeleton), std::move(*cpus));
}

}  // namespace hx
