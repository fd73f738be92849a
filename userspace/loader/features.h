// SPDX-License-Identifier: Apache-2.0
// What the running kernel has, read from its BTF. Never from its version: Rocky's are backported.
#pragma once

#include <bpf/btf.h>

#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
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
  // How many arguments a program on it gets; 0 where there is no such tracepoint.
  std::size_t tracepoint_arguments(const std::string& name) const;

 private:
  struct Free {
    void operator()(btf* types) const noexcept { btf__free(types); }
  };
  explicit KernelTypes(btf* types) : types_(types) {}
  std::int32_t find_tracepoint(const std::string& name) const;

  std::unique_ptr<btf, Free> types_;
};

// A map to try out what is allowed, and whether its descriptor is enough to read it: before 5.19
// (EL 9.2) the kernel wants CAP_BPF for each look.
Result<Fd> make_trial_map();
bool can_read_map(int fd);

}  // namespace hx
