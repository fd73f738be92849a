// SPDX-License-Identifier: Apache-2.0
#include "collectors/options.h"

#include <array>

namespace hx {
namespace {

using O = CollectorOptions;

constexpr std::array kFlags{
    CollectorFlag{"collector.arp.device-exclude",
                  "Regexp of arp devices to exclude (mutually exclusive to device-include).",
                  &O::arp_device_exclude},
    CollectorFlag{"collector.arp.device-include",
                  "Regexp of arp devices to include (mutually exclusive to device-exclude).",
                  &O::arp_device_include},
    CollectorFlag{"collector.arp.netlink", "Use netlink to gather stats instead of /proc/net/arp.",
                  &O::arp_netlink},
    CollectorFlag{"collector.bcache.priorityStats", "Expose expensive priority stats.",
                  &O::bcache_priority_stats},
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
    CollectorFlag{"collector.filesystem.fs-types-exclude",
                  "Regexp of filesystem types to exclude for filesystem collector. (mutually "
                  "exclusive to fs-types-include)",
                  &O::filesystem_fs_types_exclude},
    CollectorFlag{"collector.filesystem.fs-types-include",
                  "Regexp of filesystem types to include for filesystem collector. (mutually "
                  "exclusive to fs-types-exclude)",
                  &O::filesystem_fs_types_include},
    CollectorFlag{"collector.filesystem.mount-points-exclude",
                  "Regexp of mount points to exclude for filesystem collector. (mutually exclusive "
                  "to mount-points-include)",
                  &O::filesystem_mount_points_exclude},
    CollectorFlag{"collector.filesystem.mount-points-include",
                  "Regexp of mount points to include for filesystem collector. (mutually exclusive "
                  "to mount-points-exclude)",
                  &O::filesystem_mount_points_include},
    CollectorFlag{"collector.filesystem.mount-timeout",
                  "How long to wait for a mount to respond before marking it as stale.",
                  &O::filesystem_mount_timeout},
    CollectorFlag{"collector.filesystem.stat-workers",
                  "How many stat calls to process simultaneously.", &O::filesystem_stat_workers},
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
    CollectorFlag{"collector.interrupts.include-zeros", "Include interrupts that have a zero value",
                  &O::interrupts_include_zeros},
    CollectorFlag{"collector.interrupts.name-exclude",
                  "Regexp of interrupts name to exclude, as \"type;info;devices\".",
                  &O::interrupts_name_exclude},
    CollectorFlag{"collector.interrupts.name-include",
                  "Regexp of interrupts name to include, as \"type;info;devices\".",
                  &O::interrupts_name_include},
    CollectorFlag{"collector.ipvs.backend-labels",
                  "Comma separated list for IPVS backend stats labels.", &O::ipvs_backend_labels},
    CollectorFlag{"collector.netclass.ignore-invalid-speed",
                  "Ignore devices where the speed is invalid. This will be the default behavior in "
                  "2.x.",
                  &O::netclass_ignore_invalid_speed},
    CollectorFlag{"collector.netclass.ignored-devices",
                  "Regexp of net devices to ignore for netclass collector.",
                  &O::netclass_ignored_devices},
    CollectorFlag{"collector.netdev.address-info", "Collect address-info for every device.",
                  &O::netdev_address_info},
    CollectorFlag{"collector.netdev.device-exclude",
                  "Regexp of net devices to exclude (mutually exclusive to device-include).",
                  &O::netdev_device_exclude},
    CollectorFlag{"collector.netdev.device-include",
                  "Regexp of net devices to include (mutually exclusive to device-exclude).",
                  &O::netdev_device_include},
    CollectorFlag{"collector.netdev.enable-detailed-metrics",
                  "Use (incompatible) metric names that provide more detailed stats on Linux.",
                  &O::netdev_enable_detailed_metrics},
    CollectorFlag{"collector.netdev.label-ifalias", "Add ifAlias label.", &O::netdev_label_ifalias},
    CollectorFlag{"collector.netdev.netlink",
                  "Use netlink to gather stats instead of /proc/net/dev.", &O::netdev_netlink},
    CollectorFlag{"collector.netstat.fields", "Regexp of fields to return for netstat collector.",
                  &O::netstat_fields},
    CollectorFlag{"collector.powersupply.ignored-supplies",
                  "Regexp of power supplies to ignore for powersupplyclass collector.",
                  &O::powersupply_ignored_supplies},
    CollectorFlag{"collector.rapl.enable-zone-label", "Enables RAPL zone labels",
                  &O::rapl_enable_zone_label},
    CollectorFlag{"collector.slabinfo.slabs-exclude",
                  "Regexp of slabs to exclude in slabinfo collector.", &O::slabinfo_slabs_exclude},
    CollectorFlag{"collector.slabinfo.slabs-include",
                  "Regexp of slabs to include in slabinfo collector.", &O::slabinfo_slabs_include},
    CollectorFlag{"collector.stat.softirq", "Export softirq calls per vector", &O::stat_softirq},
    CollectorFlag{"collector.sysctl.include",
                  "Select sysctl metrics to include, as name or name:key,key", &O::sysctl_include},
    CollectorFlag{"collector.sysctl.include-info",
                  "Select sysctl metrics to include as info metrics", &O::sysctl_include_info},
    CollectorFlag{"collector.tapestats.ignored-devices",
                  "Regexp of devices to ignore for tapestats.", &O::tapestats_ignored_devices},
    CollectorFlag{"collector.textfile.directory",
                  "Directory to read text files with metrics from, supports glob matching. "
                  "(repeatable)",
                  &O::textfile_directory},
    CollectorFlag{"collector.vmstat.fields", "Regexp of fields to return for vmstat collector.",
                  &O::vmstat_fields},
};

}  // namespace

std::span<const CollectorFlag> collector_flags() noexcept { return kFlags; }

}  // namespace hx
