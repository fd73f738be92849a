// SPDX-License-Identifier: Apache-2.0
// The kernel's caches of objects from /proc/slabinfo, which only root may read, see slabinfo(5).
#include <array>

#include "base/filter.h"
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

using enum MetricType;

// What follows the cache's name in a line, in this order.
constexpr std::array kColumns{
    FieldMetric{"active_objs", "node_slabinfo_active_objects",
                "The number of objects that are currently active (i.e., in use).", kGauge},
    FieldMetric{"num_objs", "node_slabinfo_objects",
                "The total number of allocated objects (i.e., objects that are both in use and "
                "not in use).",
                kGauge},
    FieldMetric{"objsize", "node_slabinfo_object_size_bytes",
                "The size of objects in this slab, in bytes.", kGauge},
    FieldMetric{"objperslab", "node_slabinfo_objects_per_slab",
                "The number of objects stored in each slab.", kGauge},
    FieldMetric{"pagesperslab", "node_slabinfo_pages_per_slab",
                "The number of pages allocated for each slab.", kGauge},
};

class Slabinfo final : public Collector {
 public:
  Slabinfo(const Context& context, Filter filter)
      : filter_(std::move(filter)), slabinfo_(context.fs, "proc/slabinfo") {}

  Status collect(MetricSink& out) override {
    const auto text = slabinfo_.read();
    if (!text) return text.error();
    GroupedSamples samples;
    auto rest = *text;
    std::string_view line;
    while (next_line(rest, line)) add_cache(samples, line);
    samples.write(out);
    return {};
  }

 private:
  // The two lines of headings have no numbers, and fall out with the malformed ones.
  void add_cache(GroupedSamples& samples, std::string_view line) const {
    const auto name = next_field(line);
    std::array<std::uint64_t, kColumns.size()> values{};
    for (auto& value : values) {
      const auto number = to_u64(next_field(line));
      if (!number) return;
      value = *number;
    }
    if (!filter_.accepts(name)) return;
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      samples.add(kColumns[i], {{"slab", name}}, values[i]);
    }
  }

  Filter filter_;
  HotFile slabinfo_;
};

}  // namespace

Result<CollectorPtr> make_slabinfo(const Context& context) {
  const auto& options = context.options;
  auto filter =
      Filter::make_combined({"collector.slabinfo.slabs-include", options.slabinfo_slabs_include},
                            {"collector.slabinfo.slabs-exclude", options.slabinfo_slabs_exclude});
  if (!filter) return filter.error();
  return std::make_unique<Slabinfo>(context, std::move(*filter));
}

}  // namespace hx
