// SPDX-License-Identifier: Apache-2.0
#include "probes/costs.h"

#include "loader/programs.h"

namespace hx {
namespace {

class ProgramCosts final : public Collector {
 public:
  Status collect(MetricSink& out) override {
    const auto costs = program_costs();
    auto seconds = out.counter("host_exporter_bpf_run_seconds_total",
                               "Time that a kernel program has run, while the kernel counted it "
                               "(kernel.bpf_stats_enabled).");
    for (const auto& cost : costs) {
      seconds.add({{"program", cost.name}}, static_cast<double>(cost.run_ns) / 1e9);
    }
    auto runs = out.counter("host_exporter_bpf_runs_total",
                            "Runs of a kernel program, while the kernel counted them.");
    for (const auto& cost : costs) runs.add({{"program", cost.name}}, cost.runs);
    auto missed = out.counter("host_exporter_bpf_recursion_misses_total",
                              "Events that a kernel program was not run for, because it was "
                              "running on the same CPU.");
    for (const auto& cost : costs) missed.add({{"program", cost.name}}, cost.recursion_misses);
    return {};
  }
};

}  // namespace

CollectorPtr make_program_costs() { return std::make_unique<ProgramCosts>(); }

}  // namespace hx
