// SPDX-License-Identifier: Apache-2.0
// Files with one column a CPU, such as /proc/interrupts: a line "CPU0 CPU1", then lines of
// "NAME: 12 34 what else".
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

namespace hx {

// Views of the text, which must outlive them.
class CpuCounts {
 public:
  // Nothing for a text that does not begin with the CPUs in their order.
  static std::optional<CpuCounts> parse(std::string_view text);

  // Goes to the next line that has a name, not seen before, and a count for each CPU; false when
  // none is left. Lines of another form, such as "ERR: 0", are passed over.
  bool next();

  // The CPUs' numbers, as text. Those off line have no column in some files.
  std::span<const std::string_view> cpus() const noexcept { return cpus_; }
  std::string_view name() const noexcept { return name_; }
  std::span<const std::uint64_t> counts() const noexcept { return counts_; }
  // What stands behind the counts.
  std::string_view rest() const noexcept { return rest_; }

 private:
  explicit CpuCounts(std::vector<std::string_view> cpus, std::string_view lines)
      : lines_(lines), cpus_(std::move(cpus)) {}
  bool parse_line(std::string_view line);

  std::string_view lines_, name_, rest_;
  std::vector<std::string_view> cpus_;
  std::vector<std::uint64_t> counts_;
  std::set<std::string_view> names_;
};

}  // namespace hx
