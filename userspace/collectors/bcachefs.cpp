// SPDX-License-Identifier: Apache-2.0
// bcachefs file systems from /sys/fs/bcachefs, see its fs/bcachefs/sysfs.c.
#include <optional>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

using enum MetricType;

constexpr std::string_view kRoot = "sys/fs/bcachefs";

// "4096", "1.50M"; whole bytes are left of it.
std::optional<double> parse_human(std::string_view text) {
  text = trim(text);
  double unit = 1;
  if (!text.empty()) {
    constexpr std::string_view kSuffixes = "kMGTPE";
    const char last = text.back() == 'K' ? 'k' : text.back();
    const auto suffix = kSuffixes.find(last);
    if (suffix != std::string_view::npos) {
      text = trim(text.substr(0, text.size() - 1));
      for (std::size_t i = 0; i <= suffix; ++i) unit *= 1024;
    }
  }
  const auto value = to_double(text);
  if (!value || !(*value >= 0) || *value * unit >= 0x1p64) return std::nullopt;
  return static_cast<double>(static_cast<std::uint64_t>(*value * unit));
}

std::string_view without_colon(std::string_view name) {
  if (name.ends_with(':')) name.remove_suffix(1);
  return name;
}

// Titles, then lines such as "lz4:  1.2G  2.4G  16k".
void add_compression(GroupedSamples& samples, std::string_view uuid, std::string_view text) {
  std::string_view line;
  next_line(text, line);
  while (next_line(text, line)) {
    const auto algorithm = without_colon(next_field(line));
    const auto compressed = parse_human(next_field(line));
    const auto uncompressed = parse_human(next_field(line));
    if (!compressed || !uncompressed) continue;
    const std::initializer_list<Label> labels{{"algorithm", algorithm}, {"uuid", uuid}};
    samples.add(kGauge, "node_bcachefs_compression_compressed_bytes",
                "Compressed size by algorithm.", labels, *compressed);
    samples.add(kGauge, "node_bcachefs_compression_uncompressed_bytes",
                "Uncompressed size by algorithm.", labels, *uncompressed);
  }
}

// "btree_node_read_err  3  1700000000": a type, how often, when last.
void add_errors(GroupedSamples& samples, std::string_view uuid, std::string_view text) {
  std::string_view line;
  while (next_line(text, line)) {
    const auto type = next_field(line);
    const auto count = to_u64(next_field(line));
    if (!count) continue;
    samples.add(kCounter, "node_bcachefs_errors_total", "Error count by error type.",
                {{"error_type", type}, {"uuid", uuid}}, static_cast<double>(*count));
  }
}

// Titles, then lines such as "initial:  1088  108k".
void add_btree_writes(GroupedSamples& samples, std::string_view uuid, std::string_view text) {
  std::string_view line;
  next_line(text, line);
  while (next_line(text, line)) {
    const auto type = without_colon(next_field(line));
    const auto count = to_u64(next_field(line));
    const auto size = parse_human(next_field(line));
    if (!count || !size) continue;
    const std::initializer_list<Label> labels{{"type", type}, {"uuid", uuid}};
    samples.add(kCounter, "node_bcachefs_btree_writes_total", "Number of btree writes by type.",
                labels, static_cast<double>(*count));
    samples.add(kGauge, "node_bcachefs_btree_write_average_size_bytes",
                "Average btree write size by type.", labels, *size);
  }
}

// A file of counters/: "since mount: 5" and "since filesystem creation: 12k".
std::optional<double> parse_counter(std::string_view text) {
  std::string_view line;
  while (next_line(text, line)) {
    if (trim(cut(line, ':')) == "since filesystem creation") return parse_human(line);
  }
  return std::nullopt;
}

struct Device {
  std::string_view uuid, name;
};

// "read:" or "write:", and below it lines such as "  journal : 4096".
void add_io_done(GroupedSamples& samples, const Device& device, std::string_view text) {
  std::string_view line, operation;
  while (next_line(text, line)) {
    line = trim(line);
    if (line == "read:" || line == "write:") {
      operation = without_colon(line);
      continue;
    }
    const auto type = trim(cut(line, ':'));
    const auto bytes = to_u64(trim(line));
    if (operation.empty() || !bytes) continue;
    samples.add(kCounter, "node_bcachefs_device_io_done_bytes_total",
                "IO bytes by operation type and data type.",
                {{"data_type", type},
                 {"device", device.name},
                 {"operation", operation},
                 {"uuid", device.uuid}},
                static_cast<double>(*bytes));
  }
}

