// SPDX-License-Identifier: Apache-2.0
#include "base/cpu_list.h"

#include "base/text.h"

namespace hx {
namespace {

struct Range {
  std::uint32_t first, last, stride;
};

std::optional<Range> parse_range(std::string_view text) {
  const bool strides = text.find(':') != std::string_view::npos;
  auto cpus = cut(text, ':');
  const bool several = cpus.find('-') != std::string_view::npos;
  const auto first = to_number<std::uint32_t>(cut(cpus, '-'));
  const auto last = several ? to_number<std::uint32_t>(cpus) : first;
  const auto stride = strides ? to_number<std::uint32_t>(text) : 1;
  if (!first || !last || !stride || *stride == 0 || *stride > kMaxCpus) return std::nullopt;
  if (*last < *first || *last >= kMaxCpus) return std::nullopt;
  return Range{*first, *last, *stride};
}

}  // namespace

std::optional<CpuList> parse_cpu_list(std::string_view text) {
  CpuList cpus;
  text = trim(text);
  while (!text.empty()) {
    const auto range = parse_range(cut(text, ','));
    if (!range || (!cpus.empty() && range->first <= cpus.back())) return std::nullopt;
    for (auto cpu = range->first; cpu <= range->last; cpu += range->stride) cpus.push_back(cpu);
  }
  return cpus;
}

Result<CpuList> read_cpu_list(HotFile& file) {
  const auto text = file.read();
  if (!text && text.error().is_absent()) return CpuList();
  if (!text) return text.error();
  auto cpus = parse_cpu_list(*text);
  if (!cpus) return Error{EBADMSG, "parse " + file.path()};
  return std::move(*cpus);
}

}  // namespace hx
