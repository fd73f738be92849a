// SPDX-License-Identifier: Apache-2.0
#include "loader/features.h"

#include <bpf/bpf.h>

#include <algorithm>

#include "loader/skeleton.h"

namespace hx {

Result<KernelTypes> KernelTypes::load() {
  quiet_libbpf();
  btf* types = btf__load_vmlinux_btf();
  if (types == nullptr) return Error{errno, "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF)"};
  return KernelTypes(types);
}

bool KernelTypes::has_member(const char* type, const char* member) const {
  const auto id = btf__find_by_name_kind(types_.get(), type, BTF_KIND_STRUCT);
  if (id < 0) return false;
  const btf_type* structure = btf__type_by_id(types_.get(), static_cast<std::uint32_t>(id));
  const btf_member* members = btf_members(structure);
  for (int i = 0; i < btf_vlen(structure); ++i) {
    const char* name = btf__name_by_offset(types_.get(), members[i].name_off);
    if (name != nullptr && std::string_view(name) == member) return true;
  }
  return false;
}

std::optional<std::int64_t> KernelTypes::enumerator(const char* enumeration,
                                                    const char* name) const {
  const auto id = btf__find_by_name_kind(types_.get(), enumeration, BTF_KIND_ENUM);
  if (id < 0) return std::nullopt;
  const btf_type* type = btf__type_by_id(types_.get(), static_cast<std::uint32_t>(id));
  const struct btf_enum* values = btf_enum(type);
  for (int i = 0; i < btf_vlen(type); ++i) {
    const char* known = btf__name_by_offset(types_.get(), values[i].name_off);
    if (known != nullptr && std::string_view(known) == name) return values[i].val;
  }
  return std::nullopt;
}

std::int32_t KernelTypes::find_tracepoint(const std::string& name) const {
  return btf__find_by_name_kind(types_.get(), ("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF);
}

bool KernelTypes::has_tracepoint(const std::string& name) const {
  return find_tracepoint(name) > 0;
}

// A pointer to a function whose first argument is the tracepoint's own.
std::size_t KernelTypes::tracepoint_arguments(const std::string& name) const {
  const auto id = find_tracepoint(name);
  if (id < 0) return 0;
  const auto type = btf__resolve_type(types_.get(), static_cast<std::uint32_t>(id));
  if (type < 0) return 0;
  const auto* pointer = btf__type_by_id(types_.get(), static_cast<std::uint32_t>(type));
  if (pointer == nullptr || !btf_is_ptr(pointer)) return 0;
  const auto* function = btf__type_by_id(types_.get(), pointer->type);
  if (function == nullptr || !btf_is_func_proto(function)) return 0;
  return std::max<std::size_t>(btf_vlen(function), 1) - 1;
}

Result<Fd> make_trial_map() {
  constexpr std::uint32_t kKey = sizeof(std::uint32_t), kValue = sizeof(std::uint64_t);
  Fd map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "trial", kKey, kValue, 1, nullptr));
  if (!map) return bpf_error("make a map", -errno);
  return map;
}

bool can_read_map(int fd) {
  const std::uint32_t key = 0;
  std::uint64_t value = 0;
  return bpf_map_lookup_elem(fd, &key, &value) == 0;
}

}  // namespace hx
