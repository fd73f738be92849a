// SPDX-License-Identifier: Apache-2.0
// Properties of network devices from rtnetlink(7) and the netlink side of ethtool, see
// Documentation/networking/ethtool-netlink.rst of the kernel: two answers for all devices, where
// sysfs takes the lock of the network configuration for each file of each device.
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if.h>

#include <map>

#include "base/attributes.h"
#include "base/device_dir.h"
#include "base/links.h"
#include "collectors/netclass.h"

namespace hx {
namespace {

// What only sysfs tells; these files do without that lock.
constexpr std::array<std::string_view, 3> kFiles{"addr_assign_type", "dev_id", "name_assign_type"};
constexpr std::array<NetDevice::Property, kFiles.size()> kFileProperties{
    NetDevice::kAddressAssignType, NetDevice::kDeviceId, NetDevice::kNameAssignType};

struct SysfsDevice {
  std::string name;
  Attributes attributes;
};

// 7e6e1b57162e ("rtnetlink: advertise allmulti counter"), 6.0: younger than some headers.
constexpr std::uint16_t kAllMulticast = 61;

// By the kernel's number, IF_OPER_*.
constexpr std::array<std::string_view, 7> kStates{"unknown", "notpresent", "down", "lowerlayerdown",
                                                  "testing", "dormant",    "up"};

// Numbers of one byte or of four.
struct LinkAttribute {
  std::uint16_t type;
  NetDevice::Property property;
};
constexpr std::array kNumbers{
    LinkAttribute{IFLA_CARRIER, NetDevice::kCarrier},
    LinkAttribute{IFLA_CARRIER_CHANGES, NetDevice::kCarrierChanges},
    LinkAttribute{IFLA_CARRIER_DOWN_COUNT, NetDevice::kCarrierDownChanges},
    LinkAttribute{IFLA_CARRIER_UP_COUNT, NetDevice::kCarrierUpChanges},
    LinkAttribute{IFLA_GROUP, NetDevice::kGroup},
    LinkAttribute{IFLA_LINK, NetDevice::kLink},
    LinkAttribute{IFLA_LINKMODE, NetDevice::kLinkMode},
    LinkAttribute{IFLA_MTU, NetDevice::kMtu},
    LinkAttribute{IFLA_TXQLEN, NetDevice::kQueueLength},
};

using Links = std::map<std::string, NetLink, std::less<>>;

// "02:00:00:00:00:01"; a device may have another length of addresses, or none.
std::string hardware_address(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

void add_other_names(std::string_view rest, std::vector<std::string>& names) {
  NetlinkAttribute attribute;
  while (next_attribute(rest, attribute)) {
    if (attribute.type == IFLA_ALT_IFNAME && !attribute.text().empty()) {
      names.emplace_back(attribute.text());
    }
  }
}

void read_attribute(const NetlinkAttribute& attribute, NetLink& link) {
  auto& device = link.device;
  switch (attribute.type) {
    case IFLA_ADDRESS: device.text(NetDevice::kAddress) = hardware_address(attribute.value); break;
    case IFLA_BROADCAST:
      device.text(NetDevice::kBroadcast) = hardware_address(attribute.value);
      break;
    case IFLA_IFALIAS: device.text(NetDevice::kAlias) = attribute.text(); break;
    case IFLA_IFNAME: device.name = attribute.text(); break;
    case IFLA_OPERSTATE: {
      const auto state = read_struct<std::uint8_t>(attribute.value);
      device.text(NetDevice::kState) = kStates[state < kStates.size() ? state : 0];
      break;
    }
    case IFLA_PROMISCUITY: link.promiscuous = read_struct<std::uint32_t>(attribute.value); break;
    case kAllMulticast: link.all_multicast = read_struct<std::uint32_t>(attribute.value); break;
    case IFLA_PROP_LIST: add_other_names(attribute.value, link.other_names); break;
    default:
      for (const auto& number : kNumbers) {
        if (number.type != attribute.type) continue;
        device.numbers[number.property] = attribute.value.size() == 1
                                              ? read_struct<std::uint8_t>(attribute.value)
                                              : read_struct<std::uint32_t>(attribute.value);
      }
  }
}

}  // namespace

// The inverse of dev_get_flags() in net/core/dev.c.
std::optional<std::int64_t> NetLink::flags_in_sysfs() const noexcept {
  constexpr std::int64_t kOther =
      IFF_PROMISC | IFF_ALLMULTI | IFF_RUNNING | IFF_LOWER_UP | IFF_DORMANT;
  const auto& flags = device.numbers[NetDevice::kFlags];
  if (!flags || !promiscuous || !all_multicast) return std::nullopt;
  return (*flags & ~kOther) | (*promiscuous != 0 ? IFF_PROMISC : 0) |
         (*all_multicast != 0 ? IFF_ALLMULTI : 0);
}

NetLink parse_net_link(std::string_view message) {
  NetLink link;
  auto rest = after_struct<ifinfomsg>(message);
  NetlinkAttribute attribute;
  while (next_attribute(rest, attribute)) read_attribute(attribute, link);

  const auto header = read_struct<ifinfomsg>(message);
  auto& numbers = link.device.numbers;
  numbers[NetDevice::kDormant] = (header.ifi_flags & IFF_DORMANT) != 0 ? 1 : 0;
  numbers[NetDevice::kFlags] = header.ifi_flags;
  numbers[NetDevice::kIndex] = header.ifi_index;
  numbers[NetDevice::kProtocolType] = header.ifi_type;
  // One that lies on no other device is not said to lie on itself, as it is in sysfs.
  if (!numbers[NetDevice::kLink]) numbers[NetDevice::kLink] = header.ifi_index;
  return link;
}

namespace {

// Speed and duplex mode, from an ETHTOOL_MSG_LINKMODES_GET_REPLY.
void read_link_modes(std::string_view message, Links& links) {
  std::string_view name;
  std::optional<std::int64_t> speed;
  std::string_view duplex;
  auto rest = after_struct<genlmsghdr>(message);
  NetlinkAttribute attribute, inner;
  while (next_attribute(rest, attribute)) {
    if (attribute.type == ETHTOOL_A_LINKMODES_HEADER) {
      while (next_attribute(attribute.value, inner)) {
        if (inner.type == ETHTOOL_A_HEADER_DEV_NAME) name = inner.text();
      }
    } else if (attribute.type == ETHTOOL_A_LINKMODES_SPEED) {
      const auto megabits = read_struct<std::int32_t>(attribute.value);
      if (megabits != SPEED_UNKNOWN) speed = megabits;
    } else if (attribute.type == ETHTOOL_A_LINKMODES_DUPLEX) {
      const auto mode = read_struct<std::uint8_t>(attribute.value);
      duplex = mode == DUPLEX_FULL ? "Full" : mode == DUPLEX_HALF ? "Half" : "Unknown";
    }
  }
  const auto link = links.find(name);
  if (link == links.end()) return;
  link->second.device.numbers[NetDevice::kSpeed] = speed;
  link->second.device.text(NetDevice::kDuplex) = duplex;
}

class NetclassNetlink final : public Collector {
 public:
  NetclassNetlink(const Context& context, Filter filter)
      : ignores_invalid_speed_(context.options.netclass_ignore_invalid_speed),
        filter_(std::move(filter)),
        links_(context.shared.links),
        generic_(NETLINK_GENERIC, context.sys),
        sysfs_(context.fs, "sys/class/net",
               [this, &fs = context.fs](const std::string& name, const std::string& dir) {
                 return filter_.accepts(name) ? std::make_unique<SysfsDevice>(
                                                    SysfsDevice{name, Attributes(fs, dir, kFiles)})
                                              : nullptr;
               }) {}

