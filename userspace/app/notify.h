// SPDX-License-Identifier: Apache-2.0
// The service manager's notification protocol, sd_notify(3): one datagram, no library.
#pragma once

#include <string_view>

namespace hx {

// "READY=1", "STOPPING=1". Does nothing without $NOTIFY_SOCKET; a manager that does not listen is
// not worth an error.
void notify_manager(std::string_view state);

}  // namespace hx
