// SPDX-License-Identifier: Apache-2.0
// Names of metrics that are made from names of fields, for files whose fields are not ours to list,
// such as /proc/vmstat.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hx {

struct MetricName {
  std::string name, help;
};

// Remembers what each field is exported as. These files list the same fields in the same order
// until the next boot, so a field is known by its place: at the next scrape it costs one comparison
// of strings, no regular expression and no allocation.
class FieldNames {
 public:
  // Before the first field of each scrape.
  void rewind() noexcept { next_ = 0; }

  // Past as many fields as the last scrape had here.
  void skip(std::size_t fields) noexcept { next_ = std::min(next_ + fields, places_.size()); }

  // What the next field is exported as, null for not at all; valid until the next call. `group` is
  // the protocol or the like that the field belongs to, or empty. describe(group, field) decides,
  // with an std::optional<MetricName>, when another field was in this place so far.
  template <class Describe>
  const MetricName* next(std::string_view group, std::string_view field, const Describe& describe) {
    if (next_ == kMaxFields) return nullptr;
    if (!is_known(group, field)) remember(group, field, describe(group, field));
    const auto& metric = places_[next_++].metric;
    return metric ? &*metric : nullptr;
  }

 private:
  struct Place {
    std::string group, field;
    std::optional<MetricName> metric;
  };
  // Ten times what any such file of Linux 6.18 has.
  static constexpr std::size_t kMaxFields = 4096;

  bool is_known(std::string_view group, std::string_view field) const noexcept;
  // A field that makes no valid metric name, or one that another makes already, is not exported.
  void remember(std::string_view group, std::string_view field, std::optional<MetricName> metric);

  std::vector<Place> places_;
  std::size_t next_ = 0;
};

}  // namespace hx
