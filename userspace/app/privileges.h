// SPDX-License-Identifier: Apache-2.0
// The capabilities of this process, capabilities(7), and their end.
#pragma once

#include <cstdint>

#include "app/options.h"
#include "base/result.h"

namespace hx {

using CapabilitySet = std::uint64_t;  // bit n: capability n of linux/capability.h

// Those in force for the calling thread.
CapabilitySet capabilities();

// The least paranoid level that these capabilities can feed in full.
int level_within(CapabilitySet capabilities) noexcept;

// Whether this kernel lets nobody read maps who lacks CAP_BPF; tried out, by who has it.
bool maps_need_capability();

// What serving at this level goes on needing when everything is loaded and attached.
CapabilitySet needed_to_serve(int level, const Options& options, bool maps_need_bpf) noexcept;

// Takes everything else from every thread of this process, for good: the sets of capabilities, the
// bounding set included where that is ours to change, and what exec could gain. Looks at all
// threads afterwards; an error says what is left.
Status keep_only(CapabilitySet keep);

}  // namespace hx
