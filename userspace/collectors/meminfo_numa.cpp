// SPDX-License-Identifier: Apache-2.0
// Memory of each NUMA node from /sys/devices/system/node/nodeN, see the kernel's
// Documentation/ABI/stable/sysfs-devices-node and Documentation/admin-guide/numastat.rst.
#include <algorithm>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

constexpr std::string_view kNodes = "sys/devices/system/node";

void add(GroupedSamples& samples, MetricType type, const std::string& field, std::string_view node,
         double value) {
  samples.add(type, "node_memory_numa_" + field, "Memory information field " + field + ".",
              {{"node", node}}, value);
}

// "Active(anon)" is exported as Active_anon.
std::string field_name(std::string_view field) {
  std::string name(field);
  std::replace(name.begin(), name.end(), '(', '_');
  std::erase(name, ')');
  return name;
}

// Lines such as "Node 0 MemFree:  1234 kB"; counts of pages have no unit.
void add_meminfo(GroupedSamples& samples, std::string_view text) {
  std::string_view line;
  while (next_line(text, line)) {
    if (next_field(line) != "Node") continue;
    const auto node = next_field(line);
    auto field = next_field(line);
    const auto value = to_u64(next_field(line));
    const auto unit = next_field(line);
    if (!value || !field.ends_with(':') || !(unit.empty() || unit == "kB")) continue;
    field.remove_suffix(1);
    add(samples, MetricType::kGauge, field_name(field), node,
        static_cast<double>(*value) * (unit.empty() ? 1 : 1024));
  }
}

// Lines such as "numa_hit 1234".
void add_numastat(GroupedSamples& samples, std::string_view text, std::string_view node) {
  std::string_view line;
  while (next_line(text, line)) {
    const auto field = next_field(line);
    const auto value = to_u64(next_field(line));
    if (!value) continue;
    add(samples, MetricType::kCounter, std::string(field) + "_total", node,
        static_cast<double>(*value));
  }
}

class MeminfoNuma final : public Collector {
 public:
  explicit MeminfoNuma(const Context& context) : fs_(context.fs) {}

  Status collect(MetricSink& out) override {
    const auto names = fs_.list(kNodes);
    if (!names && names.error().is_absent()) return {};  // a kernel without NUMA, as upstream
    if (!names) return names.error();
    GroupedSamples samples;
    for (const std::string_view name : *names) {
      if (!name.starts_with("node") || !to_u64(name.substr(4))) continue;
      const auto dir = std::string(kNodes) + "/" + std::string(name);
      const auto meminfo = fs_.read(dir + "/meminfo");
      if (!meminfo) return meminfo.error();
      add_meminfo(samples, *meminfo);
      const auto numastat = fs_.read(dir + "/numastat");
      if (!numastat) return numastat.error();
      add_numastat(samples, *numastat, name.substr(4));
    }
    samples.write(out);
    return {};
  }

 private:
  const HostFs& fs_;
};

}  // namespace

Result<CollectorPtr> make_meminfo_numa(const Context& context) {
  return std::make_unique<MeminfoNuma>(context);
}

}  // namespace hx
