// SPDX-License-Identifier: Apache-2.0
// Network devices as rtnetlink(7) lists them.
#pragma once

#include <linux/rtnetlink.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/netlink.h"

namespace hx {

// The body of RTM_GETLINK for all devices, without the per-CPU sums of IPv6's counters, which cost
// more than all the rest.
struct LinkRequest {
  ifinfomsg link{};
  rtattr attribute{.rta_len = RTA_LENGTH(sizeof(std::uint32_t)), .rta_type = IFLA_EXT_MASK};
  std::uint32_t mask = RTEXT_FILTER_SKIP_STATS;
};

// Of all devices, by index.
using LinkNames = std::map<std::uint32_t, std::string>;
Result<LinkNames> read_link_names(Netlink& route);

// The name of one device, which costs less than the list where few are wanted; empty for one that
// has gone.
std::string read_link_name(Netlink& route, std::uint32_t index);

// The name of a device; empty for one that has gone, or that none has.
std::string_view find_link(const LinkNames& names, std::uint32_t index) noexcept;

}  // namespace hx
