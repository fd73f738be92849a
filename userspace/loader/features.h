// SPDX-License-Identifier: Apache-2.0
// What the running kernel has, read from its BTF. Never from its version: Rocky's are backported.
#pragma once

#include <bpf/btf.h>

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace hx {

class KernelTypes {
 public:
  // The kernel's own BTF; an error where it has none.
  static Result<KernelTypes> load();

  // Whether structure `type` has a direct member of that name.
  bool has_member(const char* type, const char* member) const;
  // Value of an enumerator, if the kernel has the enumeration and it.
  std::optional<std::int64_t> enumerator(const char* enumeration, const char* name) const;
  bool has_tracepoint(const std::string& name) const;

 private:
  struct Free {
    void operator()(btf* types) const noexcept { btf__free(types); }
  };
  explicit KernelTypes(btf* types) : types_(types) {}

  std::unique_ptr<btf, Free> types_;
};

}  // namespace hx
