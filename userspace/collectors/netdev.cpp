// SPDX-License-Identifier: Apache-2.0
// Traffic and errors of network devices from rtnetlink(7) or /proc/net/dev, see
// Documentation/networking/statistics.rst of the kernel.
#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/filter.h"
#include "base/links.h"
#include "collectors/collector.h"

namespace hx {
namespace {

using Stats = rtnl_link_stats64;
using Counter = decltype(Stats::rx_bytes) Stats::*;

// A counter as exported: node_network_<key>_total is the sum of the kernel's.
struct Metric {
  std::string_view key;
  std::array<Counter, 4> counters;  // null behind the last one
  bool only_netlink = false;        // /proc/net/dev has no such column
};

// The names of /proc/net/dev, which adds up the same counters (net/core/net-procfs.c).
constexpr std::array<Metric, 17> kMetrics{{
    {"receive_bytes", {&Stats::rx_bytes}},
    {"receive_compressed", {&Stats::rx_compressed}},
    {"receive_drop", {&Stats::rx_dropped, &Stats::rx_missed_errors}},
    {"receive_errs", {&Stats::rx_errors}},
    {"receive_fifo", {&Stats::rx_fifo_errors}},
    {"receive_frame",
     {&Stats::rx_frame_errors, &Stats::rx_length_errors, &Stats::rx_over_errors,
      &Stats::rx_crc_errors}},
    {"receive_multicast", {&Stats::multicast}},
    {"receive_nohandler", {&Stats::rx_nohandler}, true},
    {"receive_packets", {&Stats::rx_packets}},
    {"transmit_bytes", {&Stats::tx_bytes}},
    {"transmit_carrier",
     {&Stats::tx_carrier_errors, &Stats::tx_aborted_errors, &Stats::tx_heartbeat_errors,
      &Stats::tx_window_errors}},
    {"transmit_colls", {&Stats::collisions}},
    {"transmit_compressed", {&Stats::tx_compressed}},
    {"transmit_drop", {&Stats::tx_dropped}},
    {"transmit_errs", {&Stats::tx_errors}},
    {"transmit_fifo", {&Stats::tx_fifo_errors}},
    {"transmit_packets", {&Stats::tx_packets}},
}};

// Every counter by itself.
constexpr std::array<Metric, 24> kDetailedMetrics{{
    {"collisions", {&Stats::collisions}},
    {"multicast", {&Stats::multicast}},
    {"receive_bytes", {&Stats::rx_bytes}},
    {"receive_compressed", {&Stats::rx_compressed}},
    {"receive_crc_errors", {&Stats::rx_crc_errors}},
    {"receive_dropped", {&Stats::rx_dropped}},
    {"receive_errors", {&Stats::rx_errors}},
    {"receive_fifo_errors", {&Stats::rx_fifo_errors}},
    {"receive_frame_errors", {&Stats::rx_frame_errors}},
    {"receive_length_errors", {&Stats::rx_length_errors}},
    {"receive_missed_errors", {&Stats::rx_missed_errors}},
    {"receive_nohandler", {&Stats::rx_nohandler}},
    {"receive_over_errors", {&Stats::rx_over_errors}},
    {"receive_packets", {&Stats::rx_packets}},
    {"transmit_aborted_errors", {&Stats::tx_aborted_errors}},
    {"transmit_bytes", {&Stats::tx_bytes}},
    {"transmit_carrier_errors", {&Stats::tx_carrier_errors}},
    {"transmit_compressed", {&Stats::tx_compressed}},
    {"transmit_dropped", {&Stats::tx_dropped}},
    {"transmit_errors", {&Stats::tx_errors}},
    {"transmit_fifo_errors", {&Stats::tx_fifo_errors}},
    {"transmit_heartbeat_errors", {&Stats::tx_heartbeat_errors}},
    {"transmit_packets", {&Stats::tx_packets}},
    {"transmit_window_errors", {&Stats::tx_window_errors}},
}};

// The columns of /proc/net/dev in their order, with upstream's detailed names for them; what the
// kernel has added up stands in the first counter of its sum.
constexpr std::array<Metric, 16> kColumns{{
    {"receive_bytes", {&Stats::rx_bytes}},
    {"receive_packets", {&Stats::rx_packets}},
    {"receive_errors", {&Stats::rx_errors}},
    {"receive_dropped", {&Stats::rx_dropped}},
    {"receive_fifo", {&Stats::rx_fifo_errors}},
    {"receive_frame", {&Stats::rx_frame_errors}},
    {"receive_compressed", {&Stats::rx_compressed}},
    {"receive_multicast", {&Stats::multicast}},
    {"transmit_bytes", {&Stats::tx_bytes}},
    {"transmit_packets", {&Stats::tx_packets}},
    {"transmit_errors", {&Stats::tx_errors}},
    {"transmit_dropped", {&Stats::tx_dropped}},
    {"transmit_fifo", {&Stats::tx_fifo_errors}},
    {"transmit_colls", {&Stats::collisions}},
    {"transmit_carrier", {&Stats::tx_carrier_errors}},
    {"transmit_compressed", {&Stats::tx_compressed}},
}};

std::uint64_t sum(const Metric& metric, const Stats& stats) noexcept {
  std::uint64_t total = 0;
  for (const auto counter : metric.counters) {
    if (counter != nullptr) total += stats.*counter;
  }
  return total;
}

struct Device {
  std::string name, alias;
  Stats stats{};
};

struct Address {
  std::uint32_t device = 0;  // index
  std::string text;
  unsigned prefix = 0;
  std::string_view scope;

