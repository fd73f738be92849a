// SPDX-License-Identifier: Apache-2.0
// Memory zones from /proc/zoneinfo, see proc_zoneinfo(5).
#include <array>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

using enum MetricType;

// The counts of a whole node stand in the node's first zone only.
constexpr std::array kFields{
    FieldMetric{"high", "node_zoneinfo_high_pages", "Zone watermark pages_high", kGauge},
    FieldMetric{"low", "node_zoneinfo_low_pages", "Zone watermark pages_low", kGauge},
    FieldMetric{"managed", "node_zoneinfo_managed_pages",
                "Present pages managed by the buddy system", kGauge},
    FieldMetric{"min", "node_zoneinfo_min_pages", "Zone watermark pages_min", kGauge},
    FieldMetric{"nr_active_anon", "node_zoneinfo_nr_active_anon_pages",
                "Number of anonymous pages recently more used", kGauge},
    FieldMetric{"nr_active_file", "node_zoneinfo_nr_active_file_pages",
                "Number of active pages with file-backing", kGauge},
    FieldMetric{"nr_anon_pages", "node_zoneinfo_nr_anon_pages",
                "Number of anonymous pages currently used by the system", kGauge},
    FieldMetric{"nr_anon_transparent_hugepages", "node_zoneinfo_nr_anon_transparent_hugepages",
                "Number of anonymous transparent huge pages currently used by the system", kGauge},
    FieldMetric{"nr_dirtied", "node_zoneinfo_nr_dirtied_total", "Page dirtyings since bootup"},
    FieldMetric{"nr_dirty", "node_zoneinfo_nr_dirty_pages", "Number of dirty pages", kGauge},
    FieldMetric{"nr_file_pages", "node_zoneinfo_nr_file_pages", "Number of file pages", kGauge},
    FieldMetric{"nr_free_pages", "node_zoneinfo_nr_free_pages",
                "Total number of free pages in the zone", kGauge},
    FieldMetric{"nr_inactive_anon", "node_zoneinfo_nr_inactive_anon_pages",
                "Number of anonymous pages recently less used", kGauge},
    FieldMetric{"nr_inactive_file", "node_zoneinfo_nr_inactive_file_pages",
                "Number of inactive pages with file-backing", kGauge},
    FieldMetric{"nr_isolated_anon", "node_zoneinfo_nr_isolated_anon_pages",
                "Temporary isolated pages from anon lru", kGauge},
    FieldMetric{"nr_isolated_file", "node_zoneinfo_nr_isolated_file_pages",
                "Temporary isolated pages from file lru", kGauge},
    FieldMetric{"nr_kernel_stack", "node_zoneinfo_nr_kernel_stacks", "Number of kernel stacks",
                kGauge},
    FieldMetric{"nr_mapped", "node_zoneinfo_nr_mapped_pages", "Number of mapped pages", kGauge},
    FieldMetric{"nr_shmem", "node_zoneinfo_nr_shmem_pages",
                "Number of shmem pages (included tmpfs/GEM pages)", kGauge},
    FieldMetric{"nr_slab_reclaimable", "node_zoneinfo_nr_slab_reclaimable_pages",
                "Number of reclaimable slab pages", kGauge},
    FieldMetric{"nr_slab_unreclaimable", "node_zoneinfo_nr_slab_unreclaimable_pages",
                "Number of unreclaimable slab pages", kGauge},
    FieldMetric{"nr_unevictable", "node_zoneinfo_nr_unevictable_pages",
                "Number of unevictable pages", kGauge},
    FieldMetric{"nr_writeback", "node_zoneinfo_nr_writeback_pages", "Number of writeback pages",
                kGauge},
    FieldMetric{"nr_written", "node_zoneinfo_nr_written_total", "Page writings since bootup"},
    FieldMetric{"numa_foreign", "node_zoneinfo_numa_foreign_total",
                "Was intended here, hit elsewhere"},
    FieldMetric{"numa_hit", "node_zoneinfo_numa_hit_total", "Allocated in intended node"},
    FieldMetric{"numa_interleave", "node_zoneinfo_numa_interleave_total",
                "Interleaver preferred this zone"},
    FieldMetric{"numa_local", "node_zoneinfo_numa_local_total", "Allocation from local node"},
    FieldMetric{"numa_miss", "node_zoneinfo_numa_miss_total", "Allocated in non intended node"},
    FieldMetric{"numa_other", "node_zoneinfo_numa_other_total", "Allocation from other node"},
    FieldMetric{"present", "node_zoneinfo_present_pages", "Physical pages existing within the zone",
                kGauge},
    FieldMetric{"spanned", "node_zoneinfo_spanned_pages",
                "Total pages spanned by the zone, including holes", kGauge},
};

struct Zone {
  std::string_view node, name;
};

// "Node 0, zone   Normal"; false for other lines.
bool parse_zone(std::string_view line, Zone& zone) {
  if (!line.starts_with("Node ")) return false;
  auto head = cut(line, ',');
  next_field(head);
  const auto node = next_field(head);
  if (next_field(line) != "zone") return false;
  zone = {node, trim(line)};
  return !zone.node.empty() && !zone.name.empty();
}

class Zoneinfo final : public Collector {
 public:
  explicit Zoneinfo(const Context& context) : zoneinfo_(context.fs, "proc/zoneinfo") {}

  Status collect(MetricSink& out) override {
    const auto text = zoneinfo_.read();
    if (!text) return text.error();
    GroupedSamples samples;
    Zone zone;
    auto rest = *text;
    std::string_view line;
    while (next_line(rest, line)) {
      if (parse_zone(line, zone) || zone.name.empty()) continue;
      add_line(samples, zone, line);
    }
    samples.write(out);
    return {};
  }

 private:
  static void add_line(GroupedSamples& samples, const Zone& zone, std::string_view line) {
    const auto field = next_field(line);
    if (field == "protection:") return add_protection(samples, zone, line);
    const auto* metric = find_field(kFields, field);
    if (metric == nullptr) return;
    const auto value = to_i64(next_field(line));
    if (value) samples.add(*metric, {{"node", zone.node}, {"zone", zone.name}}, *value);
  }

  // "(0, 2900, 7800)": the pages kept from allocations that may use a higher zone.
  static void add_protection(GroupedSamples& samples, const Zone& zone, std::string_view list) {
    list = trim(list);
    if (!list.starts_with('(') || !list.ends_with(')')) return;
    list = list.substr(1, list.size() - 2);
    for (int i = 0; !list.empty(); ++i) {
      const auto pages = to_i64(trim(cut(list, ',')));
      if (!pages) return;
      const auto index = std::to_string(i);
      samples.add(kGauge, "node_zoneinfo_protection_" + index,
                  "Protection array " + index + ". field",
                  {{"node", zone.node}, {"zone", zone.name}}, static_cast<double>(*pages));
    }
  }

  HotFile zoneinfo_;
};

}  // namespace

Result<CollectorPtr> make_zoneinfo(const Context& context) {
  return std::make_unique<Zoneinfo>(context);
}

}  // namespace hx