  Status collect(MetricSink& out) override {
    Links links;
    auto ok = links_.dump([&](std::uint16_t type, std::string_view message) {
      if (type != RTM_NEWLINK) return;
      auto link = parse_net_link(message);
      if (link.device.name.empty() || !filter_.accepts(link.device.name)) return;
      auto name = link.device.name;
      links.insert_or_assign(std::move(name), std::move(link));
    });
    if (!ok) return ok;
    if (ok = add_link_modes(links); !ok) return ok;
    add_sysfs(links);

    std::vector<const NetDevice*> devices;
    for (const auto& [name, link] : links) devices.push_back(&link.device);
    add_net_devices(out, devices, ignores_invalid_speed_);
    auto info = out.gauge("node_network_altnames_info",
                          "Non-numeric data of <iface> altname, value is always 1.");
    for (const auto& [name, link] : links) {
      for (const auto& other : link.other_names) {
        info.add({{"altname", other}, {"device", name}}, 1);
      }
    }
    return {};
  }

 private:
  Status add_link_modes(Links& links);
  Status find_ethtool();
  void add_sysfs(Links& links);

  bool ignores_invalid_speed_;
  Filter filter_;
  SharedLinks& links_;
  Netlink generic_;
  DeviceDir<SysfsDevice> sysfs_;
  std::optional<std::uint16_t> ethtool_;  // the number of its messages; 0: the kernel has none
};

Status NetclassNetlink::find_ethtool() {
  std::uint16_t found = 0;
  const genlmsghdr families{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0};
  auto ok = generic_.dump(GENL_ID_CTRL, families, [&](std::uint16_t, std::string_view message) {
    std::string_view name;
    std::uint16_t id = 0;
    auto rest = after_struct<genlmsghdr>(message);
    NetlinkAttribute attribute;
    while (next_attribute(rest, attribute)) {
      if (attribute.type == CTRL_ATTR_FAMILY_NAME) name = attribute.text();
      if (attribute.type == CTRL_ATTR_FAMILY_ID) id = read_struct<std::uint16_t>(attribute.value);
    }
    if (name == ETHTOOL_GENL_NAME) found = id;
  });
  if (ok) ethtool_ = found;
  return ok;
}

// Linux has this since 5.6; without it, speed and duplex mode are not told.
Status NetclassNetlink::add_link_modes(Links& links) {
  if (!ethtool_) {
    if (auto ok = find_ethtool(); !ok) return ok;
  }
  if (*ethtool_ == 0) return {};
  // Bits as numbers, not as lists of names, which nobody reads here.
  struct {
    genlmsghdr header{
        .cmd = ETHTOOL_MSG_LINKMODES_GET, .version = ETHTOOL_GENL_VERSION, .reserved = 0};
    nlattr nested{.nla_len = sizeof(nlattr) + sizeof(nlattr) + sizeof(std::uint32_t),
                  .nla_type = ETHTOOL_A_LINKMODES_HEADER | NLA_F_NESTED};
    nlattr flags{.nla_len = sizeof(nlattr) + sizeof(std::uint32_t),
                 .nla_type = ETHTOOL_A_HEADER_FLAGS};
    std::uint32_t value = ETHTOOL_FLAG_COMPACT_BITSETS;
  } request;
  return generic_.dump(*ethtool_, request, [&](std::uint16_t type, std::string_view message) {
    if (type == *ethtool_) read_link_modes(message, links);
  });
}

// A network namespace may have no sysfs of its own: its devices go without these properties.
void NetclassNetlink::add_sysfs(Links& links) {
  if (!sysfs_.refresh()) return;
  for (auto* device : sysfs_.devices()) {
    const auto link = links.find(device->name);
    if (link == links.end()) continue;
    for (std::size_t i = 0; i < kFiles.size(); ++i) {
      link->second.device.numbers[kFileProperties[i]] = device->attributes.number(i);
    }
    if (!sysfs_.keeps_open(kFiles.size())) device->attributes.close();
  }
}

}  // namespace

CollectorPtr make_netclass_netlink(const Context& context, Filter filter) {
  return std::make_unique<NetclassNetlink>(context, std::move(filter));
}

}  // namespace hx