  auto operator<=>(const Address&) const = default;
};

// "  eth0: 1 2 ...": nothing for fewer columns, such as those of the two title lines.
std::optional<Device> parse_device(std::string_view line) {
  const auto colon = line.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Device device;
  device.name = trim(line.substr(0, colon));
  line.remove_prefix(colon + 1);
  for (const auto& column : kColumns) {
    const auto number = to_u64(next_field(line));
    if (!number) return std::nullopt;
    device.stats.*column.counters[0] = *number;
  }
  return device;
}

// A RTM_NEWLINK message; nothing for one without name or counters.
std::optional<Device> parse_link(std::string_view message) {
  Device device;
  bool has_stats = false;
  auto rest = after_struct<ifinfomsg>(message);
  NetlinkAttribute attribute;
  while (next_attribute(rest, attribute)) {
    if (attribute.type == IFLA_IFNAME) device.name = attribute.text();
    if (attribute.type == IFLA_IFALIAS) device.alias = attribute.text();
    if (attribute.type == IFLA_STATS64) {
      device.stats = read_struct<Stats>(attribute.value);
      has_stats = true;
    }
  }
  if (device.name.empty() || !has_stats) return std::nullopt;
  return device;
}

std::string_view scope_of(in_addr address) noexcept {
  const auto bits = ntohl(address.s_addr);
  if (bits >> 24 == 127 || bits >> 16 == 0xA9FE || bits >> 8 == 0xE00000) return "link-local";
  if (bits >> 28 == 0xE || bits == 0 || bits == 0xFFFFFFFF) return "";
  return "global";
}

std::string_view scope_of(const in6_addr& address) noexcept {
  if (IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_LINKLOCAL(&address) ||
      IN6_IS_ADDR_MC_LINKLOCAL(&address)) {
    return "link-local";
  }
  if (IN6_IS_ADDR_MC_NODELOCAL(&address)) return "interface-local";
  if (IN6_IS_ADDR_MULTICAST(&address) || IN6_IS_ADDR_UNSPECIFIED(&address)) return "";
  return "global";
}

// A RTM_NEWADDR message; nothing for a family that is not of the internet.
std::optional<Address> parse_address(std::string_view message) {
  const auto header = read_struct<ifaddrmsg>(message);
  std::string_view local, other;
  auto rest = after_struct<ifaddrmsg>(message);
  NetlinkAttribute attribute;
  while (next_attribute(rest, attribute)) {
    if (attribute.type == IFA_LOCAL) local = attribute.value;
    if (attribute.type == IFA_ADDRESS) other = attribute.value;  // the peer's, if there is a local
  }
  Address address{
      .device = header.ifa_index, .text = {}, .prefix = header.ifa_prefixlen, .scope = {}};
  const auto bytes = local.empty() ? other : local;
  if (header.ifa_family != AF_INET && header.ifa_family != AF_INET6) return std::nullopt;
  address.text = ip_text(bytes);
  if (address.text.empty()) return std::nullopt;
  address.scope = bytes.size() == sizeof(in_addr) ? scope_of(read_struct<in_addr>(bytes))
                                                  : scope_of(read_struct<in6_addr>(bytes));
  return address;
}

class Netdev final : public Collector {
 public:
  Netdev(const Context& context, Filter filter);

  Status collect(MetricSink& out) override {
    devices_.clear();
    names_.clear();
    if (from_netlink_ || address_info_) {
      if (auto ok = dump_links(); !ok) return ok;
    }
    if (!from_netlink_) {
      if (auto ok = read_proc(); !ok) return ok;
    }
    add_counters(out);
    return address_info_ ? add_addresses(out) : Status();
  }

