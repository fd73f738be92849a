// SPDX-License-Identifier: Apache-2.0
#include "metrics/grouped_samples.h"

#include <doctest/doctest.h>

#include <array>

namespace hx::test {
namespace {

std::string text_of(const GroupedSamples& samples) {
  std::string text;
  MetricSink out(text);
  samples.write(out);
  return text;
}

constexpr std::array kTable{
    FieldMetric{"ms", "hx_seconds", "Time.", MetricType::kGauge, 3, 1000},
    FieldMetric{"n", "hx_total", "Number."},
};

}  // namespace

TEST_CASE("grouped samples: families are written one after another, whatever the order") {
  GroupedSamples samples;
  for (const std::string_view device : {"b", "a"}) {
    samples.add(kTable[0], {{"device", device}}, 1500);
    samples.add(kTable[1], {{"device", device}}, 2);
  }
  samples.add(MetricType::kUntyped, "hx_other", "Other.", {}, 7);
  CHECK(text_of(samples) ==
        "# HELP hx_other Other.\n# TYPE hx_other untyped\nhx_other 7\n"
        "# HELP hx_seconds Time.\n# TYPE hx_seconds gauge\n"
        "hx_seconds{device=\"a\"} 4.5\nhx_seconds{device=\"b\"} 4.5\n"
        "# HELP hx_total Number.\n# TYPE hx_total counter\n"
        "hx_total{device=\"a\"} 2\nhx_total{device=\"b\"} 2\n");
}

TEST_CASE("grouped samples: a series is there once, with its first value") {
  GroupedSamples samples;
  samples.add(kTable[1], {{"device", "a"}}, 1);
  samples.add(kTable[1], {{"device", "a"}}, 2);
  CHECK(text_of(samples) ==
        "# HELP hx_total Number.\n# TYPE hx_total counter\nhx_total{device=\"a\"} 1\n");
}

TEST_CASE("grouped samples: what is no name of a metric is left out") {
  GroupedSamples samples;
  for (const std::string_view name : {"", "1x", "a b", "a\n", "\xff", "a{b=\"c\"}"}) {
    samples.add(MetricType::kGauge, name, "Help.", {}, 1);
  }
  CHECK(text_of(samples).empty());
}

TEST_CASE("grouped samples: a field is found in its table") {
  CHECK(find_field(kTable, "n") == &kTable[1]);
  CHECK(find_field(kTable, "m") == nullptr);
}

TEST_CASE("grouped samples: characters that no metric's name has become underscores") {
  CHECK(to_metric_name("fs.file-nr") == "fs_file_nr");
  CHECK(to_metric_name("a9_Z:\xc3\xa4") == "a9_Z___");
}

}  // namespace hx::test
