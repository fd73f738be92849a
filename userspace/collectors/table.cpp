// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "collectors/collector.h"

namespace hx {

Result<CollectorPtr> make_arp(const Context& context);
Result<CollectorPtr> make_bcache(const Context& context);
Result<CollectorPtr> make_bcachefs(const Context& context);
Result<CollectorPtr> make_bonding(const Context& context);
Result<CollectorPtr> make_btrfs(const Context& context);
Result<CollectorPtr> make_buddyinfo(const Context& context);
Result<CollectorPtr> make_cgroups(const Context& context);
Result<CollectorPtr> make_conntrack(const Context& context);
Result<CollectorPtr> make_cpu(const Context& context);
Result<CollectorPtr> make_cpu_vulnerabilities(const Context& context);
Result<CollectorPtr> make_cpufreq(const Context& context);
Result<CollectorPtr> make_diskstats(const Context& context);
Result<CollectorPtr> make_dmi(const Context& context);
Result<CollectorPtr> make_dmmultipath(const Context& context);
Result<CollectorPtr> make_edac(const Context& context);
Result<CollectorPtr> make_entropy(const Context& context);
Result<CollectorPtr> make_ethtool(const Context& context);
Result<CollectorPtr> make_fibrechannel(const Context& context);
Result<CollectorPtr> make_filefd(const Context& context);
Result<CollectorPtr> make_filesystem(const Context& context);
Result<CollectorPtr> make_hwmon(const Context& context);
Result<CollectorPtr> make_infiniband(const Context& context);
Result<CollectorPtr> make_interrupts(const Context& context);
Result<CollectorPtr> make_ipvs(const Context& context);
Result<CollectorPtr> make_kernel_hung(const Context& context);
Result<CollectorPtr> make_ksmd(const Context& context);
Result<CollectorPtr> make_lnstat(const Context& context);
Result<CollectorPtr> make_loadavg(const Context& context);
Result<CollectorPtr> make_logind(const Context& context);
Result<CollectorPtr> make_mdadm(const Context& context);
Result<CollectorPtr> make_meminfo(const Context& context);
Result<CollectorPtr> make_meminfo_numa(const Context& context);
Result<CollectorPtr> make_mountstats(const Context& context);
Result<CollectorPtr> make_netclass(const Context& context);
Result<CollectorPtr> make_netdev(const Context& context);
Result<CollectorPtr> make_netstat(const Context& context);
Result<CollectorPtr> make_network_route(const Context& context);
Result<CollectorPtr> make_nfs(const Context& context);
Result<CollectorPtr> make_nfsd(const Context& context);
Result<CollectorPtr> make_nvme(const Context& context);
Result<CollectorPtr> make_os(const Context& context);
Result<CollectorPtr> make_perf(const Context& context);
Result<CollectorPtr> make_powersupplyclass(const Context& context);
Result<CollectorPtr> make_pressure(const Context& context);
Result<CollectorPtr> make_processes(const Context& context);
Result<CollectorPtr> make_qdisc(const Context& context);
Result<CollectorPtr> make_rapl(const Context& context);
Result<CollectorPtr> make_schedstat(const Context& context);
Result<CollectorPtr> make_selinux(const Context& context);
Result<CollectorPtr> make_slabinfo(const Context& context);
Result<CollectorPtr> make_sockstat(const Context& context);
Result<CollectorPtr> make_softirqs(const Context& context);
Result<CollectorPtr> make_softnet(const Context& context);
Result<CollectorPtr> make_stat(const Context& context);
Result<CollectorPtr> make_swap(const Context& context);
Result<CollectorPtr> make_sysctl(const Context& context);
Result<CollectorPtr> make_systemd(const Context& context);
Result<CollectorPtr> make_tapestats(const Context& context);
Result<CollectorPtr> make_tcpstat(const Context& context);
Result<CollectorPtr> make_textfile(const Context& context);
Result<CollectorPtr> make_thermal_zone(const Context& context);
Result<CollectorPtr> make_time(const Context& context);
Result<CollectorPtr> make_timex(const Context& context);
Result<CollectorPtr> make_udp_queues(const Context& context);
Result<CollectorPtr> make_uname(const Context& context);
Result<CollectorPtr> make_vmstat(const Context& context);
Result<CollectorPtr> make_watchdog(const Context& context);
Result<CollectorPtr> make_xfrm(const Context& context);
Result<CollectorPtr> make_xfs(const Context& context);
Result<CollectorPtr> make_zfs(const Context& context);
Result<CollectorPtr> make_zoneinfo(const Context& context);

namespace {

constexpr std::array kTable{
    CollectorEntry{"arp", "Entries of the ARP cache, rtnetlink(7)", true, make_arp},
    CollectorEntry{"bcache", "Caches of block devices, /sys/fs/bcache", true, make_bcache},
    CollectorEntry{"bcachefs", "bcachefs file systems, /sys/fs/bcachefs", true, make_bcachefs},
    CollectorEntry{"bonding", "Devices of bonds, /sys/class/net", true, make_bonding},
    CollectorEntry{"btrfs", "Btrfs file systems and their devices, /sys/fs/btrfs", true,
                   make_btrfs},
    CollectorEntry{"buddyinfo", "Free blocks of memory by size, /proc/buddyinfo", false,
                   make_buddyinfo},
    CollectorEntry{"cgroups", "Control groups by controller, /proc/cgroups", false, make_cgroups},
    CollectorEntry{"conntrack", "Connection tracking, /proc/sys/net/netfilter and /proc/net/stat",
                   true, make_conntrack},
    CollectorEntry{"cpu", "CPU time, topology and throttling, /proc/stat and sysfs", true,
                   make_cpu},
    CollectorEntry{"cpu_vulnerabilities",
                   "What the CPUs are vulnerable to, /sys/devices/system/cpu/vulnerabilities",
                   false, make_cpu_vulnerabilities},
    CollectorEntry{"cpufreq", "Frequencies of CPUs, /sys/devices/system/cpu/cpufreq", true,
                   make_cpufreq},
    CollectorEntry{"diskstats", "I/O of block devices, /proc/diskstats", true, make_diskstats},
    CollectorEntry{"dmi", "What the firmware says the machine is, /sys/class/dmi", true, make_dmi},
    CollectorEntry{"dmmultipath", "Multipath devices and their paths, /sys/block/dm-N", true,
                   make_dmmultipath},
    CollectorEntry{"edac", "Errors of memory that is checked, /sys/devices/system/edac", true,
                   make_edac},
    CollectorEntry{"entropy", "Random bits, /proc/sys/kernel/random", true, make_entropy},
    CollectorEntry{"ethtool", "What drivers of network devices count, linux/ethtool.h", false,
                   make_ethtool},
    CollectorEntry{"fibrechannel", "Fibre Channel host adapters, /sys/class/fc_host", true,
                   make_fibrechannel},
    CollectorEntry{"filefd", "Open files, /proc/sys/fs/file-nr", true, make_filefd},
    CollectorEntry{"filesystem", "Size and state of file systems, statfs(2)", true,
                   make_filesystem},
    CollectorEntry{"hwmon", "Sensors of hardware, /sys/class/hwmon", true, make_hwmon},
    CollectorEntry{"infiniband", "InfiniBand and RoCE adapters, /sys/class/infiniband", true,
                   make_infiniband},
    CollectorEntry{"interrupts", "Interrupts by CPU, /proc/interrupts", false, make_interrupts},
    CollectorEntry{"ipvs", "The kernel's load balancer, /proc/net/ip_vs", true, make_ipvs},
    CollectorEntry{"kernel_hung", "Tasks that hung, /proc/sys/kernel/hung_task_detect_count", true,
                   make_kernel_hung},
    CollectorEntry{"ksmd", "Kernel samepage merging, /sys/kernel/mm/ksm", false, make_ksmd},
    CollectorEntry{"lnstat", "Caches of the network stack, /proc/net/stat", false, make_lnstat},
    CollectorEntry{"loadavg", "Load averages, /proc/loadavg", true, make_loadavg},
    CollectorEntry{"logind", "Sessions of users, org.freedesktop.login1(5)", false, make_logind},
    CollectorEntry{"mdadm", "Arrays of disks, /proc/mdstat", true, make_mdadm},
    CollectorEntry{"meminfo", "Memory, /proc/meminfo", true, make_meminfo},
    CollectorEntry{"meminfo_numa", "Memory of each NUMA node, /sys/devices/system/node", false,
                   make_meminfo_numa},
    CollectorEntry{"mountstats", "Statistics of NFS mounts, /proc/self/mountstats", false,
                   make_mountstats},
    CollectorEntry{"netclass", "Properties of network devices, /sys/class/net", true,
                   make_netclass},
    CollectorEntry{"netdev", "Traffic and errors of network devices, rtnetlink(7)", true,
                   make_netdev},
    CollectorEntry{"netstat", "IP protocols, /proc/net/netstat, snmp and snmp6", true,
                   make_netstat},
    CollectorEntry{"network_route", "Unicast routes, rtnetlink(7)", false, make_network_route},
    CollectorEntry{"nfs", "What the NFS client has asked for, /proc/net/rpc/nfs", true, make_nfs},
    CollectorEntry{"nfsd", "What the NFS server was asked for, /proc/net/rpc/nfsd", true,
                   make_nfsd},
    CollectorEntry{"nvme", "NVMe controllers and namespaces, /sys/class/nvme", true, make_nvme},
    CollectorEntry{"os", "Name and version of the distribution, os-release(5)", true, make_os},
    CollectorEntry{"perf", "Counters of CPU hardware and kernel events, perf_event_open(2)", false,
                   make_perf},
    CollectorEntry{"powersupplyclass", "Batteries and mains, /sys/class/power_supply", true,
                   make_powersupplyclass},
    CollectorEntry{"pressure", "Pressure stall information, /proc/pressure", true, make_pressure},
    CollectorEntry{"processes", "Processes and threads by state, and their limits, /proc/PID/stat",
                   false, make_processes},
    CollectorEntry{"qdisc", "Queueing disciplines of network devices, rtnetlink(7)", false,
                   make_qdisc},
    CollectorEntry{"rapl", "Energy that parts of the machine used, /sys/class/powercap", true,
                   make_rapl},
    CollectorEntry{"schedstat", "What the scheduler counts by CPU, /proc/schedstat", true,
                   make_schedstat},
    CollectorEntry{"selinux", "Whether SELinux enforces its policy, /sys/fs/selinux", true,
                   make_selinux},
    CollectorEntry{"slabinfo", "The kernel's caches of objects, /proc/slabinfo", false,
                   make_slabinfo},
    CollectorEntry{"sockstat", "Sockets, /proc/net/sockstat and sockstat6", true, make_sockstat},
    CollectorEntry{"softirqs", "Soft interrupts by CPU, /proc/softirqs", false, make_softirqs},
    CollectorEntry{"softnet", "Packets taken from network devices, /proc/net/softnet_stat", true,
                   make_softnet},
    CollectorEntry{"stat", "Interrupts, context switches, forks and boot time, /proc/stat", true,
                   make_stat},
    CollectorEntry{"swap", "Swap areas, /proc/swaps", false, make_swap},
    CollectorEntry{"sysctl", "Kernel parameters of your choice, /proc/sys", false, make_sysctl},
    CollectorEntry{"systemd", "Units and their states, org.freedesktop.systemd1(5)", false,
                   make_systemd},
    CollectorEntry{"tapestats", "I/O of SCSI tape drives, /sys/class/scsi_tape", true,
                   make_tapestats},
    CollectorEntry{"tcpstat", "TCP sockets by state, sock_diag(7)", false, make_tcpstat},
    CollectorEntry{"textfile", "Metrics that other programs leave in a directory, *.prom", true,
                   make_textfile},
    CollectorEntry{"thermal_zone", "Temperatures and cooling devices, /sys/class/thermal", true,
                   make_thermal_zone},
    CollectorEntry{"time",
                   "Time of day, time zone and clock sources, /sys/devices/system/clocksource",
                   true, make_time},
    CollectorEntry{"timex", "How well the clock is kept, adjtimex(2)", true, make_timex},
    CollectorEntry{"udp_queues", "Bytes in the queues of UDP sockets, /proc/net/udp", true,
                   make_udp_queues},
    CollectorEntry{"uname", "Names and version of the kernel, uname(2)", true, make_uname},
    CollectorEntry{"vmstat", "Virtual memory, /proc/vmstat", true, make_vmstat},
    CollectorEntry{"watchdog", "Watchdogs, /sys/class/watchdog", true, make_watchdog},
    CollectorEntry{"xfrm", "Errors of IPsec, /proc/net/xfrm_stat", false, make_xfrm},
    CollectorEntry{"xfs", "What XFS file systems have done, /sys/fs/xfs", true, make_xfs},
    CollectorEntry{"zfs", "ZFS's own statistics, /proc/spl/kstat/zfs", true, make_zfs},
    CollectorEntry{"zoneinfo", "Memory zones, /proc/zoneinfo", false, make_zoneinfo},
};

}  // namespace

std::span<const CollectorEntry> collector_table() noexcept { return kTable; }

}  // namespace hx
