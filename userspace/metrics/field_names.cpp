// SPDX-License-Identifier: Apache-2.0
#include "metrics/field_names.h"

#include <algorithm>

#include "metrics/sink.h"

namespace hx {

bool FieldNames::is_known(std::string_view group, std::string_view field) const noexcept {
  return next_ < places_.size() && places_[next_].field == field && places_[next_].group == group;
}

void FieldNames::remember(std::string_view group, std::string_view field,
                          std::optional<MetricName> metric) {
  if (metric && !is_metric_name(metric->name)) metric.reset();
  places_.resize(next_);  // what follows may have been left out because of what was here
  const bool is_repeated =
      metric && std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
        return place.metric && place.metric->name == metric->name;
      });
  if (is_repeated) metric.reset();
  places_.push_back({std::string(group), std::string(field), std::move(metric)});
}

}  // namespace hx
