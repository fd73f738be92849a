// SPDX-License-Identifier: Apache-2.0
// The kernel's side of netlink from memory: messages, and system calls that answer with them.
#pragma once

#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <netinet/in.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/syscalls.h"

namespace hx::test {

std::string netlink_message(std::uint16_t type, std::string_view content);
std::string netlink_attribute(std::uint16_t type, std::string_view value);
// The end of an answer; an errno for one that fails.
std::string netlink_done(int error = 0);

// A structure as it lies in a message.
template <class T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string link_message(int index, std::string_view name, const rtnl_link_stats64& stats,
                         std::string_view alias = {});
// The text form of an address of either family, without and with a peer.
std::string address_message(unsigned index, const std::string& address, unsigned prefix,
                            const std::string& peer = {});
// An entry of the cache of neighbours: AF_INET, NUD_REACHABLE.
std::string neighbour_message(int index, std::uint8_t family, std::uint16_t state);

// A route to "192.0.2.0/24", or by default where it is empty, with attributes (RTA_OIF) behind.
struct FakeRoute {
  std::string destination = {};
  std::uint8_t protocol = 0;  // RTPROT_KERNEL
  std::uint8_t type = 1;      // RTN_UNICAST
  unsigned flags = 0;
  std::string attributes = {};
};
std::string route_message(const FakeRoute& route);
std::string address_attribute(std::uint16_t type, const std::string& address);
// One way of a RTA_MULTIPATH.
std::string next_hop(int device, std::uint8_t hops, std::string_view attributes = {});

struct FakeQueue {
  std::uint64_t bytes = 0, packets = 0;
  gnet_stats_queue queue{};
};
// A queueing discipline: TC_H_ROOT, "fq".
std::string qdisc_message(int device, std::uint32_t parent, std::string_view kind,
                          const FakeQueue& stats);

// A socket: AF_INET, TCP_LISTEN, and the bytes in its queues.
std::string tcp_message(std::uint8_t family, std::uint8_t state, std::uint32_t received = 0,
                        std::uint32_t sent = 0);

// The datagrams that a request of a type is answered with; of others, nothing but the end.
using NetlinkAnswers = std::map<std::uint16_t, std::vector<std::string>>;

// Makes the sockets of `sys` answer so, at every request. System calls have no state of their own:
// the answers are those of the last call, for all that were ever changed.
void answer_netlink(Syscalls& sys, NetlinkAnswers answers);

}  // namespace hx::test
