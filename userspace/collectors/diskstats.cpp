// SPDX-License-Identifier: Apache-2.0
// I/O of block devices from /proc/diskstats, see the kernel's Documentation/admin-guide/
// iostats.rst, and what udev knows about them from its database, see udevadm(8).
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/filter.h"
#include "collectors/collector.h"

namespace hx {
namespace {

constexpr double kSector = 512;             // whatever the device's own sector size is
constexpr double kMillisecond = 1e-3;       // a factor, not a divisor: the values are upstream's
constexpr std::size_t kFewestColumns = 11;  // discards came with Linux 4.18, flushes with 5.5

// What follows the device's name in a line, in this order.
struct Column {
  std::string_view name, help;
  double unit = 1;
  bool is_gauge = false;
};
constexpr std::array<Column, 17> kColumns{{
    {"node_disk_reads_completed_total", "The total number of reads completed successfully."},
    {"node_disk_reads_merged_total", "The total number of reads merged."},
    {"node_disk_read_bytes_total", "The total number of bytes read successfully.", kSector},
    {"node_disk_read_time_seconds_total", "The total number of seconds spent by all reads.",
     kMillisecond},
    {"node_disk_writes_completed_total", "The total number of writes completed successfully."},
    {"node_disk_writes_merged_total", "The number of writes merged."},
    {"node_disk_written_bytes_total", "The total number of bytes written successfully.", kSector},
    {"node_disk_write_time_seconds_total",
     "This is the total number of seconds spent by all writes.", kMillisecond},
    {"node_disk_io_now", "The number of I/Os currently in progress.", 1, true},
    {"node_disk_io_time_seconds_total", "Total seconds spent doing I/Os.", kMillisecond},
    {"node_disk_io_time_weighted_seconds_total", "The weighted # of seconds spent doing I/Os.",
     kMillisecond},
    {"node_disk_discards_completed_total", "The total number of discards completed successfully."},
    {"node_disk_discards_merged_total", "The total number of discards merged."},
    {"node_disk_discarded_sectors_total", "The total number of sectors discarded successfully."},
    {"node_disk_discard_time_seconds_total",
     "This is the total number of seconds spent by all discards.", kMillisecond},
    {"node_disk_flush_requests_total", "The total number of flush requests completed successfully"},
    {"node_disk_flush_requests_time_seconds_total",
     "This is the total number of seconds spent by all flush requests.", kMillisecond},
}};

struct Counters {
  std::array<double, kColumns.size()> values{};
  std::size_t count = 0;
};

// The numbers that are left of a line of /proc/diskstats; nothing for too few of them.
std::optional<Counters> parse_counters(std::string_view line) {
  Counters counters;
  for (auto& value : counters.values) {
    const auto field = next_field(line);
    if (field.empty()) break;
    const auto number = to_u64(field);
    if (!number) return std::nullopt;
    value = static_cast<double>(*number) * kColumns[counters.count++].unit;
  }
  if (counters.count < kFewestColumns) return std::nullopt;
  return counters;
}

// What seldom changes about a device; empty where it is not known.
struct Facts {
  std::string path, wwn, model, revision;
  std::string scsi_serial, short_serial, serial;
  std::string fs_type, fs_usage, fs_uuid, fs_version;
  std::string dm_name, dm_uuid, dm_vg_name, dm_lv_name, dm_lv_layer;
  std::string ata, ata_write_cache, ata_write_cache_enabled, ata_rotation_rate;
  std::vector<std::string> backing;  // the devices that one of the device mapper lies on, sorted
  bool rotational = false;

