// SPDX-License-Identifier: Apache-2.0
#include "metrics/field_names.h"

#include "metrics/sink.h"

namespace hx {

bool FieldNames::is_known(std::string_view group, std::string_view field) const noexcept {
  return next_ < places_.size() && places_[next_].field == field && places_[next_].group == group;
}

void FieldNames::remember(std::string_view group, std::string_view field,
                          std::optional<MetricName> metric) {
  if (metric && !is_metric_name(metric->name)) metric.reset();
  if (next_ == places_.size()) places_.emplace_back();
  places_[next_] = {std::string(group), std::string(field), std::move(metric)};
}

}  // namespace hx
