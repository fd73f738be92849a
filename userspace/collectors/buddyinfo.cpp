// SPDX-License-Identifier: Apache-2.0
// Free blocks of memory by size from /proc/buddyinfo, see proc_buddyinfo(5).
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

class Buddyinfo final : public Collector {
 public:
  explicit Buddyinfo(const Context& context) : buddyinfo_(context.fs, "proc/buddyinfo") {}

  Status collect(MetricSink& out) override {
    const auto text = buddyinfo_.read();
    if (!text) return text.error();
    GroupedSamples samples;
    auto rest = *text;
    std::string_view line;
    while (next_line(rest, line)) add_zone(samples, line);
    samples.write(out);
    return {};
  }

 private:
  // "Node 0, zone DMA 1 0 2": blocks of one page, of two, of four.
  static void add_zone(GroupedSamples& samples, std::string_view line) {
    auto head = cut(line, ',');
    if (next_field(head) != "Node") return;
    const auto node = next_field(head);
    if (next_field(line) != "zone") return;
    const auto zone = next_field(line);
    for (int order = 0;; ++order) {
      const auto blocks = to_u64(next_field(line));
      if (!blocks) return;
      samples.add(MetricType::kGauge, "node_buddyinfo_blocks",
                  "Count of free blocks according to size.",
                  {{"node", node}, {"size", std::to_string(order)}, {"zone", zone}},
                  static_cast<double>(*blocks));
    }
  }

  HotFile buddyinfo_;
};

}  // namespace

Result<CollectorPtr> make_buddyinfo(const Context& context) {
  return std::make_unique<Buddyinfo>(context);
}

}  // namespace hx
