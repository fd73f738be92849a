// SPDX-License-Identifier: Apache-2.0
// Caches of block devices from /sys/fs/bcache, see the kernel's
// Documentation/admin-guide/bcache.rst.
#include <array>
#include <optional>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

using enum MetricType;

constexpr std::string_view kRoot = "sys/fs/bcache";

constexpr std::array kSetFiles{
    FieldMetric{"average_key_size", "node_bcache_average_key_size_sectors",
                "Average data per key in the btree (sectors).", kGauge},
    FieldMetric{"btree_cache_size", "node_bcache_btree_cache_size_bytes",
                "Amount of memory currently used by the btree cache.", kGauge},
    FieldMetric{"cache_available_percent", "node_bcache_cache_available_percent",
                "Percentage of cache device without dirty data, usable for writeback (may contain "
                "clean cached data).",
                kGauge},
    FieldMetric{"congested", "node_bcache_congested", "Congestion.", kGauge},
    FieldMetric{"internal/active_journal_entries", "node_bcache_active_journal_entries",
                "Number of journal entries that are newer than the index.", kGauge},
    FieldMetric{"internal/btree_nodes", "node_bcache_btree_nodes", "Total nodes in the btree.",
                kGauge},
    FieldMetric{"internal/btree_read_average_duration_us",
                "node_bcache_btree_read_average_duration_seconds", "Average btree read duration.",
                kGauge, 1e-9},
    FieldMetric{"internal/cache_read_races", "node_bcache_cache_read_races_total",
                "Counts instances where while data was being read from the cache, the bucket was "
                "reused and invalidated - i.e. where the pointer was stale after the read "
                "completed."},
    FieldMetric{"root_usage_percent", "node_bcache_root_usage_percent",
                "Percentage of the root btree node in use (tree depth increases if too high).",
                kGauge},
    FieldMetric{"tree_depth", "node_bcache_tree_depth", "Depth of the btree.", kGauge},
};
constexpr std::array kBackingFiles{
    FieldMetric{"dirty_data", "node_bcache_dirty_data_bytes",
                "Amount of dirty data for this backing device in the cache.", kGauge},
    FieldMetric{"stats_total/bypassed", "node_bcache_bypassed_bytes_total",
                "Amount of IO (both reads and writes) that has bypassed the cache."},
    FieldMetric{"stats_total/cache_bypass_hits", "node_bcache_cache_bypass_hits_total",
                "Hits for IO intended to skip the cache."},
    FieldMetric{"stats_total/cache_bypass_misses", "node_bcache_cache_bypass_misses_total",
                "Misses for IO intended to skip the cache."},
    FieldMetric{"stats_total/cache_hits", "node_bcache_cache_hits_total",
                "Hits counted per individual IO as bcache sees them."},
    FieldMetric{"stats_total/cache_miss_collisions", "node_bcache_cache_miss_collisions_total",
                "Instances where data insertion from cache miss raced with write (data already "
                "present)."},
    FieldMetric{"stats_total/cache_misses", "node_bcache_cache_misses_total",
                "Misses counted per individual IO as bcache sees them."},
    FieldMetric{"stats_total/cache_readaheads", "node_bcache_cache_readaheads_total",
                "Count of times readahead occurred."},
};
// Lines of writeback_rate_debug.
constexpr std::array kWriteback{
    FieldMetric{"change", "node_bcache_writeback_change",
                "Last writeback rate change step for this backing device.", kGauge},
    FieldMetric{"integral", "node_bcache_writeback_rate_integral_term",
                "Current result of integral controller, part of writeback rate", kGauge},
    FieldMetric{"proportional", "node_bcache_writeback_rate_proportional_term",
                "Current result of proportional controller, part of writeback rate", kGauge},
    FieldMetric{"rate", "node_bcache_writeback_rate",
                "Current writeback rate for this backing device in bytes.", kGauge},
    FieldMetric{"target", "node_bcache_dirty_target_bytes",
                "Current dirty data target threshold for this backing device in bytes.", kGauge},
};
constexpr std::array kCacheFiles{
    FieldMetric{"io_errors", "node_bcache_io_errors",
                "Number of errors that have occurred, decayed by io_error_halflife.", kGauge},
    FieldMetric{"metadata_written", "node_bcache_metadata_written_bytes_total",
                "Sum of all non data writes (btree writes and all other metadata)."},
    FieldMetric{"written", "node_bcache_written_bytes_total",
                "Sum of all data that has been written to the cache."},
};
// Lines of priority_stats, which the kernel makes by looking at every bucket.
constexpr std::array kPriority{
    FieldMetric{"Metadata", "node_bcache_priority_stats_metadata_percent",
                "Bcache's metadata overhead.", kGauge},
    FieldMetric{"Unused", "node_bcache_priority_stats_unused_percent",
                "The percentage of the cache that doesn't contain any data.", kGauge},
};

