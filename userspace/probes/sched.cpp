// SPDX-License-Identifier: Apache-2.0
// Run-queue latency of the node and of name groups, from bpf/sched.bpf.c.
#include <bpf/libbpf.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

#include "bpf/sched_abi.h"
#include "loader/features.h"
#include "loader/iterator.h"
#include "loader/map.h"
#include "loader/skeleton.h"
#include "metrics/histogram_bounds.h"
#include "probes/probe.h"
#include "probes/task_groups.h"
#include "skeletons/sched.skel.h"

namespace hx {
namespace {

static_assert(sizeof(sched_comm) == sizeof(Comm));

// The loaded program: the node's counts are its probe's, those of the groups the name groups'.
class SchedProgram final : public GroupNumbers {
 public:
  static Result<std::shared_ptr<SchedProgram>> make(Skeleton<sched_bpf> skeleton, bool by_group) {
    auto cpus = MappedArray<sched_cpu>::of(skeleton->maps.runq_latency);
    if (!cpus) return cpus.error();
    std::shared_ptr<SchedProgram> program(new SchedProgram(std::move(skeleton), std::move(*cpus)));
    if (!by_group) return program;
    auto assigner = Iterator::attach(program->skeleton_->progs.on_assign);
    if (!assigner) return assigner.error();
    program->assigner_.emplace(std::move(*assigner));
    return program;
  }

  const MappedArray<sched_cpu>& cpus() const noexcept { return cpus_; }
  const auto& maps() const noexcept { return skeleton_->maps; }
  std::uint64_t tasks_lost() const noexcept { return skeleton_->bss->tasks_lost; }

  std::uint32_t count() const override { return SCHED_GROUPS; }

  Status assign(std::span<const NumberedProcess> processes) override {
    const int map = bpf_map__fd(skeleton_->maps.assigned_groups);
    while (!processes.empty()) {
      const auto some =
          processes.first(std::min<std::size_t>(processes.size(), SCHED_MAX_ASSIGNED));
      for (const auto& [tgid, number] : some) {
        if (bpf_map_update_elem(map, &tgid, &number, BPF_ANY) != 0) {
          return Error{errno, "fill map assigned_groups"};
        }
      }
      const auto ok = assigner_->read([](std::span<const char>) {});
      for (const auto& [tgid, number] : some) bpf_map_delete_elem(map, &tgid);
      if (!ok) return ok;
      processes = processes.subspan(some.size());
    }
    return {};
  }

  Status learn(const Comm& comm, std::uint32_t number) override {
    const int map = bpf_map__fd(skeleton_->maps.comm_groups);
    if (bpf_map_update_elem(map, comm.data(), &number, BPF_ANY) == 0) return {};
    return Error{errno, "fill map comm_groups"};
  }

  void forget(const Comm& comm) override {
    bpf_map_delete_elem(bpf_map__fd(skeleton_->maps.comm_groups), comm.data());
  }

  TaskMaps task_maps() const override {
    return {
        .tasks_fd = skeleton_->rodata->with_storage ? bpf_map__fd(skeleton_->maps.sched_tasks) : -1,
        .places_fd = bpf_map__fd(skeleton_->maps.sched_places)};
  }

 private:
  SchedProgram(Skeleton<sched_bpf> skeleton, MappedArray<sched_cpu> cpus)
      : skeleton_(std::move(skeleton)), cpus_(std::move(cpus)) {}

  Skeleton<sched_bpf> skeleton_;  // owns the programs, their links and the maps
  MappedArray<sched_cpu> cpus_;
  std::optional<Iterator> assigner_;
};

// What it has counted for groups, in copies that are added up.
class GroupTimes final : public TimesSource {
 public:
  static Result<std::shared_ptr<TimesSource>> of(bpf_map* map) {
    auto counts = MappedArray<hist_times>::of(map);
    if (!counts) return counts.error();
    return std::shared_ptr<TimesSource>(new GroupTimes(std::move(*counts)));
  }

