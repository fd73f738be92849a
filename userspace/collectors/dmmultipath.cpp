// SPDX-License-Identifier: Apache-2.0
// Multipath devices of the device mapper and their paths from /sys/block/dm-N, see the kernel's
// Documentation/ABI/testing/sysfs-block-dm.
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

constexpr double kSector = 512;  // whatever the device's own sector size is

// What SCSI and what NVMe calls a path that works.
bool is_active(std::string_view state) { return state == "running" || state == "live"; }

struct Device {
  std::string sysfs_name, name;
};

class DmMultipath final : public Collector {
 public:
  explicit DmMultipath(const Context& context) : fs_(context.fs) {}

  Status collect(MetricSink& out) override {
    const auto blocks = fs_.list("sys/block");
    if (!blocks) return blocks.error();
    GroupedSamples samples;
    for (const auto& block : *blocks) {
      if (block.starts_with("dm-")) add_device(samples, block);
    }
    samples.write(out);
    return {};
  }

 private:
  // Nothing for other devices of the device mapper, and for one that goes meanwhile.
  void add_device(GroupedSamples& samples, const std::string& block) const {
    const auto dir = "sys/block/" + block;
    const auto uuid = fs_.read_trimmed(dir + "/dm/uuid");
    if (!uuid || !uuid->starts_with("mpath-")) return;
    const auto name = fs_.read_trimmed(dir + "/dm/name");
    const auto suspended = fs_.read_u64(dir + "/dm/suspended");
    const auto sectors = fs_.read_u64(dir + "/size");
    if (!name || !suspended || !sectors) return;

    const Device device{block, *name};
    samples.add(MetricType::kGauge, "node_dmmultipath_device_info",
                "Non-numeric information about a DM-multipath device.",
                {{"device", *name}, {"sysfs_name", block}, {"uuid", *uuid}}, 1);
    add(samples, device, "node_dmmultipath_device_active",
        "Whether the multipath device-mapper device is active (1) or suspended (0).",
        *suspended == 1 ? 0 : 1);
    add(samples, device, "node_dmmultipath_device_size_bytes",
        "Size of the multipath device in bytes, read from /sys/block/<dm>/size.",
        static_cast<double>(*sectors) * kSector);
    add_paths(samples, device);
  }

  void add_paths(GroupedSamples& samples, const Device& device) const {
    int active = 0, failed = 0;
    for (const auto& path : fs_.list("sys/block/" + device.sysfs_name + "/slaves").value_or({})) {
      const auto state = fs_.read_trimmed("sys/block/" + path + "/device/state");
      if (!state) continue;
      ++(is_active(*state) ? active : failed);
      samples.add(MetricType::kGauge, "node_dmmultipath_path_state",
                  "Reports the underlying device state for a multipath path, as read from "
                  "/sys/block/<dev>/device/state.",
                  {{"device", device.name}, {"path", path}, {"state", *state}}, 1);
    }
    add(samples, device, "node_dmmultipath_device_paths", "Number of paths for a multipath device.",
        active + failed);
    add(samples, device, "node_dmmultipath_device_paths_active",
        "Number of paths in active state (SCSI running or NVMe live) for a multipath device.",
        active);
    add(samples, device, "node_dmmultipath_device_paths_failed",
        "Number of paths not in active state for a multipath device.", failed);
  }

  static void add(GroupedSamples& samples, const Device& device, std::string_view metric,
                  std::string_view help, double value) {
    samples.add(MetricType::kGauge, metric, help,
                {{"device", device.name}, {"sysfs_name", device.sysfs_name}}, value);
  }

  const HostFs& fs_;
};

}  // namespace

Result<CollectorPtr> make_dmmultipath(const Context& context) {
  return std::make_unique<DmMultipath>(context);
}

}  // namespace hx
