// SPDX-License-Identifier: Apache-2.0
// Properties of network devices as they are exported, wherever they come from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/filter.h"
#include "collectors/collector.h"

namespace hx {

struct NetDevice {
  // Numbers come first.
  enum Property : std::size_t {
    kAddressAssignType,
    kCarrier,
    kCarrierChanges,
    kCarrierDownChanges,
    kCarrierUpChanges,
    kDeviceId,
    kDormant,
    kFlags,
    kIndex,
    kLink,
    kLinkMode,
    kMtu,
    kNameAssignType,
    kGroup,
    kSpeed,  // in megabits
    kQueueLength,
    kProtocolType,
    kNumberCount,
    kAddress = kNumberCount,
    kBroadcast,
    kDuplex,
    kAlias,
    kState,
    kPropertyCount
  };

  std::string& text(Property property) { return texts[property - kNumberCount]; }
  const std::string& text(Property property) const { return texts[property - kNumberCount]; }

  std::string name;
  std::array<std::optional<std::int64_t>, kNumberCount> numbers{};  // nothing: not told
  std::array<std::string, kPropertyCount - kNumberCount> texts{};
};

// Adds all properties of the devices, which are sorted by name.
void add_net_devices(MetricSink& out, std::span<const NetDevice* const> devices,
                     bool ignores_invalid_speed);

struct NetLink {
  // The flags in sysfs, where the kernel tells enough to know them: netlink's are those that a user
  // has set, with the state.
  std::optional<std::int64_t> flags_in_sysfs() const noexcept;

  NetDevice device;
  // How many want it so.
  std::optional<std::uint32_t> promiscuous, all_multicast;
  std::vector<std::string> other_names;
};
// A RTM_NEWLINK message.
NetLink parse_net_link(std::string_view message);

// The same collector with rtnetlink(7) as its source.
CollectorPtr make_netclass_netlink(const Context& context, Filter filter);

}  // namespace hx
