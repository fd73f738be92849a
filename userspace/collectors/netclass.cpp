// SPDX-License-Identifier: Apache-2.0
// Properties of network devices from /sys/class/net, see the kernel's
// Documentation/ABI/testing/sysfs-class-net. What rtnetlink(7) says in the same words is taken from
// there: one answer for all devices, where each file takes the lock of the network configuration.
#include <linux/if.h>

#include <array>
#include <map>

#include "base/attributes.h"
#include "base/device_dir.h"
#include "base/links.h"
#include "collectors/netclass.h"

namespace hx {
namespace {

constexpr double kMegabit = 1e6 / 8;  // in bytes

// By NetDevice::Property.
constexpr std::array<std::string_view, NetDevice::kPropertyCount> kFiles{"addr_assign_type",
                                                                         "carrier",
                                                                         "carrier_changes",
                                                                         "carrier_down_count",
                                                                         "carrier_up_count",
                                                                         "dev_id",
                                                                         "dormant",
                                                                         "flags",
                                                                         "ifindex",
                                                                         "iflink",
                                                                         "link_mode",
                                                                         "mtu",
                                                                         "name_assign_type",
                                                                         "netdev_group",
                                                                         "speed",
                                                                         "tx_queue_len",
                                                                         "type",
                                                                         "address",
                                                                         "broadcast",
                                                                         "duplex",
                                                                         "ifalias",
                                                                         "operstate"};

// Of the numbers, by NetDevice::Property.
struct Number {
  std::string_view name, help;
  bool is_counter = false;
};
constexpr std::array<Number, NetDevice::kNumberCount> kNumbers{{
    {"node_network_address_assign_type", "Network device property: address_assign_type"},
    {"node_network_carrier", "Network device property: carrier"},
    {"node_network_carrier_changes_total", "Network device property: carrier_changes_total", true},
    {"node_network_carrier_down_changes_total",
     "Network device property: carrier_down_changes_total", true},
    {"node_network_carrier_up_changes_total", "Network device property: carrier_up_changes_total",
     true},
    {"node_network_device_id", "Network device property: device_id"},
    {"node_network_dormant", "Network device property: dormant"},
    {"node_network_flags", "Network device property: flags"},
    {"node_network_iface_id", "Network device property: iface_id"},
    {"node_network_iface_link", "Network device property: iface_link"},
    {"node_network_iface_link_mode", "Network device property: iface_link_mode"},
    {"node_network_mtu_bytes", "Network device property: mtu_bytes"},
    {"node_network_name_assign_type", "Network device property: name_assign_type"},
    {"node_network_net_dev_group", "Network device property: net_dev_group"},
    {"node_network_speed_bytes", "Network device property: speed_bytes"},
    {"node_network_transmit_queue_length", "Network device property: transmit_queue_length"},
    {"node_network_protocol_type", "Network device property: protocol_type"},
}};

// In other words, or not at all, does netlink tell the rest. These stay as they are while a device
// has its name.
constexpr std::array kFixedInSysfs{NetDevice::kDeviceId, NetDevice::kNameAssignType};

using Links = std::map<std::int64_t, NetLink>;  // by index

// A device of /sys/class/net.
struct Device {
  Device(const HostFs& fs, std::string name, const std::string& dir) : attributes(fs, dir, kFiles) {
    properties.name = std::move(name);
    index = attributes.number(NetDevice::kIndex).value_or(0);
    for (const auto i : kFixedInSysfs) fixed[i] = attributes.number(i);
  }

  void read(std::size_t i) {
    if (i < NetDevice::kNumberCount) {
      properties.numbers[i] = attributes.number(i);
    } else {
      properties.text(static_cast<NetDevice::Property>(i)) = attributes.text_or_empty(i);
    }
  }

  void read() {
    for (std::size_t i = 0; i < NetDevice::kPropertyCount; ++i) read(i);
  }

  void read(const NetLink& link) {
    properties = link.device;
    for (const auto i : kFixedInSysfs) properties.numbers[i] = fixed[i];
    read(NetDevice::kAddressAssignType);
    read_flags(link);
    const auto& flags = properties.numbers[NetDevice::kFlags];
    if (flags && (*flags & IFF_UP) != 0) {
      read(NetDevice::kSpeed);
      read(NetDevice::kDuplex);
    } else {  // sysfs has no word on these for a device that is down
      properties.numbers[NetDevice::kCarrier].reset();
      properties.numbers[NetDevice::kDormant].reset();
    }
  }

  // A driver may keep a flag among its own that others have as a state: then the file it is.
  void read_flags(const NetLink& link) {
    const auto known = link.flags_in_sysfs();
    if (known && flags_are_known == true) {
      properties.numbers[NetDevice::kFlags] = known;
      return;
    }
    read(NetDevice::kFlags);
    if (known && !flags_are_known) {
      flags_are_known = properties.numbers[NetDevice::kFlags] == known;
    }
  }

