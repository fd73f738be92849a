// SPDX-License-Identifier: Apache-2.0
// What the files of the NFS client and of its server in /proc/net/rpc have in common.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "metrics/grouped_samples.h"

namespace hx {

// "net 70 70 69 45": the line's name and the numbers behind it, up to what is none.
struct RpcLine {
  std::string_view name;
  std::vector<std::uint64_t> numbers;
};
RpcLine parse_rpc_line(std::string_view line);

// The methods of a version of the protocol, in the kernel's order.
std::span<const std::string_view> nfs2_methods() noexcept;
std::span<const std::string_view> nfs3_methods() noexcept;

// A column of a line of numbers; one without a name is not exported. The label is optional.
struct RpcColumn {
  std::string_view name{}, help{};
  Label label{};
  MetricType type = MetricType::kCounter;
};
// Adds the columns of a line that are there, in its order.
void add_rpc_columns(GroupedSamples& samples, std::span<const RpcColumn> columns,
                     const RpcLine& line);
// Adds a line of counts by method, which the number of them precedes, with the labels proto and
// method. A method without a name is left out.
void add_rpc_methods(GroupedSamples& samples, const FieldMetric& metric, std::string_view proto,
                     std::span<const std::string_view> methods, const RpcLine& line);

}  // namespace hx
