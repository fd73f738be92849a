// SPDX-License-Identifier: Apache-2.0
// Latency of major page faults, from bpf/fault.bpf.c.
#include <bpf/libbpf.h>
#include <linux/perf_event.h>

#include <vector>

#include "base/cpu_list.h"
#include "base/syscalls.h"
#include "bpf/fault_abi.h"
#include "loader/features.h"
#include "loader/link.h"
#include "loader/map.h"
#include "loader/skeleton.h"
#include "metrics/histogram_bounds.h"
#include "probes/probe.h"
#include "skeletons/fault.skel.h"

namespace hx {
namespace {

// Where a program runs at each major fault of one CPU.
Result<LinkPtr> attach_to_major_faults(const bpf_program* program, std::uint32_t cpu) {
  perf_event_attr wanted{};
  wanted.size = sizeof wanted;
  wanted.type = PERF_TYPE_SOFTWARE;
  wanted.config = PERF_COUNT_SW_PAGE_FAULTS_MAJ;
  wanted.sample_period = 1;
  Fd event(Syscalls{}.perf_event_open(&wanted, static_cast<int>(cpu)));
  if (!event) return Error{errno, "open perf event of major faults"};
  LinkPtr link(bpf_program__attach_perf_event(program, event.get()));
  if (!link) return bpf_error("attach to major faults", -errno);
  event.release();  // the link closes it
  return link;
}

class Fault final : public Collector {
 public:
  Fault(const HostFs& fs, Skeleton<fault_bpf> skeleton, MappedArray<fault_cpu> cpus)
      : skeleton_(std::move(skeleton)),
        cpus_(std::move(cpus)),
        online_(fs, "sys/devices/system/cpu/online") {}

  Status collect(MetricSink& out) override {
    if (auto ok = follow_cpus(); !ok) return ok;
    fault_cpu sum{};
    for (const auto& cpu : cpus_) {
      for (std::size_t i = 0; i < HIST_TIME_SLOTS; ++i) sum.slots[i] += cpu.slots[i];
      sum.sum_ns += cpu.sum_ns;
    }
    out.histogram("node_major_fault_seconds",
                  "Time that major page faults took, from the exception until the page was there.")
        .add({}, seconds_of(sum.slots, sum.sum_ns));
    return {};
  }

  // The kernel forgets the events of a CPU that goes offline.
  Status follow_cpus() {
    auto online = read_cpu_list(online_);
    if (!online) return online.error();
    if (*online == attached_) return {};
    attached_.clear();
    links_.clear();
    for (const auto cpu : *online) {
      auto link = attach_to_major_faults(skeleton_->progs.on_major_fault, cpu);
      if (!link) return link.error();
      links_.push_back(std::move(*link));
    }
    attached_ = std::move(*online);
    return {};
  }

 private:
  Skeleton<fault_bpf> skeleton_;
  MappedArray<fault_cpu> cpus_;
  HotFile online_;
  CpuList attached_;
  std::vector<LinkPtr> links_;  // of these, before the skeleton that owns the program
};

Status check_kernel() {
  const auto types = KernelTypes::load();
  if (!types) return types.error();
  if (!types->has_tracepoint("page_fault_user")) {
    return Error{ENOTSUP, "this kernel has no tracepoint of page faults"};
  }
  return {};
}

}  // namespace

Result<CollectorPtr> make_fault(const ProbeContext& context) {
  if (auto ok = check_kernel(); !ok) return ok.error();
  auto skeleton = Skeleton<fault_bpf>::open();
  if (!skeleton) return skeleton.error();
  const auto& maps = (*skeleton)->maps;
  bpf_map__set_max_entries(maps.fault_latency, possible_cpus());
  if (auto ok = skeleton->load(); !ok) return ok.error();
  auto cpus = MappedArray<fault_cpu>::of(maps.fault_latency);
  if (!cpus) return cpus.error();
  if (auto ok = skeleton->attach(); !ok) return ok.error();
  auto probe = std::make_unique<Fault>(context.fs, std::move(*skeleton), std::move(*cpus));
  if (auto ok = probe->follow_cpus(); !ok) return ok.error();
  return CollectorPtr(std::move(probe));
}

}  // namespace hx
