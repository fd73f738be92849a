// SPDX-License-Identifier: Apache-2.0
#include "collectors/options.h"

#include <array>

namespace hx {
namespace {

using O = CollectorOptions;

constexpr std::array kFlags{
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
    CollectorFlag{"collector.filesystem.mount-points-exclude",
                  "Regexp of mount points to exclude for filesystem collector.",
                  &O::filesystem_mount_points_exclude},
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
    CollectorFlag{"collector.netstat.fields", "Regexp of fields to return for netstat collector.",
                  &O::netstat_fields},
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
    CollectorFlag{"collector.vmstat.fields", "Regexp of fields to return for vmstat collector.",
                  &O::vmstat_fields},
};

}  // namespace

std::span<const CollectorFlag> collector_flags() noexcept { return kFlags; }

}  // namespace hx
