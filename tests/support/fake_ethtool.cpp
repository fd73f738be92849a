// SPDX-License-Identifier: Apache-2.0
#include "support/fake_ethtool.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hx::test {
namespace {

std::map<std::string, FakeNic> all_nics;
decltype(Syscalls::ioctl) other_ioctl = nullptr;  // for requests of others

int fail(int code) {
  errno = code;
  return -1;
}

int tell_driver(const FakeNic& nic, ethtool_drvinfo& out) {
  nic.driver.copy(out.driver, sizeof out.driver);
  nic.version.copy(out.version, sizeof out.version);
  nic.firmware.copy(out.fw_version, sizeof out.fw_version);
  nic.bus.copy(out.bus_info, sizeof out.bus_info);
  out.n_stats = static_cast<std::uint32_t>(std::min(nic.counters.size(), nic.announced));
  return 0;
}

int tell_link(const FakeNic& nic, ethtool_cmd& out) {
  if (!nic.link) return fail(EOPNOTSUPP);
  out.supported = nic.link->supported;
  out.advertising = nic.link->advertised;
  out.autoneg = nic.link->autonegotiates ? AUTONEG_ENABLE : AUTONEG_DISABLE;
  return 0;
}

int tell_names(const FakeNic& nic, ethtool_gstrings& out) {
  out.len = static_cast<std::uint32_t>(nic.counters.size());
  auto* name = reinterpret_cast<char*>(out.data);
  for (const auto& counter : nic.counters) {
    std::memset(name, 0, ETH_GSTRING_LEN);
    counter.first.copy(name, ETH_GSTRING_LEN);
    name += ETH_GSTRING_LEN;
  }
  return 0;
}

int tell_values(const FakeNic& nic, ethtool_stats& out) {
  out.n_stats = static_cast<std::uint32_t>(nic.counters.size());
  for (std::size_t i = 0; i < nic.counters.size(); ++i) out.data[i] = nic.counters[i].second;
  return 0;
}

int fake_ioctl(int fd, unsigned long request, void* argument) {
  if (request != SIOCETHTOOL) return other_ioctl(fd, request, argument);
  auto* asked = static_cast<ifreq*>(argument);
  const auto nic = all_nics.find(asked->ifr_name);
  if (nic == all_nics.end()) return fail(ENODEV);
  std::uint32_t command = 0;
  std::memcpy(&command, asked->ifr_data, sizeof command);
  switch (command) {
    case ETHTOOL_GDRVINFO:
      return tell_driver(nic->second, *reinterpret_cast<ethtool_drvinfo*>(asked->ifr_data));
    case ETHTOOL_GSET:
      return tell_link(nic->second, *reinterpret_cast<ethtool_cmd*>(asked->ifr_data));
    case ETHTOOL_GSTRINGS:
      return tell_names(nic->second, *reinterpret_cast<ethtool_gstrings*>(asked->ifr_data));
    case ETHTOOL_GSTATS:
      return tell_values(nic->second, *reinterpret_cast<ethtool_stats*>(asked->ifr_data));
    default: return fail(EOPNOTSUPP);
  }
}

}  // namespace

void answer_ethtool(Syscalls& sys, std::map<std::string, FakeNic> nics) {
  all_nics = std::move(nics);
  other_ioctl = sys.ioctl;
  sys.ioctl = fake_ioctl;
}

}  // namespace hx::test
