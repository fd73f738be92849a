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
};

}  // namespace

std::span<const CollectorFlag> collector_flags() noexcept { return kFlags; }

}  // namespace hx
