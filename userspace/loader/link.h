// SPDX-License-Identifier: Apache-2.0
// Owner of one attached program, where a skeleton cannot attach it.
#pragma once

#include <bpf/libbpf.h>

#include <memory>

namespace hx {

struct DestroyLink {
  void operator()(bpf_link* link) const noexcept { bpf_link__destroy(link); }
};
using LinkPtr = std::unique_ptr<bpf_link, DestroyLink>;

}  // namespace hx