  hist_times read(std::uint32_t number, std::size_t) const override {
    hist_times sum{};
    for (const auto* group = counts_.begin() + number; group < counts_.end();
         group += SCHED_GROUPS) {
      for (std::size_t i = 0; i < HIST_TIME_SLOTS; ++i) sum.slots[i] += group->slots[i];
      sum.sum_ns += group->sum_ns;
    }
    return sum;
  }

 private:
  explicit GroupTimes(MappedArray<hist_times> counts) : counts_(std::move(counts)) {}

  MappedArray<hist_times> counts_;
};

class Sched final : public Collector {
 public:
  Sched(std::shared_ptr<const SchedProgram> program, bool per_cpu)
      : program_(std::move(program)), per_cpu_(per_cpu) {}

  Status collect(MetricSink& out) override {
    std::vector<sched_cpu> cpus(program_->cpus().begin(), program_->cpus().end());
    sched_cpu sum{};
    for (const auto& cpu : cpus) {
      for (std::size_t i = 0; i < HIST_TIME_SLOTS; ++i) sum.slots[i] += cpu.slots[i];
      sum.sum_ns += cpu.sum_ns;
      sum.discarded += cpu.discarded;
      sum.voluntary += cpu.voluntary;
      sum.involuntary += cpu.involuntary;
      sum.migrations += cpu.migrations;
    }
    add_latency(out, cpus, sum);
    auto switches = out.counter("node_task_switches_total",
                                "Switches from a task that went to sleep or ended (voluntary), "
                                "and from one that wanted to go on.");
    switches.add({{"type", "involuntary"}}, sum.involuntary);
    switches.add({{"type", "voluntary"}}, sum.voluntary);
    out.counter("node_task_migrations_total", "Switches to a task that last ran on another CPU.")
        .add(sum.migrations);
    out.counter("host_exporter_runqueue_discarded_total",
                "Switches whose wait was negative, because a run queue's clock was behind.")
        .add(sum.discarded);
    out.counter("host_exporter_runqueue_tasks_lost_total",
                "Tasks that found no room when they began: what they wait is not told by "
                "group.")
        .add(program_->tasks_lost());
    return {};
  }

 private:
  void add_latency(MetricSink& out, std::span<const sched_cpu> cpus, const sched_cpu& sum) const {
    auto latency = out.histogram("node_runqueue_latency_seconds",
                                 "Time that tasks waited on a run queue before they ran.");
    const auto data = [](const sched_cpu& counts) {
      return seconds_of(counts.slots, counts.sum_ns);
    };
    if (!per_cpu_) return latency.add({}, data(sum));
    for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu) {
      const bool has_run = cpus[cpu].voluntary + cpus[cpu].involuntary + cpus[cpu].sum_ns != 0;
      if (has_run) latency.add({{"cpu", std::to_string(cpu)}}, data(cpus[cpu]));
    }
  }

