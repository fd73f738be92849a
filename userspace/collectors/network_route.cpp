// SPDX-License-Identifier: Apache-2.0
// Unicast routes of all tables, from rtnetlink(7).
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/links.h"
#include "collectors/collector.h"

namespace hx {
namespace {

// Who made a route: RTPROT_* of linux/rtnetlink.h, with the names of the metric's labels.
std::string_view protocol_name(std::uint8_t protocol) noexcept {
  switch (protocol) {
    case RTPROT_UNSPEC: return "unspec";
    case RTPROT_REDIRECT: return "redirect";
    case RTPROT_KERNEL: return "kernel";
    case RTPROT_BOOT: return "boot";
    case RTPROT_STATIC: return "static";
    case RTPROT_GATED: return "gated";
    case RTPROT_RA: return "ra";
    case RTPROT_MRT: return "mrt";
    case RTPROT_ZEBRA: return "zebra";
    case RTPROT_BIRD: return "bird";
    case RTPROT_DNROUTED: return "dnrouted";
    case RTPROT_XORP: return "xorp";
    case RTPROT_NTK: return "ntk";
    case RTPROT_DHCP: return "dhcp";
    case RTPROT_MROUTED: return "mrouted";
    case RTPROT_BABEL: return "babel";
    case RTPROT_BGP: return "bgp";
    case RTPROT_ISIS: return "isis";
    case RTPROT_OSPF: return "ospf";
    case RTPROT_RIP: return "rip";
    case RTPROT_EIGRP: return "eigrp";
    default: return "unknown";
  }
}

// One way that a route leads, as its labels tell it.
struct Route {
  std::string destination;
  std::string_view device;  // of LinkNames
  std::string gateway;
  std::uint32_t priority = 0;
  std::string_view protocol;
  std::string source, weight;  // the weight of one of several ways

  auto operator<=>(const Route&) const = default;
};

// Cuts the next way of a RTA_MULTIPATH off the front; false when nothing is left, or nothing
// well-formed.
bool next_hop(std::string_view& rest, const LinkNames& names, Route& route) {
  const auto hop = read_struct<rtnexthop>(rest);
  if (hop.rtnh_len < sizeof hop || hop.rtnh_len > rest.size()) return false;
  route.device = find_link(names, static_cast<std::uint32_t>(hop.rtnh_ifindex));
  route.weight = std::to_string(hop.rtnh_hops + 1);
  route.gateway.clear();
  auto attributes = rest.substr(sizeof hop, hop.rtnh_len - sizeof hop);
  NetlinkAttribute attribute;
  while (next_attribute(attributes, attribute)) {
    if (attribute.type == RTA_GATEWAY) route.gateway = ip_text(attribute.value);
  }
  rest.remove_prefix(std::min<std::size_t>(RTNH_ALIGN(hop.rtnh_len), rest.size()));
  return true;
}

// Adds the ways of a RTM_NEWROUTE message. What the kernel only remembers of a path through a route
// (RTM_F_CLONED) is none: there may be one for each peer.
void add_routes(std::string_view message, const LinkNames& names, std::vector<Route>& routes) {
  const auto header = read_struct<rtmsg>(message);
  if (header.rtm_family != AF_INET && header.rtm_family != AF_INET6) return;
  if (header.rtm_type != RTN_UNICAST || (header.rtm_flags & RTM_F_CLONED) != 0) return;
  Route route;
  route.protocol = protocol_name(header.rtm_protocol);
  std::string_view ways;
  auto rest = after_struct<rtmsg>(message);
  NetlinkAttribute attribute;
  while (next_attribute(rest, attribute)) {
    switch (attribute.type) {
      case RTA_DST: route.destination = ip_text(attribute.value); break;
      case RTA_GATEWAY: route.gateway = ip_text(attribute.value); break;
      case RTA_MULTIPATH: ways = attribute.value; break;
      case RTA_OIF:
        route.device = find_link(names, read_struct<std::uint32_t>(attribute.value));
        break;
      case RTA_PREFSRC: route.source = ip_text(attribute.value); break;
      case RTA_PRIORITY: route.priority = read_struct<std::uint32_t>(attribute.value); break;
      default: break;
    }
  }
  if (header.rtm_dst_len == 0) {
    route.destination = "default";
  } else {
    route.destination += '/' + std::to_string(header.rtm_dst_len);
  }
  if (ways.empty()) {
    routes.push_back(std::move(route));
  } else {
    while (next_hop(ways, names, route)) routes.push_back(route);
  }
}

class NetworkRoute final : public Collector {
 public:
  explicit NetworkRoute(const Syscalls& sys) : netlink_(NETLINK_ROUTE, sys) {}

  Status collect(MetricSink& out) override {
    const auto names = read_link_names(netlink_);
    if (!names) return names.error();
    std::vector<Route> routes;
    auto ok =
        netlink_.dump(RTM_GETROUTE, rtmsg{}, [&](std::uint16_t type, std::string_view message) {
          if (type == RTM_NEWROUTE) add_routes(message, *names, routes);
        });
    if (!ok) return ok;

    std::map<std::string_view, std::uint64_t> counts;
    for (const auto& route : routes) ++counts[route.device];
    // The same route in two tables is one series.
    std::sort(routes.begin(), routes.end());
    routes.erase(std::unique(routes.begin(), routes.end()), routes.end());

    auto info = out.gauge("node_network_route_info", "network routing table information");
    for (const auto& route : routes) {
      info.add({{"dest", route.destination},
                {"device", route.device},
                {"gw", route.gateway},
                {"priority", std::to_string(route.priority)},
                {"proto", route.protocol},
                {"src", route.source},
                {"weight", route.weight}},
               1);
    }
    auto total = out.gauge("node_network_routes", "network routes by interface");
    for (const auto& [device, count] : counts) total.add({{"device", device}}, count);
    return {};
  }

 private:
  Netlink netlink_;
};

}  // namespace

Result<CollectorPtr> make_network_route(const Context& context) {
  return std::make_unique<NetworkRoute>(context.sys);
}

}  // namespace hx
