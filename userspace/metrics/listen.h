// SPDX-License-Identifier: Apache-2.0
// Listening sockets for addresses in the forms of Go's net.Listen, which the flags of both replaced
// exporters take.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace hx {

struct ListenSocket {
  Fd fd;
  std::string address;  // as bound, "127.0.0.1:9100" or "[::]:9100"
  std::uint16_t port = 0;
};

// ":9100" (every address, IPv6 and IPv4), "127.0.0.1:9100", "[::1]:9100", "localhost:9100"; port 0
// takes a free one. Connections wait in the backlog until somebody accepts them. Errors name the
// address and say what to do.
Result<ListenSocket> listen_on(std::string_view address);

// A socket that somebody else has made and listens on; `name` is for errors. May be a local one.
Result<ListenSocket> adopt_socket(Fd fd, const std::string& name);

}  // namespace hx
