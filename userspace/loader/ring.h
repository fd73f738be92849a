// SPDX-License-Identifier: Apache-2.0
// Owner of libbpf's reader of a ring buffer.
#pragma once

#include <bpf/libbpf.h>

#include <memory>

namespace hx {

struct FreeRing {
  void operator()(ring_buffer* ring) const noexcept { ring_buffer__free(ring); }
};
using RingPtr = std::unique_ptr<ring_buffer, FreeRing>;

}  // namespace hx
