// SPDX-License-Identifier: Apache-2.0
// The service manager and logind of a fixture host.
#pragma once

#include <sys/socket.h>

namespace hx::test {

// Connects every socket to a bus with the two, whatever the address is: that it exists is the
// fixture's matter.
int connect_fixture_bus(int socket, const sockaddr* address, socklen_t size);

}  // namespace hx::test
