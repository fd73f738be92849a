// SPDX-License-Identifier: Apache-2.0
#include "base/links.h"

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

std::string_view find_link(const LinkNames& names, std::uint32_t index) noexcept {
  const auto found = names.find(index);
  return found == names.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace hx
