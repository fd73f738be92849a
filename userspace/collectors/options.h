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
  std::string arp_device_exclude = {};
  std::string arp_device_include = {};
  bool arp_netlink = true;
  bool bcache_priority_stats = false;
  bool cpu_guest = true;
  bool cpu_info = false;
  std::string cpu_info_bugs_include = {};
  std::string cpu_info_flags_include = {};
  std::string diskstats_device_exclude = "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$";
  std::string diskstats_device_include = {};
  std::string ethtool_device_exclude = {};
  std::string ethtool_device_include = {};
  std::string ethtool_metrics_include = ".*";
  std::string filesystem_fs_types_exclude =
      "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|"
      "iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|"
      "erofs|sysfs|tracefs)$";
  std::string filesystem_fs_types_include = {};
  std::string filesystem_mount_points_exclude =
      "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)";
  std::string filesystem_mount_points_include = {};
  std::string filesystem_mount_timeout = "5s";
  std::string filesystem_stat_workers = "4";
  std::string hwmon_chip_exclude = {};
  std::string hwmon_chip_include = {};
  std::string hwmon_sensor_exclude = {};
  std::string hwmon_sensor_include = {};
  bool interrupts_include_zeros = true;
  std::string interrupts_name_exclude = {};
  std::string interrupts_name_include = {};
  std::string ipvs_backend_labels =
      "local_address,local_port,remote_address,remote_port,proto,local_mark";
  bool netclass_ignore_invalid_speed = false;
  std::string netclass_ignored_devices = "^$";
  bool netclass_netlink = false;
  bool netdev_address_info = false;
  std::string netdev_device_exclude = {};
  std::string netdev_device_include = {};
  bool netdev_enable_detailed_metrics = false;
  bool netdev_label_ifalias = false;
  bool netdev_netlink = true;
  std::string netstat_fields =
      "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)"
      "|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)"
      "|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)"
      "|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$";
  std::vector<std::string> perf_cache_profilers = {};
  std::string perf_cpus = {};
  bool perf_disable_cache_profilers = false;
  bool perf_disable_hardware_profilers = false;
  bool perf_disable_software_profilers = false;
  std::vector<std::string> perf_hardware_profilers = {};
  std::vector<std::string> perf_software_profilers = {};
  std::vector<std::string> perf_tracepoint = {};
  std::string powersupply_ignored_supplies = "^$";
  std::string qdisc_device_exclude = {};
  std::string qdisc_device_include = {};
  bool rapl_enable_zone_label = false;
  std::string slabinfo_slabs_exclude = {};
  std::string slabinfo_slabs_include = ".*";
  bool stat_softirq = false;
  std::vector<std::string> sysctl_include = {};
  std::vector<std::string> sysctl_include_info = {};
  bool systemd_enable_restarts_metrics = false;
  bool systemd_enable_start_time_metrics = false;
  bool systemd_enable_task_metrics = false;
  bool systemd_private = false;
  std::string systemd_unit_exclude = ".+\\.(automount|device|mount|scope|slice)";
  std::string systemd_unit_include = ".+";
  std::string tapestats_ignored_devices = "^$";
  std::vector<std::string> textfile_directory = {};
  std::string vmstat_fields = "^(oom_kill|pgpg|pswp|pg.*fault).*";

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