// Lines such as "  read: 0", of which those since the file system's creation are exported.
void add_io_errors(GroupedSamples& samples, const Device& device, std::string_view text) {
  std::string_view line;
  bool since_creation = false;
  while (next_line(text, line)) {
    if (line.starts_with("IO errors since ")) {
      since_creation = line.starts_with("IO errors since filesystem creation");
      continue;
    }
    const auto type = trim(cut(line, ':'));
    const auto count = to_u64(trim(line));
    if (!since_creation || !count) continue;
    samples.add(kCounter, "node_bcachefs_device_io_errors_total", "IO errors by error type.",
                {{"device", device.name}, {"type", type}, {"uuid", device.uuid}},
                static_cast<double>(*count));
  }
}

class Bcachefs final : public Collector {
 public:
  explicit Bcachefs(const Context& context) : fs_(context.fs) {}

  Status collect(MetricSink& out) override {
    const auto uuids = fs_.list(kRoot);
    if (!uuids) return uuids.error();
    if (uuids->empty()) return Error{ENOENT, "find a file system in " + std::string(kRoot)};
    GroupedSamples samples;
    for (const auto& uuid : *uuids) add_filesystem(samples, uuid);
    samples.write(out);
    return {};
  }

 private:
  std::string read(const std::string& path) const { return fs_.read_trimmed(path).value_or({}); }

  void add_filesystem(GroupedSamples& samples, const std::string& uuid) const {
    const auto dir = std::string(kRoot) + "/" + uuid;
    samples.add(kGauge, "node_bcachefs_info", "Filesystem information.", {{"uuid", uuid}}, 1);
    if (const auto size = parse_human(read(dir + "/btree_cache_size"))) {
      samples.add(kGauge, "node_bcachefs_btree_cache_size_bytes",
                  "Btree cache memory usage in bytes.", {{"uuid", uuid}}, *size);
    }
    add_compression(samples, uuid, read(dir + "/compression_stats"));
    add_errors(samples, uuid, read(dir + "/errors"));
    add_btree_writes(samples, uuid, read(dir + "/btree_write_stats"));
    for (const auto& counter : fs_.list(dir + "/counters").value_or({})) {
      const auto value = parse_counter(read(dir + "/counters/" + counter));
      if (!value) continue;
      samples.add(kCounter, "node_bcachefs_" + to_metric_name(counter) + "_total",
                  "Bcachefs counter " + counter + " since filesystem creation.", {{"uuid", uuid}},
                  *value);
    }
    for (const std::string_view name : fs_.list(dir).value_or({})) {
      constexpr std::string_view kPrefix = "dev-";
      if (!name.starts_with(kPrefix)) continue;
      add_device(samples, dir + "/" + std::string(name), {uuid, name.substr(kPrefix.size())});
    }
  }

  void add_device(GroupedSamples& samples, const std::string& dir, const Device& device) const {
    samples.add(kGauge, "node_bcachefs_device_info", "Device information.",
                {{"device", device.name},
                 {"label", read(dir + "/label")},
                 {"state", read(dir + "/state")},
                 {"uuid", device.uuid}},
                1);
    const auto add = [&](std::string_view file, std::string_view name, std::string_view help) {
      const auto value = parse_human(read(dir + "/" + std::string(file)));
      if (!value) return;
      samples.add(kGauge, name, help, {{"device", device.name}, {"uuid", device.uuid}}, *value);
    };
    add("bucket_size", "node_bcachefs_device_bucket_size_bytes", "Bucket size in bytes.");
    add("nbuckets", "node_bcachefs_device_buckets", "Total number of buckets.");
    add("durability", "node_bcachefs_device_durability", "Device durability setting.");
    add_io_done(samples, device, read(dir + "/io_done"));
    add_io_errors(samples, device, read(dir + "/io_errors"));
  }

  const HostFs& fs_;
};

}  // namespace

Result<CollectorPtr> make_bcachefs(const Context& context) {
  return std::make_unique<Bcachefs>(context);
}

}  // namespace hx
