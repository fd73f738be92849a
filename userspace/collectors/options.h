// SPDX-License-Identifier: Apache-2.0
// Settings of single collectors, with upstream's flag names and defaults.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hx {

// One member for each --collector.X.Y flag, named X_Y. Empty regular expression: no filter.
struct CollectorOptions {
  std::string diskstats_device_exclude = "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$";
  std::string diskstats_device_include;
  std::string filesystem_fs_types_exclude =
      "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|"
      "iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|"
      "erofs|sysfs|tracefs)$";
  std::string filesystem_fs_types_include;
  std::string filesystem_mount_points_exclude =
      "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)";
  std::string filesystem_mount_points_include;
  std::string filesystem_mount_timeout = "5s";
  std::string filesystem_stat_workers = "4";
  bool netdev_address_info = false;
  std::string netdev_device_exclude;
  std::string netdev_device_include;
  bool netdev_enable_detailed_metrics = false;
  bool netdev_label_ifalias = false;
  bool netdev_netlink = true;
  std::vector<std::string> textfile_directory;
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
