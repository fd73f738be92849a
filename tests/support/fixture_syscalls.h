// SPDX-License-Identifier: Apache-2.0
// System calls of a fixture host: the same answers on every machine.
#pragma once

#include "base/syscalls.h"

namespace hx::test {

Syscalls fixture_syscalls();

}  // namespace hx::test
