// SPDX-License-Identifier: Apache-2.0
#include "support/fake_netlink.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include "base/netlink.h"

namespace hx::test {
namespace {

NetlinkAnswers all_answers;
std::deque<std::string> pending;  // of the last request

int fake_socket(int, int, int) { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }

ssize_t fake_send(int, const void* bytes, size_t size, int) {
  nlmsghdr header{};
  std::memcpy(&header, bytes, std::min(size, sizeof header));
  const auto found = all_answers.find(header.nlmsg_type);
  if (found == all_answers.end()) {
    pending = {netlink_done()};
  } else {
    pending.assign(found->second.begin(), found->second.end());
  }
  return static_cast<ssize_t>(size);
}

// Like the kernel, but for a request without an answer that ends: that would wait for ever.
ssize_t fake_recv(int, void* buffer, size_t size, int) {
  if (pending.empty()) {
    errno = EAGAIN;
    return -1;
  }
  const auto datagram = std::move(pending.front());
  pending.pop_front();
  std::memcpy(buffer, datagram.data(), std::min(size, datagram.size()));
  return static_cast<ssize_t>(datagram.size());
}

// Whether one of the devices of a RTM_GETLINK has this index; its name.
bool find_link(int index, std::string& name) {
  for (std::string_view rest : all_answers[RTM_GETLINK]) {
    nlmsghdr header{};
    for (; rest.size() > sizeof header; rest.remove_prefix(NLMSG_ALIGN(header.nlmsg_len))) {
      std::memcpy(&header, rest.data(), sizeof header);
      const auto message = rest.substr(sizeof header, header.nlmsg_len - sizeof header);
      if (header.nlmsg_type != RTM_NEWLINK || read_struct<ifinfomsg>(message).ifi_index != index) {
        continue;
      }
      auto attributes = after_struct<ifinfomsg>(message);
      NetlinkAttribute attribute;
      while (next_attribute(attributes, attribute)) {
        if (attribute.type == IFLA_IFNAME) name = attribute.text();
      }
      return true;
    }
  }
  return false;
}

int fake_ioctl(int, unsigned long request, void* argument) {
  auto& asked = *static_cast<ifreq*>(argument);
  std::string name;
  const bool is_known = request == SIOCGIFNAME;
  if (!is_known || !find_link(asked.ifr_ifindex, name)) {
    errno = is_known ? ENODEV : ENOTTY;
    return -1;
  }
  name.copy(asked.ifr_name, sizeof asked.ifr_name);
  return 0;
}

std::string padded(std::string text) {
  text.resize(NLMSG_ALIGN(text.size()));
  return text;
}

std::string binary_address(const std::string& text) {
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return std::string(bytes_of(v4));
  in6_addr v6{};
  ::inet_pton(AF_INET6, text.c_str(), &v6);
  return std::string(bytes_of(v6));
}

}  // namespace

std::string netlink_message(std::uint16_t type, std::string_view content) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + content.size());
  header.nlmsg_type = type;
  return padded(std::string(bytes_of(header)).append(content));
}

std::string netlink_attribute(std::uint16_t type, std::string_view value) {
  const nlattr header{.nla_len = static_cast<std::uint16_t>(sizeof header + value.size()),
                      .nla_type = type};
  return padded(std::string(bytes_of(header)).append(value));
}

std::string netlink_done(int error) { return netlink_message(NLMSG_DONE, bytes_of(-error)); }

std::string link_message(int index, std::string_view name, const rtnl_link_stats64& stats,
                         std::string_view alias) {
  ifinfomsg link{};
  link.ifi_index = index;
  auto content = std::string(bytes_of(link)) +
                 netlink_attribute(IFLA_IFNAME, std::string(name) + '\0') +
                 netlink_attribute(IFLA_STATS64, bytes_of(stats));
  if (!alias.empty()) content += netlink_attribute(IFLA_IFALIAS, std::string(alias) + '\0');
  return netlink_message(RTM_NEWLINK, content);
}

std::string address_message(unsigned index, const std::string& address, unsigned prefix,
                            const std::string& peer) {
  const auto local = binary_address(address);
  ifaddrmsg header{};
  header.ifa_family = local.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefix);
  header.ifa_index = index;
  auto content = std::string(bytes_of(header));
  content += netlink_attribute(IFA_ADDRESS, peer.empty() ? local : binary_address(peer));
  if (!peer.empty()) content += netlink_attribute(IFA_LOCAL, local);
  return netlink_message(RTM_NEWADDR, content);
}

std::string neighbour_message(int index, std::uint8_t family, std::uint16_t state) {
  ndmsg entry{};
  entry.ndm_family = family;
  entry.ndm_ifindex = index;
  entry.ndm_state = state;
  return netlink_message(RTM_NEWNEIGH, bytes_of(entry));
}

std::string route_message(const FakeRoute& route) {
  const auto slash = route.destination.find('/');
  const auto address = binary_address(route.destination.substr(0, slash));
  const bool is_default = slash == std::string::npos;
  rtmsg header{};
  header.rtm_family = is_default || address.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  header.rtm_protocol = route.protocol;
  header.rtm_type = route.type;
  header.rtm_flags = route.flags;
  std::string destination;
  if (!is_default) {
    header.rtm_dst_len = static_cast<std::uint8_t>(std::stoi(route.destination.substr(slash + 1)));
    destination = netlink_attribute(RTA_DST, address);
  }
  return netlink_message(RTM_NEWROUTE,
                         std::string(bytes_of(header)) + destination + route.attributes);
}

std::string address_attribute(std::uint16_t type, const std::string& address) {
  return netlink_attribute(type, binary_address(address));
}

std::string next_hop(int device, std::uint8_t hops, std::string_view attributes) {
  rtnexthop hop{};
  hop.rtnh_len = static_cast<std::uint16_t>(sizeof hop + attributes.size());
  hop.rtnh_hops = hops;
  hop.rtnh_ifindex = device;
  return std::string(bytes_of(hop)).append(attributes);
}

std::string qdisc_message(int device, std::uint32_t parent, std::string_view kind,
                          const FakeQueue& stats) {
  tcmsg header{};
  header.tcm_ifindex = device;
  header.tcm_parent = parent;
  const gnet_stats_basic basic{.bytes = stats.bytes,
                               .packets = static_cast<std::uint32_t>(stats.packets)};
  auto nested = netlink_attribute(TCA_STATS_BASIC, bytes_of(basic)) +
                netlink_attribute(TCA_STATS_QUEUE, bytes_of(stats.queue));
  if (basic.packets != stats.packets) {
    nested += netlink_attribute(TCA_STATS_PKT64, bytes_of(stats.packets));
  }
  return netlink_message(RTM_NEWQDISC, std::string(bytes_of(header)) +
                                           netlink_attribute(TCA_KIND, std::string(kind) + '\0') +
                                           netlink_attribute(TCA_STATS2, nested));
}

std::string tcp_message(std::uint8_t family, std::uint8_t state, std::uint32_t received,
                        std::uint32_t sent) {
  inet_diag_msg socket{};
  socket.idiag_family = family;
  socket.idiag_state = state;
  socket.idiag_rqueue = received;
  socket.idiag_wqueue = sent;
  return netlink_message(SOCK_DIAG_BY_FAMILY, bytes_of(socket));
}

void answer_netlink(Syscalls& sys, NetlinkAnswers answers) {
  all_answers = std::move(answers);
  pending.clear();
  sys.ioctl = fake_ioctl;
  sys.socket = fake_socket;
  sys.send = fake_send;
  sys.recv = fake_recv;
}

}  // namespace hx::test
