// SPDX-License-Identifier: Apache-2.0
// Control groups by controller from /proc/cgroups, see cgroups(7).
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

class Cgroups final : public Collector {
 public:
  explicit Cgroups(const Context& context) : cgroups_(context.fs, "proc/cgroups") {}

  Status collect(MetricSink& out) override {
    const auto text = cgroups_.read();
    if (!text) return text.error();
    GroupedSamples samples;
    auto rest = *text;
    std::string_view line;
    while (next_line(rest, line)) {
      if (!line.starts_with('#')) add_controller(samples, line);
    }
    samples.write(out);
    return {};
  }

 private:
  // "memory 4 33 1": its hierarchy, groups, whether it is enabled.
  static void add_controller(GroupedSamples& samples, std::string_view line) {
    const auto name = next_field(line), hierarchy = next_field(line);
    const auto groups = to_u64(next_field(line)), enabled = to_u64(next_field(line));
    if (hierarchy.empty() || !groups || !enabled) return;
    constexpr std::string_view kHelp = "Current cgroup number of the subsystem.";
    const auto add = [&](std::string_view metric, std::uint64_t value) {
      samples.add(MetricType::kGauge, metric, kHelp, {{"subsys_name", name}},
                  static_cast<double>(value));
    };
    add("node_cgroups_cgroups", *groups);
    add("node_cgroups_enabled", *enabled);
  }

  HotFile cgroups_;
};

}  // namespace

Result<CollectorPtr> make_cgroups(const Context& context) {
  return std::make_unique<Cgroups>(context);
}

}  // namespace hx
