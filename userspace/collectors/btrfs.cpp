// SPDX-License-Identifier: Apache-2.0
// Btrfs file systems from /sys/fs/btrfs/UUID, see the kernel's fs/btrfs/sysfs.c, and their devices
// from ioctl(2), see linux/btrfs.h.
#include <linux/btrfs.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

using enum MetricType;

constexpr std::string_view kRoot = "sys/fs/btrfs";
constexpr double kSector = 512;  // whatever the device's own sector size is

// Lines of commit_stats.
constexpr std::array kCommits{
    FieldMetric{"commits", "node_btrfs_commits_total",
                "The total number of commits that have occurred."},
    FieldMetric{"last_commit_ms", "node_btrfs_last_commit_seconds",
                "Duration of the most recent commit, in seconds.", kGauge, 1, 1000},
    FieldMetric{"max_commit_ms", "node_btrfs_max_commit_seconds",
                "Duration of the slowest commit, in seconds.", kGauge, 1, 1000},
    FieldMetric{"total_commit_ms", "node_btrfs_commit_seconds_total",
                "Sum of the duration of all commits, in seconds.", kCounter, 1, 1000},
};

// How much of the devices a byte of data takes; 0 for a profile that is not known.
double allocation_ratio(std::string_view profile, double devices) {
  if (profile == "single" || profile == "raid0") return 1;
  if (profile == "dup" || profile == "raid1" || profile == "raid10") return 2;
  if (profile == "raid1c3") return 3;
  if (profile == "raid1c4") return 4;
  if (profile == "raid5") return devices / (devices - 1);
  if (profile == "raid6") return devices / (devices - 2);
  return 0;
}

std::string to_hex(const __u8* bytes, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < size; ++i) {
    hex += kDigits[bytes[i] >> 4];
    hex += kDigits[bytes[i] & 15];
  }
  return hex;
}

// What only the ioctls tell.
struct Device {
  std::string name, uuid;
  std::uint64_t used = 0, total = 0;
  std::array<std::uint64_t, BTRFS_DEV_STAT_VALUES_MAX> errors{};
};
// By the UUID without dashes.
using DevicesOf = std::map<std::string, std::vector<Device>, std::less<>>;

constexpr std::array<std::string_view, BTRFS_DEV_STAT_VALUES_MAX> kErrorTypes{
    "write", "read", "flush", "corruption", "generation"};  // enum btrfs_dev_stat_values

class Btrfs final : public Collector {
 public:
  explicit Btrfs(const Context& context)
      : fs_(context.fs),
        sys_(context.sys),
        root_(context.fs, kRoot),
        init_mounts_(context.fs, "proc/1/mounts"),
        own_mounts_(context.fs, "proc/self/mounts") {}

  Status collect(MetricSink& out) override {
    const auto entries = root_.entries();
    if (!entries && entries.error().is_absent()) return {};  // no such file system, as upstream
    if (!entries) return entries.error();
    std::vector<std::string> uuids;  // "features" and the like stand there as well
    for (const auto& entry : *entries) {
      if (entry.name.find('-') != std::string::npos) uuids.push_back(entry.name);
    }
    if (uuids.empty()) return {};

    const auto devices = ask_for_devices();
    GroupedSamples samples;
    for (const auto& uuid : uuids) add_filesystem(samples, uuid, devices);
    samples.write(out);
    return {};
  }

 private:
  // The ioctls may want rights that we lack, and a file system may be mounted where we cannot see
  // it: it has no entry then, and what sysfs tells is exported.
  DevicesOf ask_for_devices() {
    DevicesOf devices;
    auto mounts = init_mounts_.read();  // the host's, where we are in a container of our own
    if (!mounts) mounts = own_mounts_.read();
    if (!mounts) return devices;
    std::string_view rest = *mounts, line;
    while (next_line(rest, line)) {
      next_field(line);
      const auto mount_point = next_field(line);
      if (next_field(line) != "btrfs" || !mount_point.starts_with('/')) continue;
      const auto directory = fs_.open(unescape_octal(mount_point.substr(1)));
      if (!directory) continue;
      btrfs_ioctl_fs_info_args info{};
      if (sys_.ioctl(directory->get(), BTRFS_IOC_FS_INFO, &info) != 0) continue;
      auto uuid = to_hex(info.fsid, sizeof info.fsid);
      if (devices.contains(uuid)) continue;
      auto found = ask_for_devices(directory->get(), info);
      if (found) devices.emplace(std::move(uuid), std::move(*found));
    }
    return devices;
  }

  // Nothing unless all of them answer.
  std::optional<std::vector<Device>> ask_for_devices(int directory,
                                                     const btrfs_ioctl_fs_info_args& info) const {
    std::vector<Device> devices;
    for (__u64 id = 0; id <= info.max_id && devices.size() < info.num_devices; ++id) {
      btrfs_ioctl_dev_info_args device{};
      device.devid = id;
      if (sys_.ioctl(directory, BTRFS_IOC_DEV_INFO, &device) != 0) {
        if (errno == ENODEV) continue;  // the numbers have gaps
        return std::nullopt;
      }
      btrfs_ioctl_get_dev_stats stats{};
      stats.devid = id;
      stats.nr_items = kErrorTypes.size();
      if (sys_.ioctl(directory, BTRFS_IOC_GET_DEV_STATS, &stats) != 0) return std::nullopt;

      device.path[sizeof device.path - 1] = 0;
      const std::string_view path = reinterpret_cast<const char*>(device.path);
      auto& found = devices.emplace_back();
      found.name = path.substr(path.rfind('/') + 1);
      found.uuid = to_hex(device.uuid, sizeof device.uuid);
      found.used = device.bytes_used;
      found.total = device.total_bytes;
      std::copy_n(stats.values, kErrorTypes.size(), found.errors.begin());
    }
    return devices;
  }