  // What is printed on the disk, if it says so; virtio devices have the last one only.
  const std::string& best_serial() const {
    if (!scsi_serial.empty()) return scsi_serial;
    return short_serial.empty() ? serial : short_serial;
  }
};

struct Property {
  std::string_view name;
  std::string Facts::*fact;
};
constexpr std::array<Property, 20> kProperties{{
    {"DM_LV_LAYER", &Facts::dm_lv_layer},
    {"DM_LV_NAME", &Facts::dm_lv_name},
    {"DM_NAME", &Facts::dm_name},
    {"DM_UUID", &Facts::dm_uuid},
    {"DM_VG_NAME", &Facts::dm_vg_name},
    {"ID_ATA", &Facts::ata},
    {"ID_ATA_ROTATION_RATE_RPM", &Facts::ata_rotation_rate},
    {"ID_ATA_WRITE_CACHE", &Facts::ata_write_cache},
    {"ID_ATA_WRITE_CACHE_ENABLED", &Facts::ata_write_cache_enabled},
    {"ID_FS_TYPE", &Facts::fs_type},
    {"ID_FS_USAGE", &Facts::fs_usage},
    {"ID_FS_UUID", &Facts::fs_uuid},
    {"ID_FS_VERSION", &Facts::fs_version},
    {"ID_MODEL", &Facts::model},
    {"ID_PATH", &Facts::path},
    {"ID_REVISION", &Facts::revision},
    {"ID_SERIAL", &Facts::serial},
    {"ID_SERIAL_SHORT", &Facts::short_serial},
    {"ID_WWN", &Facts::wwn},
    {"SCSI_IDENT_SERIAL", &Facts::scsi_serial},
}};

// A file of udev's database: lines of a letter, a colon and a value; E: is a property.
Facts parse_udev(std::string_view text) {
  Facts facts;
  std::string_view line;
  while (next_line(text, line)) {
    if (!line.starts_with("E:")) continue;
    line.remove_prefix(2);
    const auto name = cut(line, '=');
    for (const auto& property : kProperties) {
      if (property.name == name) facts.*property.fact = line;
    }
  }
  return facts;
}

// A device as last seen. The facts are those of the file of udev's database that has the stamp.
struct Device {
  bool wanted = false;
  std::uint64_t seen_at = 0;  // number of the scrape
  std::string major, minor;
  Counters counters;
  Facts facts;
  FileStamp udev;
};

class Diskstats final : public Collector {
 public:
  Diskstats(const Context& context, Filter filter)
      : fs_(context.fs), filter_(std::move(filter)), diskstats_(context.fs, "proc/diskstats") {}

  Status collect(MetricSink& out) override {
    const auto text = diskstats_.read();
    if (!text) return text.error();
    update_devices(*text);
    add_info(out);
    add_counters(out);
    add_filesystems(out);
    add_device_mapper(out);
    add_ata(out);
    return {};
  }

 private:
  using Row = std::pair<const std::string, Device>;

  void update_devices(std::string_view text);
  void update_facts(const std::string& name, Device& device, bool is_new) const;
  void add_info(MetricSink& out) const;
  void add_counters(MetricSink& out) const;
  void add_filesystems(MetricSink& out) const;
  void add_device_mapper(MetricSink& out) const;
  void add_ata(MetricSink& out) const;

