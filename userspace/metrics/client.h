// SPDX-License-Identifier: Apache-2.0
// Who connects.
#pragma once

#include <string>

struct sockaddr;

namespace hx {

// This host itself; a null address is none, a local socket has one of its own family.
bool is_this_host(const sockaddr* address) noexcept;

// The same for all that one client can choose: an IPv4 address, the network (/64) of an IPv6 one.
std::string limit_key(const sockaddr* address);

}  // namespace hx
