// SPDX-License-Identifier: Apache-2.0
// Caches of the network stack from /proc/net/stat, see lnstat(8).
#include <vector>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

// A line of names, then a line of hexadecimal numbers for each CPU.
void add_cache(GroupedSamples& samples, std::string_view cache, std::string_view text) {
  auto header = cut(text, '\n');
  std::vector<std::string> names;
  for (auto field = next_field(header); !field.empty(); field = next_field(header)) {
    names.push_back("node_lnstat_" + to_metric_name(field) + "_total");
  }
  std::string_view line;
  for (int cpu = 0; next_line(text, line); ++cpu) {
    for (const auto& name : names) {
      const auto value = hex_to_u64(next_field(line));
      if (!value) break;
      samples.add(MetricType::kCounter, name, "linux network cache stats",
                  {{"cpu", std::to_string(cpu)}, {"subsystem", cache}},
                  static_cast<double>(*value));
    }
  }
}

class Lnstat final : public Collector {
 public:
  explicit Lnstat(const Context& context) : fs_(context.fs) {}

  Status collect(MetricSink& out) override {
    const auto caches = fs_.list("proc/net/stat");
    if (!caches && caches.error().is_absent()) return {};  // none, as upstream
    if (!caches) return caches.error();
    GroupedSamples samples;
    for (const auto& cache : *caches) {
      const auto text = fs_.read("proc/net/stat/" + cache);
      if (!text && text.error().is_absent()) continue;  // its module has been unloaded
      if (!text) return text.error();
      add_cache(samples, cache, *text);
    }
    samples.write(out);
    return {};
  }

 private:
  const HostFs& fs_;
};

}  // namespace

Result<CollectorPtr> make_lnstat(const Context& context) {
  return std::make_unique<Lnstat>(context);
}

}  // namespace hx
