// SPDX-License-Identifier: Apache-2.0
// Lists of CPUs as sysfs writes them and flags take them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/host_fs.h"

namespace hx {

inline constexpr std::uint32_t kMaxCpus = 8192;  // largest NR_CPUS of any architecture

using CpuList = std::vector<std::uint32_t>;  // ascending

// "0-3,8", and "0-8:4" for every fourth; nothing for other text or another order.
std::optional<CpuList> parse_cpu_list(std::string_view text);

// A file that this kernel lacks is an empty list.
Result<CpuList> read_cpu_list(HotFile& file);

}  // namespace hx
