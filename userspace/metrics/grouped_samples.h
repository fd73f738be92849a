// SPDX-License-Identifier: Apache-2.0
// For sources that are read device by device: keeps samples in any order and writes them family by
// family, as the exposition format wants them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/sink.h"

namespace hx {

enum class MetricType : std::uint8_t { kCounter, kGauge, kUntyped };

// Row of a table: as what a field of a file, or a file of a directory, is exported.
struct FieldMetric {
  std::string_view field, name, help;
  MetricType type = MetricType::kCounter;
  // What one of the field's is in seconds, bytes or the like, or how many of it one of those is:
  // upstream multiplies here and divides there, which differs in the last digit.
  double factor = 1, divisor = 1;
};

// Null for a field that is not in the table.
const FieldMetric* find_field(std::span<const FieldMetric> table, std::string_view field) noexcept;

class GroupedSamples {
 public:
  // A series that is there already keeps its value: one twice would spoil the whole scrape. So
  // would a name that is none: its sample is dropped. Label names must outlive the samples.
  void add(MetricType type, std::string_view name, std::string_view help, Labels labels,
           double value);
  void add(MetricType type, std::string_view name, std::string_view help,
           std::initializer_list<Label> labels, double value) {
    add(type, name, help, Labels(labels.begin(), labels.size()), value);
  }
  template <Number N>
  void add(const FieldMetric& metric, Labels labels, N value) {
    add(metric.type, metric.name, metric.help, labels,
        static_cast<double>(value) * metric.factor / metric.divisor);
  }
  template <Number N>
  void add(const FieldMetric& metric, std::initializer_list<Label> labels, N value) {
    add(metric, Labels(labels.begin(), labels.size()), value);
  }

  // Families sorted by name, samples by labels.
  void write(MetricSink& out) const;

 private:
  using LabelSet = std::vector<std::pair<std::string_view, std::string>>;
  struct Samples {
    MetricType type;
    std::string help;
    std::map<LabelSet, double> values;
  };
  std::map<std::string, Samples, std::less<>> families_;
};

// What a name's characters become in the name of a metric: "fs.file-nr" is "fs_file_nr".
std::string to_metric_name(std::string_view text);

}  // namespace hx
