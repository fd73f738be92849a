// SPDX-License-Identifier: Apache-2.0
// Properties of network devices from /sys/class/net, see the kernel's
// Documentation/ABI/testing/sysfs-class-net.
#include <net/if.h>

#include <array>

#include "base/attributes.h"
#include "base/device_dir.h"
#include "base/filter.h"
#include "collectors/collector.h"

namespace hx {
namespace {

constexpr double kMegabit = 1e6 / 8;  // in bytes

// Places in kFiles.
enum Property : std::size_t {
  kFlags = 7,
  kSpeed = 14,
  kAddress = 17,
  kBroadcast,
  kDuplex,
  kAlias,
  kState,
  kPropertyCount
};
constexpr std::array<std::string_view, kPropertyCount> kFiles{"addr_assign_type",
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

// Of the numbers, which come first in kFiles and in its order.
struct Number {
  std::string_view name, help;
  bool is_counter = false;
};
constexpr std::array<Number, kAddress> kNumbers{{
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

struct Device {
  Device(const HostFs& fs, std::string own_name, const std::string& dir)
      : name(std::move(own_name)), attributes(fs, dir, kFiles) {}

  void read() {
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = attributes.number(i);
    for (std::size_t i = kAddress; i < kPropertyCount; ++i) {
      texts[i - kAddress] = attributes.text_or_empty(i);
    }
  }
  const std::string& text(Property property) const { return texts[property - kAddress]; }
  std::string_view admin_state() const {
    if (!numbers[kFlags]) return "unknown";
    return (*numbers[kFlags] & IFF_UP) != 0 ? "up" : "down";
  }

  std::string name;
  Attributes attributes;
  std::array<std::optional<std::int64_t>, kAddress> numbers;  // nothing: not told in this state
  std::array<std::string, kPropertyCount - kAddress> texts;
};

class Netclass final : public Collector {
 public:
  Netclass(const Context& context, Filter filter)
      : ignores_invalid_speed_(context.options.netclass_ignore_invalid_speed),
        filter_(std::move(filter)),
        devices_(context.fs, "sys/class/net",
                 [this, &fs = context.fs](const std::string& name, const std::string& dir) {
                   return filter_.accepts(name) ? std::make_unique<Device>(fs, name, dir) : nullptr;
                 }) {}

  Status collect(MetricSink& out) override {
    if (auto ok = devices_.refresh(); !ok) return ok;
    for (auto* device : devices_.devices()) {
      device->read();
      if (!devices_.keeps_open(kPropertyCount)) device->attributes.close();
    }

    auto up = out.gauge("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.");
    for (const auto* device : devices_.devices()) {
      up.add({{"device", device->name}}, device->text(kState) == "up" ? 1 : 0);
    }
    add_info(out);
    for (std::size_t i = 0; i < kNumbers.size(); ++i) add_numbers(out, i);
    return {};
  }

 private:
  void add_info(MetricSink& out) const {
    auto info = out.gauge("node_network_info",
                          "Non-numeric data from /sys/class/net/<iface>, value is always 1.");
    for (const auto* device : devices_.devices()) {
      info.add({{"address", device->text(kAddress)},
                {"adminstate", device->admin_state()},
                {"broadcast", device->text(kBroadcast)},
                {"device", device->name},
                {"duplex", device->text(kDuplex)},
                {"ifalias", device->text(kAlias)},
                {"operstate", device->text(kState)}},
               1);
    }
  }

  void add_numbers(MetricSink& out, std::size_t i) const {
    const auto& number = kNumbers[i];
    auto family = number.is_counter ? out.counter(number.name, number.help)
                                    : out.gauge(number.name, number.help);
    for (const auto* device : devices_.devices()) {
      const auto value = device->numbers[i];
      // A speed of -1 is an unknown one.
      if (!value || (i == kSpeed && *value < 0 && ignores_invalid_speed_)) continue;
      family.add({{"device", device->name}},
                 static_cast<double>(*value) * (i == kSpeed ? kMegabit : 1));
    }
  }

  bool ignores_invalid_speed_;
  Filter filter_;
  DeviceDir<Device> devices_;
};

}  // namespace

Result<CollectorPtr> make_netclass(const Context& context) {
  auto filter = Filter::make_exclude(
      {"collector.netclass.ignored-devices", context.options.netclass_ignored_devices});
  if (!filter) return filter.error();
  return std::make_unique<Netclass>(context, std::move(*filter));
}

}  // namespace hx
