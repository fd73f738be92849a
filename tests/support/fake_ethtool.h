// SPDX-License-Identifier: Apache-2.0
// The kernel's side of the ethtool ioctls from memory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/syscalls.h"

namespace hx::test {

struct FakeLink {
  std::uint32_t supported = 0, advertised = 0;
  bool autonegotiates = false;
};

struct FakeNic {
  std::string driver = {}, version = {}, firmware = {}, bus = {};
  std::vector<std::pair<std::string, std::uint64_t>> counters = {};
  std::optional<FakeLink> link = {};
  std::size_t announced = SIZE_MAX;  // how many counters, if not all: the others came later
};

// Makes SIOCETHTOOL of `sys` answer so for the devices by name; every other request fails. As for
// netlink, the answers are those of the last call.
void answer_ethtool(Syscalls& sys, std::map<std::string, FakeNic> nics);

}  // namespace hx::test
