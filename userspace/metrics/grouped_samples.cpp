// SPDX-License-Identifier: Apache-2.0
#include "metrics/grouped_samples.h"

#include <algorithm>

namespace hx {
namespace {

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

Family start_family(MetricSink& out, MetricType type, std::string_view name,
                    std::string_view help) {
  switch (type) {
    case MetricType::kCounter: return out.counter(name, help);
    case MetricType::kGauge: return out.gauge(name, help);
    case MetricType::kUntyped: break;
  }
  return out.untyped(name, help);
}

}  // namespace

const FieldMetric* find_field(std::span<const FieldMetric> table, std::string_view field) noexcept {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const FieldMetric& row) { return row.field == field; });
  return found == table.end() ? nullptr : &*found;
}

void GroupedSamples::add(MetricType type, std::string_view name, std::string_view help,
                         Labels labels, double value) {
  auto family = families_.find(name);
  if (family == families_.end()) {
    if (!is_metric_name(name)) return;
    family = families_.emplace(name, Samples{type, std::string(help), {}}).first;
  }
  family->second.values.emplace(LabelSet(labels.begin(), labels.end()), value);
}

void GroupedSamples::write(MetricSink& out) const {
  std::vector<Label> labels;
  for (const auto& [name, samples] : families_) {
    auto family = start_family(out, samples.type, name, samples.help);
    for (const auto& [label_set, value] : samples.values) {
      labels.assign(label_set.begin(), label_set.end());
      family.add(Labels(labels), value);
    }
  }
}

std::string to_metric_name(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    if (!is_letter(c) && !is_digit(c)) c = '_';
  }
  return name;
}

}  // namespace hx