  void add_filesystem(GroupedSamples& samples, const std::string& directory,
                      const DevicesOf& asked) const {
    const auto dir = std::string(kRoot) + "/" + directory;
    auto uuid = fs_.read_trimmed(dir + "/metadata_uuid").value_or({});
    if (uuid.empty()) uuid = directory;
    samples.add(kGauge, "node_btrfs_info", "Filesystem information",
                {{"label", fs_.read_trimmed(dir + "/label").value_or({})}, {"uuid", uuid}}, 1);
    if (const auto size = fs_.read_u64(dir + "/allocation/global_rsv_size")) {
      samples.add(kGauge, "node_btrfs_global_rsv_size_bytes", "Size of global reserve.",
                  {{"uuid", uuid}}, static_cast<double>(*size));
    }
    add_commits(samples, uuid, fs_.read(dir + "/commit_stats").value_or({}));

    const auto devices = fs_.list(dir + "/devices").value_or({});
    for (const std::string type : {"data", "metadata", "system"}) {
      add_allocation(samples, dir + "/allocation/" + type, uuid, type,
                     static_cast<double>(devices.size()));
    }
    std::string plain_uuid = directory;
    std::erase(plain_uuid, '-');
    if (const auto found = asked.find(plain_uuid); found != asked.end()) {
      for (const auto& device : found->second) add_device(samples, uuid, device);
      return;
    }
    for (const auto& device : devices) {
      const auto sectors = fs_.read_u64(dir + "/devices/" + device + "/size");
      if (!sectors) continue;
      samples.add(kGauge, "node_btrfs_device_size_bytes",
                  "Size of a device that is part of the filesystem.",
                  {{"device", device}, {"uuid", uuid}}, static_cast<double>(*sectors) * kSector);
    }
  }

  // Lines such as "max_commit_ms 51", since Linux 6.0.
  static void add_commits(GroupedSamples& samples, std::string_view uuid, std::string_view text) {
    std::string_view line;
    while (next_line(text, line)) {
      const auto* metric = find_field(kCommits, next_field(line));
      const auto value = to_u64(next_field(line));
      if (metric != nullptr && value) samples.add(*metric, {{"uuid", uuid}}, *value);
    }
  }

  // A type of block groups; its directories are the profiles that it has.
  void add_allocation(GroupedSamples& samples, const std::string& dir, std::string_view uuid,
                      std::string_view type, double devices) const {
    if (const auto bytes = fs_.read_u64(dir + "/bytes_reserved")) {
      samples.add(kGauge, "node_btrfs_reserved_bytes", "Amount of space reserved for a data type",
                  {{"block_group_type", type}, {"uuid", uuid}}, static_cast<double>(*bytes));
    }
    for (const auto& profile : fs_.list(dir).value_or({})) {
      const auto used = fs_.read_u64(dir + "/" + profile + "/used_bytes");
      const auto total = fs_.read_u64(dir + "/" + profile + "/total_bytes");
      if (!used || !total) continue;
      const auto add = [&](std::string_view name, std::string_view help, double value) {
        samples.add(kGauge, name, help,
                    {{"block_group_type", type}, {"mode", profile}, {"uuid", uuid}}, value);
      };
      add("node_btrfs_used_bytes", "Amount of used space by a layout/data type",
          static_cast<double>(*used));
      add("node_btrfs_size_bytes", "Amount of space allocated for a layout/data type",
          static_cast<double>(*total));
      add("node_btrfs_allocation_ratio", "Data allocation ratio for a layout/data type",
          allocation_ratio(profile, devices));
    }
  }

  static void add_device(GroupedSamples& samples, std::string_view uuid, const Device& device) {
    const std::array<Label, 3> labels{
        {{"btrfs_dev_uuid", device.uuid}, {"device", device.name}, {"uuid", uuid}}};
    samples.add(kGauge, "node_btrfs_device_size_bytes",
                "Size of a device that is part of the filesystem.", Labels(labels),
                static_cast<double>(device.total));
    samples.add(kGauge, "node_btrfs_device_unused_bytes",
                "Unused bytes unused on a device that is part of the filesystem.", Labels(labels),
                static_cast<double>(device.total - std::min(device.used, device.total)));
    for (std::size_t i = 0; i < kErrorTypes.size(); ++i) {
      samples.add(kCounter, "node_btrfs_device_errors_total", "Errors reported for the device",
                  {labels[0], labels[1], {"type", kErrorTypes[i]}, labels[2]},
                  static_cast<double>(device.errors[i]));
    }
  }

  const HostFs& fs_;
  Syscalls sys_;
  HotDir root_;
  HotFile init_mounts_, own_mounts_;
};

}  // namespace

Result<CollectorPtr> make_btrfs(const Context& context) { return std::make_unique<Btrfs>(context); }

}  // namespace hx
