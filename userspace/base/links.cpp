// SPDX-License-Identifier: Apache-2.0
#include "base/links.h"

#include <net/if.h>
#include <sys/ioctl.h>

#include <cstring>

namespace hx {

Result<LinkNames> read_link_names(Netlink& route) {
  LinkNames names;
  const auto ok =
      route.dump(RTM_GETLINK, LinkRequest{}, [&](std::uint16_t type, std::string_view message) {
        if (type != RTM_NEWLINK) return;
        auto rest = after_struct<ifinfomsg>(message);
        NetlinkAttribute attribute;
        while (next_attribute(rest, attribute)) {
          if (attribute.type != IFLA_IFNAME) continue;
          const auto index = static_cast<std::uint32_t>(read_struct<ifinfomsg>(message).ifi_index);
          names[index] = attribute.text();
        }
      });
  if (!ok) return ok.error();
  return names;
}

std::string read_link_name(Netlink& route, std::uint32_t index) {
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(index);
  if (!route.control(SIOCGIFNAME, &request)) return {};
  return {request.ifr_name, ::strnlen(request.ifr_name, sizeof request.ifr_name)};
}

std::string_view find_link(const LinkNames& names, std::uint32_t index) noexcept {
  const auto found = names.find(index);
  return found == names.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace hx