 private:
  struct Name {
    std::string metric, help;
    const Metric* source;
  };

  Status dump_links();
  Status read_proc();
  void add_counters(MetricSink& out);
  Status add_addresses(MetricSink& out);

  const HostFs& fs_;
  const bool from_netlink_, address_info_, label_alias_;
  Filter filter_;
  HotFile net_dev_;
  SharedLinks& links_;
  Netlink route_;
  std::vector<Name> metrics_;
  std::vector<Device> devices_;  // reused
  LinkNames names_;              // reused
};

Netdev::Netdev(const Context& context, Filter filter)
    : fs_(context.fs),
      from_netlink_(context.options.netdev_netlink),
      address_info_(context.options.netdev_address_info),
      label_alias_(context.options.netdev_label_ifalias),
      filter_(std::move(filter)),
      net_dev_(context.fs, "proc/net/dev"),
      links_(context.shared.links),
      route_(NETLINK_ROUTE, context.sys) {
  std::span<const Metric> table = kMetrics;
  if (context.options.netdev_enable_detailed_metrics) {
    table = from_netlink_ ? std::span<const Metric>(kDetailedMetrics) : kColumns;
  }
  for (const auto& metric : table) {
    if (metric.only_netlink && !from_netlink_) continue;
    const std::string key(metric.key);
    metrics_.push_back(
        {"node_network_" + key + "_total", "Network device statistic " + key + ".", &metric});
  }
}

Status Netdev::dump_links() {
  return links_.dump([this](std::uint16_t type, std::string_view message) {
    if (type != RTM_NEWLINK) return;
    auto device = parse_link(message);
    if (!device) return;
    if (address_info_) {
      names_[static_cast<std::uint32_t>(read_struct<ifinfomsg>(message).ifi_index)] = device->name;
    }
    if (from_netlink_ && filter_.accepts(device->name)) devices_.push_back(std::move(*device));
  });
}

Status Netdev::read_proc() {
  const auto text = net_dev_.read();
  if (!text) return text.error();
  auto rest = *text;
  std::string_view line;
  while (next_line(rest, line)) {
    auto device = parse_device(line);
    if (!device || !filter_.accepts(device->name)) continue;
    if (label_alias_) {
      device->alias = fs_.read_trimmed("sys/class/net/" + device->name + "/ifalias").value_or("");
    }
    devices_.push_back(std::move(*device));
  }
  return {};
}

void Netdev::add_counters(MetricSink& out) {
  // A table that changes while it is dumped may hold a device twice.
  std::sort(devices_.begin(), devices_.end(),
            [](const Device& a, const Device& b) { return a.name < b.name; });
  const auto end = std::unique(devices_.begin(), devices_.end(),
                               [](const Device& a, const Device& b) { return a.name == b.name; });
  devices_.erase(end, devices_.end());
  for (const auto& metric : metrics_) {
    auto family = out.counter(metric.metric, metric.help);
    for (const auto& device : devices_) {
      const std::array<Label, 2> labels{{{"device", device.name}, {"ifalias", device.alias}}};
      family.add(Labels(labels).first(label_alias_ ? 2 : 1), sum(*metric.source, device.stats));
    }
  }
}

Status Netdev::add_addresses(MetricSink& out) {
  std::vector<Address> addresses;
  auto ok =
      route_.dump(RTM_GETADDR, ifaddrmsg{}, [&](std::uint16_t type, std::string_view message) {
        if (type != RTM_NEWADDR) return;
        if (auto address = parse_address(message)) addresses.push_back(std::move(*address));
      });
  if (!ok) return ok;
  // An address with several peers is there once for each.
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  auto info = out.gauge("node_network_address_info", "node network address by device");
  for (const auto& address : addresses) {
    const auto name = find_link(names_, address.device);
    if (name.empty()) continue;  // came between the two dumps
    info.add({{"address", address.text},
              {"device", name},
              {"netmask", std::to_string(address.prefix)},
              {"scope", address.scope}},
             1);
  }
  return {};
}

}  // namespace

Result<CollectorPtr> make_netdev(const Context& context) {
  const auto& options = context.options;
  auto filter = Filter::make({"collector.netdev.device-include", options.netdev_device_include},
                             {"collector.netdev.device-exclude", options.netdev_device_exclude});
  if (!filter) return filter.error();
  return std::make_unique<Netdev>(context, std::move(*filter));
}

}  // namespace hx
