// SPDX-License-Identifier: Apache-2.0
#include "base/cpu_counts.h"

#include "base/text.h"

namespace hx {

std::optional<CpuCounts> CpuCounts::parse(std::string_view text) {
  auto header = cut(text, '\n');
  std::vector<std::string_view> cpus;
  std::optional<std::uint32_t> last;
  for (auto field = next_field(header); !field.empty(); field = next_field(header)) {
    if (!field.starts_with("CPU")) return std::nullopt;
    field.remove_prefix(3);
    const auto number = to_number<std::uint32_t>(field);
    if (!number || (last && *number <= *last)) return std::nullopt;
    last = number;
    cpus.push_back(field);
  }
  if (cpus.empty()) return std::nullopt;
  return CpuCounts(std::move(cpus), text);
}

bool CpuCounts::next() {
  std::string_view line;
  while (next_line(lines_, line)) {
    if (parse_line(line) && names_.insert(name_).second) return true;
  }
  return false;
}

bool CpuCounts::parse_line(std::string_view line) {
  if (line.find(':') == std::string_view::npos) return false;
  name_ = trim(cut(line, ':'));
  counts_.clear();
  while (counts_.size() < cpus_.size()) {
    const auto count = to_u64(next_field(line));
    if (!count) return false;
    counts_.push_back(*count);
  }
  rest_ = trim(line);
  return !name_.empty();
}

}  // namespace hx