  // Netlink's view, if it is of the same device: sysfs may show another network namespace.
  const NetLink* find_in(const Links& links) const {
    const auto found = links.find(index);
    const bool is_same = found != links.end() && found->second.device.name == properties.name;
    return is_same ? &found->second : nullptr;
  }

  NetDevice properties;
  Attributes attributes;
  std::int64_t index = 0;
  std::array<std::optional<std::int64_t>, NetDevice::kNumberCount> fixed{};
  std::optional<bool> flags_are_known;  // from netlink; nothing: not compared yet
};

class Netclass final : public Collector {
 public:
  Netclass(const Context& context, Filter filter)
      : ignores_invalid_speed_(context.options.netclass_ignore_invalid_speed),
        is_this_host_(context.fs.roots().sysfs == HostRoots{}.sysfs),
        filter_(std::move(filter)),
        links_(context.shared.links),
        devices_(context.fs, "sys/class/net",
                 [this, &fs = context.fs](const std::string& name, const std::string& dir) {
                   return filter_.accepts(name) ? std::make_unique<Device>(fs, name, dir) : nullptr;
                 }) {}

  Status collect(MetricSink& out) override {
    if (auto ok = devices_.refresh(); !ok) return ok;
    const auto links = is_this_host_ ? read_links() : Links();
    rows_.clear();
    for (auto* device : devices_.devices()) {
      const auto* link = device->find_in(links);
      link != nullptr ? device->read(*link) : device->read();
      if (!devices_.keeps_open(NetDevice::kPropertyCount)) device->attributes.close();
      rows_.push_back(&device->properties);
    }
    add_net_devices(out, rows_, ignores_invalid_speed_);
    return {};
  }

 private:
  // None where netlink is not to be had: then files are read.
  Links read_links() {
    Links links;
    const auto ok = links_.dump([&](std::uint16_t type, std::string_view message) {
      if (type != RTM_NEWLINK) return;
      auto link = parse_net_link(message);
      const auto index = link.device.numbers[NetDevice::kIndex].value_or(0);
      links.insert_or_assign(index, std::move(link));
    });
    if (!ok) links.clear();
    return links;
  }

  bool ignores_invalid_speed_;
  bool is_this_host_;
  Filter filter_;
  SharedLinks& links_;
  DeviceDir<Device> devices_;
  std::vector<const NetDevice*> rows_;  // reused
};

std::string_view admin_state(const NetDevice& device) {
  const auto flags = device.numbers[NetDevice::kFlags];
  if (!flags) return "unknown";
  return (*flags & IFF_UP) != 0 ? "up" : "down";
}

void add_number(MetricSink& out, std::span<const NetDevice* const> devices, std::size_t i,
                bool ignores_invalid_speed) {
  const auto& number = kNumbers[i];
  const bool is_speed = i == NetDevice::kSpeed;
  auto family = number.is_counter ? out.counter(number.name, number.help)
                                  : out.gauge(number.name, number.help);
  for (const auto* device : devices) {
    const auto value = device->numbers[i];
    // A speed of -1 is an unknown one.
    if (!value || (is_speed && *value < 0 && ignores_invalid_speed)) continue;
    family.add({{"device", device->name}}, static_cast<double>(*value) * (is_speed ? kMegabit : 1));
  }
}

}  // namespace

void add_net_devices(MetricSink& out, std::span<const NetDevice* const> devices,
                     bool ignores_invalid_speed) {
  auto up = out.gauge("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.");
  for (const auto* device : devices) {
    up.add({{"device", device->name}}, device->text(NetDevice::kState) == "up" ? 1 : 0);
  }
  auto info = out.gauge("node_network_info",
                        "Non-numeric data from /sys/class/net/<iface>, value is always 1.");
  for (const auto* device : devices) {
    info.add({{"address", device->text(NetDevice::kAddress)},
              {"adminstate", admin_state(*device)},
              {"broadcast", device->text(NetDevice::kBroadcast)},
              {"device", device->name},
              {"duplex", device->text(NetDevice::kDuplex)},
              {"ifalias", device->text(NetDevice::kAlias)},
              {"operstate", device->text(NetDevice::kState)}},
             1);
  }
  for (std::size_t i = 0; i < kNumbers.size(); ++i) {
    add_number(out, devices, i, ignores_invalid_speed);
  }
}

Result<CollectorPtr> make_netclass(const Context& context) {
  auto filter = Filter::make_exclude(
      {"collector.netclass.ignored-devices", context.options.netclass_ignored_devices});
  if (!filter) return filter.error();
  if (context.options.netclass_netlink) return make_netclass_netlink(context, std::move(*filter));
  return std::make_unique<Netclass>(context, std::move(*filter));
}

}  // namespace hx
