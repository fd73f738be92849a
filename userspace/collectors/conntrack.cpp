// SPDX-License-Identifier: Apache-2.0
// Connection tracking of netfilter: the table's size from sysctls, see the kernel's
// Documentation/networking/nf_conntrack-sysctl.rst, and counters from /proc/net/stat/nf_conntrack,
// see ct_cpu_seq_show() in its net/netfilter/nf_conntrack_standalone.c.
#include <array>

#include "collectors/collector.h"

namespace hx {
namespace {

constexpr std::size_t kColumnCount = 17;

// The columns of interest, by place: their names in the first line changed over time.
struct Column {
  std::size_t index;
  std::string_view name, help;
};
constexpr std::array<Column, 8> kColumns{{
    {2, "node_nf_conntrack_stat_found", "Number of searched entries which were successful."},
    {4, "node_nf_conntrack_stat_invalid", "Number of packets seen which can not be tracked."},
    {5, "node_nf_conntrack_stat_ignore",
     "Number of packets seen which are already connected to a conntrack entry."},
    {8, "node_nf_conntrack_stat_insert", "Number of entries inserted into the list."},
    {9, "node_nf_conntrack_stat_insert_failed",
     "Number of entries for which list insertion was attempted but failed."},
    {10, "node_nf_conntrack_stat_drop", "Number of packets dropped due to conntrack failure."},
    {11, "node_nf_conntrack_stat_early_drop",
     "Number of dropped conntrack entries to make room for new ones, if maximum table size was "
     "reached."},
    {16, "node_nf_conntrack_stat_search_restart",
     "Number of conntrack table lookups which had to be restarted due to hashtable resizes."},
}};

using Counts = std::array<std::uint64_t, kColumnCount>;

// A CPU's line of hexadecimal numbers; nothing for the line of names.
std::optional<Counts> parse_counts(std::string_view line) {
  Counts counts{};
  for (auto& count : counts) {
    const auto number = hex_to_u64(next_field(line));
    if (!number) return std::nullopt;
    count = *number;
  }
  return counts;
}

class Conntrack final : public Collector {
 public:
  explicit Conntrack(const HostFs& fs)
      : entries_(fs, "proc/sys/net/netfilter/nf_conntrack_count"),
        limit_(fs, "proc/sys/net/netfilter/nf_conntrack_max"),
        stat_(fs, "proc/net/stat/nf_conntrack") {}

  Status collect(MetricSink& out) override {
    const auto entries = entries_.read_u64();
    if (!entries) return entries.error();
    out.gauge("node_nf_conntrack_entries",
              "Number of currently allocated flow entries for connection tracking.")
        .add(*entries);
    const auto limit = limit_.read_u64();
    if (!limit) return limit.error();
    out.gauge("node_nf_conntrack_entries_limit", "Maximum size of connection tracking table.")
        .add(*limit);

    auto text = stat_.read();
    if (!text) return text.error();
    Counts totals{};
    std::string_view line;
    while (next_line(*text, line)) {
      const auto counts = parse_counts(line);
      if (!counts) continue;
      for (std::size_t i = 0; i < kColumnCount; ++i) totals[i] += (*counts)[i];
    }
    for (const auto& column : kColumns) {
      out.gauge(column.name, column.help).add(totals[column.index]);
    }
    return {};
  }

 private:
  HotFile entries_, limit_, stat_;
};

}  // namespace

Result<CollectorPtr> make_conntrack(const Context& context) {
  return std::make_unique<Conntrack>(context.fs);
}

}  // namespace hx
