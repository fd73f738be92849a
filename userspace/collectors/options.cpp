// SPDX-License-Identifier: Apache-2.0
#include "collectors/options.h"

#include <array>

namespace hx {
namespace {

using O = CollectorOptions;

constexpr std::array kFlags{
    CollectorFlag{"collector.cpu.guest", "Enables metric node_cpu_guest_seconds_total",
                  &O::cpu_guest},
    CollectorFlag{"collector.cpu.info", "Enables metric cpu_info", &O::cpu_info},
    CollectorFlag{
        "collector.cpu.info.bugs-include",
        "Filter the `bugs` field in cpuInfo with a value that must be a regular expression",
        &O::cpu_info_bugs_include},
    CollectorFlag{
        "collector.cpu.info.flags-include",
        "Filter the `flags` field in cpuInfo with a value that must be a regular expression",
        &O::cpu_info_flags_include},
    CollectorFlag{"collector.diskstats.device-exclude",
                  "Regexp of diskstats devices to exclude (mutually exclusive to device-include).",
                  &O::diskstats_device_exclude},
    CollectorFlag{"collector.diskstats.device-include",
                  "Regexp of diskstats devices to include (mutually exclusive to device-exclude).",
                  &O::diskstats_device_include},
    CollectorFlag{"collector.filesystem.mount-points-exclude",
                  "Regexp of mount points to exclude for filesystem collector.",
                  &O::filesystem_mount_points_exclude},
    CollectorFlag{"collector.hwmon.chip-exclude",
                  "Regexp of hwmon chip to exclude (mutually exclusive to device-include).",
                  &O::hwmon_chip_exclude},
    CollectorFlag{"collector.hwmon.chip-include",
                  "Regexp of hwmon chip to include (mutually exclusive to device-exclude).",
                  &O::hwmon_chip_include},
    CollectorFlag{"collector.hwmon.sensor-exclude",
                  "Regexp of hwmon sensor to exclude (mutually exclusive to sensor-include).",
                  &O::hwmon_sensor_exclude},
    CollectorFlag{"collector.hwmon.sensor-include",
                  "Regexp of hwmon sensor to include (mutually exclusive to sensor-exclude).",
                  &O::hwmon_sensor_include},
    CollectorFlag{"collector.netclass.ignore-invalid-speed",
                  "Ignore devices where the speed is invalid. This will be the default behavior in "
                  "2.x.",
                  &O::netclass_ignore_invalid_speed},
    CollectorFlag{"collector.netclass.ignored-devices",
                  "Regexp of net devices to ignore for netclass collector.",
                  &O::netclass_ignored_devices},
    CollectorFlag{"collector.powersupply.ignored-supplies",
                  "Regexp of power supplies to ignore for powersupplyclass collector.",
                  &O::powersupply_ignored_supplies},
    CollectorFlag{"collector.rapl.enable-zone-label", "Enables RAPL zone labels",
                  &O::rapl_enable_zone_label},
};

}  // namespace

std::span<const CollectorFlag> collector_flags() noexcept { return kFlags; }

}  // namespace hx
