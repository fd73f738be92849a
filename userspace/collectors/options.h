// SPDX-License-Identifier: Apache-2.0
// Settings of single collectors, with upstream's flag names and defaults.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hx {

// One member for each --collector.X.Y flag, named X_Y, with an initializer, so that one can be set
// by name. Empty regular expression: no filter.
struct CollectorOptions {
  bool cpu_guest = true;
  bool cpu_info = false;
  std::string cpu_info_bugs_include = {};
  std::string cpu_info_flags_include = {};
  std::string diskstats_device_exclude = "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$";
  std::string diskstats_device_include = {};
  std::string filesystem_mount_points_exclude =
      "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)";
  std::string hwmon_chip_exclude = {};
  std::string hwmon_chip_include = {};
  std::string hwmon_sensor_exclude = {};
  std::string hwmon_sensor_include = {};
  bool netclass_ignore_invalid_speed = false;
  std::string netclass_ignored_devices = "^$";
  std::string powersupply_ignored_supplies = "^$";
  bool rapl_enable_zone_label = false;

  // The two filters of /proc/cpuinfo ask for it as well.
  bool wants_cpu_info() const noexcept {
    return cpu_info || !cpu_info_bugs_include.empty() || !cpu_info_flags_include.empty();
  }
};

// Row of the table that makes the command line; the name has no leading dashes.
struct CollectorFlag {
  std::string_view name;
  std::string_view help;
  std::variant<std::string CollectorOptions::*, bool CollectorOptions::*,
               std::vector<std::string> CollectorOptions::*>
      value;
};

// Sorted by name.
std::span<const CollectorFlag> collector_flags() noexcept;

}  // namespace hx