  std::shared_ptr<const SchedProgram> program_;
  const bool per_cpu_;
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
  skeleton->rodata->wakeup_bytes = shared.wakeup_bytes;
  for (const auto& [map, fd] : {std::pair(maps.task_events, shared.events_fd),
                                std::pair(maps.task_overflow, shared.overflow_fd),
                                std::pair(maps.task_lost, shared.lost_fd)}) {
    const int result =
        lives != nullptr ? bpf_map__reuse_fd(map, fd) : bpf_map__set_autocreate(map, false);
    if (result != 0) return bpf_error("share the maps of deaths", result);
  }
  return {};
}

// A copy of the groups' counts for each CPU, or for a few: a power of two.
std::uint32_t copies_of_groups() {
  return std::min<std::uint32_t>(std::bit_ceil(possible_cpus()), SCHED_MAX_COPIES);
}

// Sets of places for tasks: for 4,096 tasks, and more where there are more CPUs. Where those that
// find none are lost, four times as many.
std::uint32_t sets_of_places(bool with_storage) {
  const auto sets = std::bit_ceil(possible_cpus()) * 512;
  return std::clamp<std::uint32_t>(sets, 2048, SCHED_MAX_SETS / 4) * (with_storage ? 1 : 4);
}

struct Features {
  bool storage = true;
  bool by_group = false;
  bool by_slice = false;
};

Result<Skeleton<sched_bpf>> load(const Features& features, const LifeSource* lives) {
  auto skeleton = Skeleton<sched_bpf>::open();
  if (!skeleton) return skeleton.error();
  auto& s = *skeleton;
  const auto copies = features.by_group ? copies_of_groups() : 1;
  const auto sets = sets_of_places(features.storage);
  s->rodata->with_storage = features.storage;
  s->rodata->place_shift = address_shift(sets);
  s->rodata->by_group = features.by_group;
  s->rodata->by_slice = features.by_slice;
  s->rodata->copy_mask = copies - 1;
  s->rodata->copies_are_shared = copies < possible_cpus();
  bpf_program__set_autoload(s->progs.on_assign, features.by_group);
  bpf_program__set_autoload(s->progs.on_sched_process_exec, features.by_group);
  bpf_map__set_autocreate(s->maps.sched_tasks, features.storage);
  bpf_map__set_autocreate(s->maps.assigned_groups, features.by_group);
  bpf_map__set_autocreate(s->maps.comm_groups, features.by_group);
  bpf_map__set_autocreate(s->maps.runq_groups, features.by_group);
  bpf_map__set_autocreate(s->maps.slice_groups, features.by_slice);
  bpf_map__set_max_entries(s->maps.runq_latency, possible_cpus());
  bpf_map__set_max_entries(s->maps.sched_places, sets);
  bpf_map__set_max_entries(s->maps.runq_groups, copies * SCHED_GROUPS);
  bpf_map__set_max_entries(s->maps.slice_groups, copies * SCHED_GROUPS);
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

Status leave_counts(const std::shared_ptr<SchedProgram>& program, const Features& features,
                    GroupSources& groups) {
  auto waits = GroupTimes::of(program->maps().runq_groups);
  if (!waits) return waits.error();
  if (features.by_slice) {
    auto slices = GroupTimes::of(program->maps().slice_groups);
    if (!slices) return slices.error();
    groups.slices = *slices;
  }
  groups.waits = *waits;
  groups.numbers = program;
  return {};
}

}  // namespace

Result<CollectorPtr> make_sched(const ProbeContext& context) {
  if (auto ok = check_kernel(); !ok) return ok.error();
  Features features{.by_group = context.groups != nullptr && context.options.sched_groups};
  features.by_slice = features.by_group && context.options.sched_slices;
  auto skeleton = load(features, context.lives);
  if (skeleton) {
    context.tell("sched_storage", Status());
  } else {
    // EL 8 refuses task storage to tracing programs, older kernels have none.
    const auto error = skeleton.error();
    features.storage = false;
    skeleton = load(features, context.lives);
    if (!skeleton) return skeleton.error();
    context.tell("sched_storage",
                 Error{error.code,
                       "no task storage for sched: of some thousand tasks a few may be "
                       "left out (" +
                           error.what + ")"});
  }
  if (auto ok = seed(*skeleton); !ok) return ok.error();
  if (auto ok = skeleton->attach(); !ok) return ok.error();
  auto program = SchedProgram::make(std::move(*skeleton), features.by_group);
  if (!program) return program.error();
  if (context.lives != nullptr) context.lives->deaths_are_reported();
  if (features.by_group) {
    if (auto ok = leave_counts(*program, features, *context.groups); !ok) return ok.error();
  }
  return std::make_unique<Sched>(std::move(*program), context.options.sched_per_cpu);
}

}  // namespace hx
