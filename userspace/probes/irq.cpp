// SPDX-License-Identifier: Apache-2.0
// Time in softirqs and interrupt handlers, from bpf/irq.bpf.c.
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>

#include "base/softirq_names.h"
#include "bpf/irq_abi.h"
#include "loader/map.h"
#include "loader/skeleton.h"
#include "metrics/histogram_bounds.h"
#include "probes/probe.h"
#include "skeletons/irq.skel.h"

namespace hx {
namespace {

static_assert(kSoftirqNames.size() == IRQ_VECTORS);

class Irq final : public Collector {
 public:
  using Softirqs = MappedArray<irq_softirq>;
  using Lines = HashView<__u32, irq_line>;

  Irq(Skeleton<irq_bpf> skeleton, Softirqs softirqs, Lines lines)
      : skeleton_(std::move(skeleton)), softirqs_(std::move(softirqs)), lines_(std::move(lines)) {}

  Status collect(MetricSink& out) override {
    add_softirqs(out);
    return add_lines(out);
  }

 private:
  std::array<irq_softirq, IRQ_VECTORS> sums() const {
    std::array<irq_softirq, IRQ_VECTORS> sums{};
    std::size_t vector = 0;
    for (const auto& one : softirqs_) {
      auto& sum = sums[vector];
      for (std::size_t i = 0; i < HIST_TIME_SLOTS; ++i) {
        sum.time_slots[i] += one.time_slots[i];
        sum.latency_slots[i] += one.latency_slots[i];
      }
      sum.time_sum_ns += one.time_sum_ns;
      sum.latency_sum_ns += one.latency_sum_ns;
      vector = (vector + 1) % IRQ_VECTORS;
    }
    return sums;
  }

  void add_softirqs(MetricSink& out) const {
    const auto sums = this->sums();
    auto times = out.histogram("node_softirq_seconds",
                               "Time that softirqs ran, with the interrupts meanwhile.");
    for (std::size_t i = 0; i < sums.size(); ++i) {
      times.add({{"vector", kSoftirqNames[i]}},
                seconds_of(sums[i].time_slots, sums[i].time_sum_ns));
    }
    auto latency = out.histogram("node_softirq_latency_seconds",
                                 "Time from the first raise of a softirq until it ran.");
    for (std::size_t i = 0; i < sums.size(); ++i) {
      latency.add({{"vector", kSoftirqNames[i]}},
                  seconds_of(sums[i].latency_slots, sums[i].latency_sum_ns));
    }
  }

  Status add_lines(MetricSink& out) {
    const auto entries = lines_.read();
    if (!entries) return entries.error();
    auto lines = **entries;
    std::sort(lines.begin(), lines.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    auto times = out.histogram("node_irq_seconds", "Time in the handlers of interrupts.");
    for (const auto& [irq, line] : lines) {
      const std::string_view name(line.name, ::strnlen(line.name, sizeof(line.name)));
      times.add({{"irq", std::to_string(irq)}, {"name", name}},
                seconds_of(line.slots, line.sum_ns));
    }
    out.counter("host_exporter_irqs_uncounted_total",
                "Interrupts past the 256 that are told apart.")
        .add(skeleton_->bss->lines_full);
    return {};
  }

  Skeleton<irq_bpf> skeleton_;
  Softirqs softirqs_;  // by CPU, then by vector
  Lines lines_;
};

}  // namespace

Result<CollectorPtr> make_irq(const ProbeContext&) {
  auto skeleton = Skeleton<irq_bpf>::open();
  if (!skeleton) return skeleton.error();
  const auto& maps = (*skeleton)->maps;
  bpf_map__set_max_entries(maps.irq_softirqs, possible_cpus() * IRQ_VECTORS);
  if (auto ok = skeleton->load(); !ok) return ok.error();
  auto softirqs = Irq::Softirqs::of(maps.irq_softirqs);
  if (!softirqs) return softirqs.error();
  auto lines = Irq::Lines::of(maps.irq_lines);
  if (!lines) return lines.error();
  if (auto ok = skeleton->attach(); !ok) return ok.error();
  return std::make_unique<Irq>(std::move(*skeleton), std::move(*softirqs), std::move(*lines));
}

}  // namespace hx
