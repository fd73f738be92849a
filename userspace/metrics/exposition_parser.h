// SPDX-License-Identifier: Apache-2.0
// Reads the text form of metrics (version 0.0.4) that other programs write. Strict as the parser of
// the Prometheus client library, so that what passes here passes there; input may be hostile.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hx {

using OwnedLabels = std::vector<std::pair<std::string, std::string>>;

// A series of a counter, gauge or untyped family has a value. One of a histogram or a summary has a
// sum, a count and points: upper bound and cumulative count, or quantile and value.
struct ParsedSeries {
  OwnedLabels labels;  // sorted by name, without "le" and "quantile" of the points
  double value = 0;
  double sum = 0, count = 0;
  std::vector<std::pair<double, double>> points;  // ascending
};

enum class FamilyType { kUntyped, kCounter, kGauge, kHistogram, kSummary };
// As in a TYPE line.
std::string_view to_text(FamilyType type) noexcept;

struct ParsedFamily {
  std::string name;
  std::optional<std::string> help;
  FamilyType type = FamilyType::kUntyped;
  std::vector<ParsedSeries> series;  // as they stand in the text, repetitions included
};

// The families that have a series, sorted by name. The error of a malformed text names the line. A
// time stamp is an error as well: whoever asks for the families reads them again and again.
Result<std::vector<ParsedFamily>> parse_families(std::string_view text);

// Equal for label sets that name the same series: a label without value is none.
std::string label_signature(const OwnedLabels& labels);

}  // namespace hx
