// SPDX-License-Identifier: Apache-2.0
// What the kernel does for a daemon that serves, and nothing else: seccomp(2).
#pragma once

#include "base/result.h"

namespace hx {

// From now on, and in every thread of this process, system calls that serving does not need fail
// with EPERM: no program is started, no file written, no process looked into, no kernel program
// loaded. Needs no capability. What a library asks for in vain is for it to cope with.
Status confine();

}  // namespace hx