  const HostFs& fs_;
  Filter filter_;
  HotFile diskstats_;
  std::map<std::string, Device, std::less<>> devices_;  // those of the last scrape, by name
  std::vector<const Row*> rows_;                        // the wanted ones
  std::uint64_t scrape_ = 0;
};

void Diskstats::update_devices(std::string_view text) {
  ++scrape_;
  std::string_view line;
  while (next_line(text, line)) {
    const auto major = next_field(line), minor = next_field(line), name = next_field(line);
    if (!to_u64(major) || !to_u64(minor) || name.empty()) continue;
    auto found = devices_.find(name);
    const bool is_new = found == devices_.end();
    if (is_new) {
      found = devices_.emplace(name, Device{}).first;
      found->second.wanted = filter_.accepts(name);
    }
    auto& device = found->second;
    if (device.seen_at == scrape_) continue;  // a name twice would be a series twice
    if (device.wanted) {
      const auto counters = parse_counters(line);
      if (!counters) continue;
      device.counters = *counters;
      const bool is_another = is_new || device.major != major || device.minor != minor;
      device.major = major;
      device.minor = minor;
      update_facts(found->first, device, is_another);
    }
    device.seen_at = scrape_;
  }
  std::erase_if(devices_, [this](const Row& row) { return row.second.seen_at != scrape_; });

  rows_.clear();
  for (const auto& row : devices_) {
    if (row.second.wanted) rows_.push_back(&row);
  }
}

// udev replaces a device's file at every event of the device, a changed attribute in sysfs comes
// with one: both are read again only then. A device that is unknown to udev has a stamp of zeros.
void Diskstats::update_facts(const std::string& name, Device& device, bool is_another) const {
  const auto path = "run/udev/data/b" + device.major + ":" + device.minor;
  const auto stamp = fs_.stamp(path).value_or({});
  if (!is_another && stamp == device.udev) return;
  device.udev = stamp;
  device.facts = parse_udev(fs_.read(path).value_or({}));

  std::string directory = name;  // cciss/c0d0 is cciss!c0d0 there
  std::replace(directory.begin(), directory.end(), '/', '!');
  directory.insert(0, "sys/block/");
  device.facts.rotational = fs_.read_u64(directory + "/queue/rotational").value_or(0) != 0;
  if (!device.facts.dm_name.empty()) {
    device.facts.backing = fs_.list(directory + "/slaves").value_or({});
  }
}

void Diskstats::add_info(MetricSink& out) const {
  auto info = out.gauge("node_disk_info", "Info of /sys/block/<block_device>.");
  for (const auto* row : rows_) {
    const auto& [name, device] = *row;
    const auto& facts = device.facts;
    info.add({{"device", name},
              {"major", device.major},
              {"minor", device.minor},
              {"model", facts.model},
              {"path", facts.path},
              {"revision", facts.revision},
              {"rotational", facts.rotational ? "1" : "0"},
              {"serial", facts.best_serial()},
              {"wwn", facts.wwn}},
             1);
  }
}

void Diskstats::add_counters(MetricSink& out) const {
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto& column = kColumns[i];
    auto family = column.is_gauge ? out.gauge(column.name, column.help)
                                  : out.counter(column.name, column.help);
    for (const auto* row : rows_) {
      const auto& [name, device] = *row;
      if (i < device.counters.count) family.add({{"device", name}}, device.counters.values[i]);
    }
  }
}

void Diskstats::add_filesystems(MetricSink& out) const {
  auto info = out.gauge("node_disk_filesystem_info", "Info about disk filesystem.");
  for (const auto* row : rows_) {
    const auto& [name, device] = *row;
    const auto& facts = device.facts;
    if (facts.fs_type.empty()) continue;
    info.add({{"device", name},
              {"type", facts.fs_type},
              {"usage", facts.fs_usage},
              {"uuid", facts.fs_uuid},
              {"version", facts.fs_version}},
             1);
  }
}

void Diskstats::add_device_mapper(MetricSink& out) const {
  auto info = out.gauge("node_disk_device_mapper_info", "Info about disk device mapper.");
  for (const auto* row : rows_) {
    const auto& [name, device] = *row;
    const auto& facts = device.facts;
    if (facts.dm_name.empty()) continue;
    info.add({{"device", name},
              {"lv_layer", facts.dm_lv_layer},
              {"lv_name", facts.dm_lv_name},
              {"name", facts.dm_name},
              {"uuid", facts.dm_uuid},
              {"vg_name", facts.dm_vg_name}},
             1);
  }
  auto backing = out.gauge("node_disk_device_mapper_backing_device_info",
                           "Info about the underlying block devices of a device mapper device.");
  for (const auto* row : rows_) {
    for (const auto& below : row->second.facts.backing) {
      backing.add({{"backing_device", below}, {"device", row->first}}, 1);
    }
  }
}

void Diskstats::add_ata(MetricSink& out) const {
  struct Attribute {
    std::string_view name, help;
    std::string Facts::*fact;
  };
  constexpr std::array<Attribute, 3> kAttributes{{
      {"node_disk_ata_write_cache", "ATA disk has a write cache.", &Facts::ata_write_cache},
      {"node_disk_ata_write_cache_enabled", "ATA disk has its write cache enabled.",
       &Facts::ata_write_cache_enabled},
      {"node_disk_ata_rotation_rate_rpm", "ATA disk rotation rate in RPMs (0 for SSDs).",
       &Facts::ata_rotation_rate},
  }};
  for (const auto& attribute : kAttributes) {
    auto family = out.gauge(attribute.name, attribute.help);
    for (const auto* row : rows_) {
      const auto& [name, device] = *row;
      if (device.facts.ata.empty()) continue;
      const auto value = to_double(device.facts.*attribute.fact);
      if (value) family.add({{"device", name}}, *value);
    }
  }
}

}  // namespace

Result<CollectorPtr> make_diskstats(const Context& context) {
  const CollectorOptions defaults;
  const auto& options = context.options;
  auto filter =
      Filter::make({"collector.diskstats.device-include", options.diskstats_device_include},
                   {"collector.diskstats.device-exclude", options.diskstats_device_exclude,
                    defaults.diskstats_device_exclude});
  if (!filter) return filter.error();
  return std::make_unique<Diskstats>(context, std::move(*filter));
}

}  // namespace hx
