// SPDX-License-Identifier: Apache-2.0
// What softirqs are called in labels.
#pragma once

#include <array>
#include <string_view>

namespace hx {

// By number: the kernel's softirq_to_name in small letters.
inline constexpr std::array<std::string_view, 10> kSoftirqNames{
    "hi",           "timer",   "net_tx", "net_rx",  "block",
    "block_iopoll", "tasklet", "sched",  "hrtimer", "rcu"};

}  // namespace hx
