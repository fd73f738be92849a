// SPDX-License-Identifier: Apache-2.0
// Kernel samepage merging from /sys/kernel/mm/ksm, see the kernel's
// Documentation/admin-guide/mm/ksm.rst.
#include <array>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

using enum MetricType;

constexpr std::array kFiles{
    FieldMetric{"full_scans", "node_ksmd_full_scans_total", "ksmd 'full_scans' file."},
    FieldMetric{"general_profit", "node_ksmd_general_profit_bytes", "ksmd 'general_profit' file.",
                kGauge},
    FieldMetric{"merge_across_nodes", "node_ksmd_merge_across_nodes",
                "ksmd 'merge_across_nodes' file.", kGauge},
    FieldMetric{"pages_shared", "node_ksmd_pages_shared", "ksmd 'pages_shared' file.", kGauge},
    FieldMetric{"pages_sharing", "node_ksmd_pages_sharing", "ksmd 'pages_sharing' file.", kGauge},
    FieldMetric{"pages_to_scan", "node_ksmd_pages_to_scan", "ksmd 'pages_to_scan' file.", kGauge},
    FieldMetric{"pages_unshared", "node_ksmd_pages_unshared", "ksmd 'pages_unshared' file.",
                kGauge},
    FieldMetric{"pages_volatile", "node_ksmd_pages_volatile", "ksmd 'pages_volatile' file.",
                kGauge},
    FieldMetric{"run", "node_ksmd_run", "ksmd 'run' file.", kGauge},
    FieldMetric{"sleep_millisecs", "node_ksmd_sleep_seconds", "ksmd 'sleep_millisecs' file.",
                kGauge, 1, 1000},
};

class Ksmd final : public Collector {
 public:
  explicit Ksmd(const Context& context) : fs_(context.fs) {}

  Status collect(MetricSink& out) override {
    const auto names = fs_.list("sys/kernel/mm/ksm");
    if (!names) return names.error();
    GroupedSamples samples;
    for (const auto& file : kFiles) {
      // The profit may be negative.
      const auto value = fs_.read_i64("sys/kernel/mm/ksm/" + std::string(file.field));
      if (!value && value.error().is_absent()) continue;  // an older kernel
      if (!value) return value.error();
      samples.add(file, {}, *value);
    }
    samples.write(out);
    return {};
  }

 private:
  const HostFs& fs_;
};

}  // namespace

Result<CollectorPtr> make_ksmd(const Context& context) { return std::make_unique<Ksmd>(context); }

}  // namespace hx
