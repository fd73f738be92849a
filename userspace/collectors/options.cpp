// SPDX-License-Identifier: Apache-2.0
#include "collectors/options.h"

#include <array>

namespace hx {
namespace {

using O = CollectorOptions;

constexpr std::array kFlags{
    CollectorFlag{"collector.diskstats.device-exclude",
                  "Regexp of diskstats devices to exclude (mutually exclusive to device-include).",
                  &O::diskstats_device_exclude},
    CollectorFlag{"collector.diskstats.device-include",
                  "Regexp of diskstats devices to include (mutually exclusive to device-exclude).",
                  &O::diskstats_device_include},
    CollectorFlag{"collector.filesystem.mount-points-exclude",
                  "Regexp of mount points to exclude for filesystem collector.",
                  &O::filesystem_mount_points_exclude},
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
};

}  // namespace

std::span<const CollectorFlag> collector_flags() noexcept { return kFlags; }

}  // namespace hx
