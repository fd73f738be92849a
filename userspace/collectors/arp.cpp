// SPDX-License-Identifier: Apache-2.0
// Entries of the ARP cache by device, from rtnetlink(7) or /proc/net/arp, see arp(7).
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <map>

#include "base/filter.h"
#include "base/links.h"
#include "collectors/collector.h"

namespace hx {
namespace {

using Counts = std::map<std::string, std::uint64_t, std::less<>>;  // by device

// "192.0.2.1  0x1  0x2  02:00:00:00:00:01  *  eth0": the device stands last. Empty for the line of
// titles and for a malformed one.
std::string_view parse_device(std::string_view line) {
  if (line.starts_with("IP address")) return {};
  for (int i = 0; i < 5; ++i) next_field(line);
  return next_field(line);
}

class Arp final : public Collector {
 public:
  Arp(const Context& context, Filter filter)
      : from_netlink_(context.options.arp_netlink),
        filter_(std::move(filter)),
        file_(context.fs, "proc/net/arp"),
        route_(NETLINK_ROUTE, context.sys) {}

  Status collect(MetricSink& out) override {
    const auto counts = from_netlink_ ? count_by_netlink() : count_by_file();
    if (!counts) return counts.error();
    auto entries = out.gauge("node_arp_entries", "ARP entries by device");
    for (const auto& [device, count] : *counts) {
      if (filter_.accepts(device)) entries.add({{"device", device}}, count);
    }
    return {};
  }

 private:
  Result<Counts> count_by_file() {
    auto text = file_.read();
    if (!text) return text.error();
    Counts counts;
    std::string_view line;
    while (next_line(*text, line)) {
      const auto device = parse_device(line);
      if (!device.empty()) ++counts[std::string(device)];
    }
    return counts;
  }

  // The file would leave out what the kernel resolves without asking, such as the loopback address.
  Result<Counts> count_by_netlink() {
    std::map<std::uint32_t, std::uint64_t> by_index;
    ndmsg neighbours{};
    neighbours.ndm_family = AF_INET;
    auto ok =
        route_.dump(RTM_GETNEIGH, neighbours, [&](std::uint16_t type, std::string_view message) {
          const auto entry = read_struct<ndmsg>(message);
          if (type != RTM_NEWNEIGH || entry.ndm_family != AF_INET) return;
          if ((entry.ndm_state & NUD_NOARP) == 0)
            ++by_index[static_cast<std::uint32_t>(entry.ndm_ifindex)];
        });
    if (!ok) return ok.error();
    Counts counts;
    for (const auto& [index, count] : by_index) {
      auto name = read_link_name(route_, index);
      if (!name.empty()) counts.emplace(std::move(name), count);
    }
    return counts;
  }

  bool from_netlink_;
  Filter filter_;
  HotFile file_;
  Netlink route_;
};

}  // namespace

Result<CollectorPtr> make_arp(const Context& context) {
  const auto& options = context.options;
  auto filter = Filter::make({"collector.arp.device-include", options.arp_device_include},
                             {"collector.arp.device-exclude", options.arp_device_exclude});
  if (!filter) return filter.error();
  return std::make_unique<Arp>(context, std::move(*filter));
}

}  // namespace hx
