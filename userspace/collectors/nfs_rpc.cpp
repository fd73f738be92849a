// SPDX-License-Identifier: Apache-2.0
#include "collectors/nfs_rpc.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hx {
namespace {

constexpr std::array<std::string_view, 18> kNfs2{
    "Null",   "GetAttr", "SetAttr", "Root", "Lookup",  "ReadLink", "Read",  "WrCache", "Write",
    "Create", "Remove",  "Rename",  "Link", "SymLink", "MkDir",    "RmDir", "ReadDir", "FsStat"};
constexpr std::array<std::string_view, 22> kNfs3{
    "Null",    "GetAttr",     "SetAttr", "Lookup", "Access",   "ReadLink", "Read",   "Write",
    "Create",  "MkDir",       "SymLink", "MkNod",  "Remove",   "RmDir",    "Rename", "Link",
    "ReadDir", "ReadDirPlus", "FsStat",  "FsInfo", "PathConf", "Commit"};

}  // namespace

RpcLine parse_rpc_line(std::string_view line) {
  RpcLine parsed{next_field(line), {}};
  while (const auto number = to_u64(next_field(line))) parsed.numbers.push_back(*number);
  return parsed;
}

std::span<const std::string_view> nfs2_methods() noexcept { return kNfs2; }
std::span<const std::string_view> nfs3_methods() noexcept { return kNfs3; }

void add_rpc_columns(GroupedSamples& samples, std::span<const RpcColumn> columns,
                     const RpcLine& line) {
  const auto count = std::min(columns.size(), line.numbers.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto& column = columns[i];
    if (column.name.empty()) continue;
    const auto labels = column.label.first.empty() ? Labels() : Labels(&column.label, 1);
    samples.add(column.type, column.name, column.help, labels,
                static_cast<double>(line.numbers[i]));
  }
}

void add_rpc_methods(GroupedSamples& samples, const FieldMetric& metric, std::string_view proto,
                     std::span<const std::string_view> methods, const RpcLine& line) {
  if (line.numbers.empty()) return;
  const auto counts = std::span(line.numbers).subspan(1);
  const auto count = std::min(methods.size(), counts.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (methods[i].empty()) continue;
    samples.add(metric, {{"method", methods[i]}, {"proto", proto}}, counts[i]);
  }
}

}  // namespace hx
