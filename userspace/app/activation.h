// SPDX-License-Identifier: Apache-2.0
// Sockets that the service manager has opened, sd_listen_fds(3).
#pragma once

#include <vector>

#include "app/target.h"
#include "base/result.h"
#include "metrics/listen.h"

namespace hx {

// One list for each plan. A socket goes to the target that it is named after (FileDescriptorName=
// node or process); where none is, each target has one, in their order, or all go to the only
// target. Takes the sockets, and the variables of the environment that tell of them.
Result<std::vector<std::vector<ListenSocket>>> activated_sockets(
    const std::vector<TargetPlan>& plans);

}  // namespace hx