// A number as the kernel writes it for people: "512", "1.1k", "-4.0M". The digits behind the point
// are a remainder of 1,024 divided by 100, so that .10 is more than .9: they are read as upstream
// does, and whole bytes are left of it.
std::optional<double> parse_human(std::string_view text) {
  constexpr std::string_view kSuffixes = "kMGTPEZY";
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  double unit = 1;
  if (!text.empty()) {
    const auto suffix = kSuffixes.find(text.back());
    if (suffix != std::string_view::npos) {
      text.remove_suffix(1);
      for (std::size_t i = 0; i <= suffix; ++i) unit *= 1024;
    }
  }
  const bool has_fraction = text.find('.') != std::string_view::npos;
  const auto whole = to_u64(cut(text, '.'));
  const auto fraction = has_fraction ? to_u64(text) : std::optional<std::uint64_t>(0);
  if (!whole || !fraction) return std::nullopt;
  const double value =
      (static_cast<double>(*whole) + static_cast<double>(*fraction) / 10.24) * unit;
  if (value >= 0x1p64) return std::nullopt;
  const auto bytes = static_cast<double>(static_cast<std::uint64_t>(value));
  return is_negative ? -bytes : bytes;
}

bool is_numbered(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && to_u64(name.substr(prefix.size())).has_value();
}

class Bcache final : public Collector {
 public:
  explicit Bcache(const Context& context)
      : with_priority_(context.options.bcache_priority_stats),
        fs_(context.fs),
        root_(context.fs, kRoot) {}

  Status collect(MetricSink& out) override {
    const auto sets = root_.entries();
    if (!sets && sets.error().is_absent()) return {};  // no cache, as upstream
    if (!sets) return sets.error();
    GroupedSamples samples;
    for (const auto& entry : *sets) {
      if (entry.name.find('-') != std::string::npos) add_set(samples, entry.name);
    }
    samples.write(out);
    return {};
  }

 private:
  using LabelList = std::initializer_list<Label>;

  void add_set(GroupedSamples& samples, const std::string& uuid) const {
    const auto dir = std::string(kRoot) + "/" + uuid;
    add_files(samples, kSetFiles, dir, {{"uuid", uuid}});
    for (const auto& name : fs_.list(dir).value_or({})) {
      const auto device = dir + "/" + name;
      if (is_numbered(name, "bdev")) {
        add_files(samples, kBackingFiles, device, {{"backing_device", name}, {"uuid", uuid}});
        add_lines(samples, kWriteback, device + "/writeback_rate_debug",
                  {{"backing_device", name}, {"uuid", uuid}});
      } else if (is_numbered(name, "cache")) {
        add_files(samples, kCacheFiles, device, {{"cache_device", name}, {"uuid", uuid}});
        if (!with_priority_) continue;
        add_lines(samples, kPriority, device + "/priority_stats",
                  {{"cache_device", name}, {"uuid", uuid}});
      }
    }
  }

  void add_files(GroupedSamples& samples, std::span<const FieldMetric> files,
                 const std::string& dir, LabelList labels) const {
    for (const auto& file : files) {
      const auto text = fs_.read_trimmed(dir + "/" + std::string(file.field));
      const auto value = text ? parse_human(*text) : std::nullopt;
      if (value) samples.add(file, labels, *value);
    }
  }

  // "rate:  1.1M/sec", "Unused:  99%".
  void add_lines(GroupedSamples& samples, std::span<const FieldMetric> fields,
                 const std::string& path, LabelList labels) const {
    const auto text = fs_.read(path).value_or({});
    std::string_view rest = text, line;
    while (next_line(rest, line)) {
      const auto* metric = find_field(fields, cut(line, ':'));
      if (metric == nullptr) continue;
      auto number = next_field(line);
      for (const std::string_view unit : {"/sec", "%"}) {
        if (number.ends_with(unit)) number.remove_suffix(unit.size());
      }
      if (const auto value = parse_human(number)) samples.add(*metric, labels, *value);
    }
  }

  bool with_priority_;
  const HostFs& fs_;
  HotDir root_;
};

}  // namespace

Result<CollectorPtr> make_bcache(const Context& context) {
  return std::make_unique<Bcache>(context);
}

}  // namespace hx
