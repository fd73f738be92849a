// SPDX-License-Identifier: Apache-2.0
#include "support/fixture_syscalls.h"

#include <linux/ethtool.h>
#include <linux/neighbour.h>
#include <linux/perf_event.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <string_view>

#include "support/fake_ethtool.h"
#include "support/fake_netlink.h"
#include "support/fixture_bus.h"

namespace hx::test {
namespace {

// A clock that a time server keeps, in nanoseconds. The pulse per second has values of its own.
int fixed_adjtimex(timex* clock) {
  *clock = {};
  clock->offset = -12'345;
  clock->freq = 655'360;
  clock->maxerror = 250'000;
  clock->esterror = 1'500;
  clock->status = STA_PLL | STA_NANO;
  clock->constant = 7;
  clock->tick = 10'000;
  clock->ppsfreq = 65'536;
  clock->jitter = 2'000;
  clock->shift = 4;
  clock->stabil = 131'072;
  clock->jitcnt = 11;
  clock->calcnt = 12;
  clock->errcnt = 13;
  clock->stbcnt = 14;
  clock->tai = 37;
  return TIME_OK;
}

int fixed_clock(clockid_t, timespec* now) {
  *now = {.tv_sec = 1'764'000'000, .tv_nsec = 250'000'000};
  return 0;
}

// A 4 GiB file system everywhere, except below a directory named "dead".
int fixed_statfs(const char* path, struct ::statfs* out) {
  if (std::string_view(path).find("/dead") != std::string_view::npos) {
    errno = EIO;
    return -1;
  }
  *out = {};
  out->f_bsize = 4096;
  out->f_blocks = 1 << 20;
  out->f_bfree = 1 << 19;
  out->f_bavail = 1 << 18;
  out->f_files = 65536;
  out->f_ffree = 65000;
  return 0;
}

// Files in memory, each with its count. Hardware events take turns on half the counters they need,
// and this hardware has neither stalled cycles nor branch prediction units.
int fixed_perf_event_open(const perf_event_attr* event, int cpu) {
  const auto low = event->config & 0xff;
  const bool stalled =
      event->type == PERF_TYPE_HARDWARE &&
      (low == PERF_COUNT_HW_STALLED_CYCLES_BACKEND || low == PERF_COUNT_HW_STALLED_CYCLES_FRONTEND);
  const bool bpu = event->type == PERF_TYPE_HW_CACHE && low == PERF_COUNT_HW_CACHE_BPU;
  if (stalled || bpu) {
    errno = stalled ? ENOENT : EINVAL;
    return -1;
  }
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const std::uint64_t digits = low * 1000 + (event->config >> 8 & 0xff) * 100 +
                               (event->config >> 16 & 0xff) * 10 + static_cast<unsigned>(cpu);
  const std::array<std::uint64_t, 3> answer{
      (event->type + 1) * 1'000'000 + digits, 10 * kSecond,
      event->type == PERF_TYPE_SOFTWARE ? 10 * kSecond : 5 * kSecond};
  const int file = ::memfd_create("perf", MFD_CLOEXEC);
  return ::pwrite(file, answer.data(), sizeof answer, 0) == sizeof answer ? file : -1;
}

// Each time the same, as what is read here has no end.
ssize_t fixed_read(int fd, void* buffer, size_t size) { return ::pread(fd, buffer, size, 0); }

long fixed_sysconf(int name) {
  switch (name) {
    case _SC_CLK_TCK: return 100;
    case _SC_PAGESIZE: return 4096;
    default: return -1;
  }
}

int fixed_uname(utsname* out) {
  *out = {};
  std::strcpy(out->sysname, "Linux");
  std::strcpy(out->nodename, "fixture");
  std::strcpy(out->release, "6.18.44");
  std::strcpy(out->version, "#1 SMP PREEMPT_DYNAMIC");
  std::strcpy(out->machine, "x86_64");
  std::strcpy(out->domainname, "(none)");
  return 0;
}

// Two ways to the same place, and a route of each other kind.
std::string fixed_routes() {
  const auto to_eth0 = netlink_attribute(RTA_OIF, bytes_of(2));
  const auto ways = next_hop(2, 0, address_attribute(RTA_GATEWAY, "192.0.2.2")) +
                    next_hop(2, 4, address_attribute(RTA_GATEWAY, "192.0.2.3"));
  return route_message({.protocol = RTPROT_DHCP,
                        .attributes = address_attribute(RTA_GATEWAY, "192.0.2.254") + to_eth0 +
                                      netlink_attribute(RTA_PRIORITY, bytes_of(100))}) +
         route_message({.destination = "192.0.2.0/24",
                        .protocol = RTPROT_KERNEL,
                        .attributes = address_attribute(RTA_PREFSRC, "192.0.2.1") + to_eth0}) +
         route_message({.destination = "198.51.100.0/24",
                        .protocol = RTPROT_BIRD,
                        .attributes = netlink_attribute(RTA_MULTIPATH, ways)}) +
         route_message({.destination = "2001:db8::/32", .protocol = 200, .attributes = to_eth0}) +
         route_message({.destination = "203.0.113.0/24", .type = RTN_BLACKHOLE});
}

// Two network devices, each counter with a value of its own, three neighbours of one of them,
// their queues, routes and sockets.
NetlinkAnswers fixed_network() {
  rtnl_link_stats64 lo{}, eth0{};
  lo.rx_packets = lo.tx_packets = 9635;
  lo.rx_bytes = lo.tx_bytes = 15'102'667;
  std::array<std::uint64_t, sizeof eth0 / 8> counters;
  std::iota(counters.begin(), counters.end(), 100);
  std::memcpy(&eth0, counters.data(), sizeof eth0);
  return {
      {RTM_GETLINK,
       {link_message(1, "lo", lo) + link_message(2, "eth0", eth0, "uplink"), netlink_done()}},
      {RTM_GETADDR,
       {address_message(1, "127.0.0.1", 8) + address_message(2, "192.0.2.1", 24), netlink_done()}},
      {RTM_GETNEIGH,
       {neighbour_message(1, AF_INET, NUD_NOARP) + neighbour_message(2, AF_INET, NUD_REACHABLE) +
            neighbour_message(2, AF_INET, NUD_STALE) + neighbour_message(2, AF_INET, NUD_FAILED),
        netlink_done()}},
      {RTM_GETQDISC,
       {qdisc_message(1, TC_H_ROOT, "noqueue", {}) + qdisc_message(2, TC_H_ROOT, "fq_codel",
                                                                   {.bytes = 101,
                                                                    .packets = 102,
                                                                    .queue = {.qlen = 103,
                                                                              .backlog = 104,
                                                                              .drops = 105,
                                                                              .requeues = 106,
                                                                              .overlimits = 107}}),
        netlink_done()}},
      {RTM_GETROUTE, {fixed_routes(), netlink_done()}},
      {SOCK_DIAG_BY_FAMILY,
       {tcp_message(AF_INET, TCP_LISTEN) + tcp_message(AF_INET, TCP_ESTABLISHED, 10, 2000) +
            tcp_message(AF_INET6, TCP_ESTABLISHED) + tcp_message(AF_INET6, TCP_TIME_WAIT),
        netlink_done()}}};
}

FakeNic fixed_nic() {
  const auto modes = 1U << ETHTOOL_LINK_MODE_1000baseT_Full_BIT |
                     1U << ETHTOOL_LINK_MODE_10000baseT_Full_BIT | 1U << ETHTOOL_LINK_MODE_TP_BIT |
                     1U << ETHTOOL_LINK_MODE_Autoneg_BIT;
  return {.driver = "ixgbe",
          .version = "6.18.44",
          .firmware = "0x800003e7",
          .bus = "0000:03:00.0",
          .counters = {{"rx_packets", 11}, {"rx_queue_0_bytes", 12}, {"tx_timeout_count", 13}},
          .link = FakeLink{.supported = modes | 1U << ETHTOOL_LINK_MODE_Pause_BIT,
                           .advertised = modes,
                           .autonegotiates = true}};
}

}  // namespace

Syscalls fixture_syscalls() {
  Syscalls sys{.adjtimex = fixed_adjtimex,
               .clock_gettime = fixed_clock,
               .connect = connect_fixture_bus,
               .perf_event_open = fixed_perf_event_open,
               .read = fixed_read,
               .statfs = fixed_statfs,
               .sysconf = fixed_sysconf,
               .uname = fixed_uname};
  answer_netlink(sys, fixed_network());
  answer_ethtool(sys, {{"eth0", fixed_nic()}});  // nothing else of a fixture is a device
  return sys;
}

}  // namespace hx::test
