// SPDX-License-Identifier: Apache-2.0
#include "metrics/sink.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <string>

#include "base/text.h"

namespace hx::test {
namespace {

std::string with_label(std::string_view value) {
  std::string text;
  MetricSink out(text);
  out.gauge("m", "h").add({{"l", value}}, 1);
  return text.substr(text.rfind("\nm{") + 1);
}

std::string value_text(double value) {
  std::string text;
  append_value(text, value);
  return text;
}

}  // namespace

TEST_CASE("sink: a family has one header and its samples in order") {
  std::string text;
  MetricSink out(text);
  auto family = out.counter("hx_total", "Help.");
  family.add({{"a", "1"}, {"b", "2"}}, 5);
  family.add({{"a", "2"}, {"b", "2"}}, 0.25);
  out.untyped("hx_other", "Other.").add(-1);
  CHECK(text ==
        "# HELP hx_total Help.\n# TYPE hx_total counter\n"
        "hx_total{a=\"1\",b=\"2\"} 5\nhx_total{a=\"2\",b=\"2\"} 0.25\n"
        "# HELP hx_other Other.\n# TYPE hx_other untyped\nhx_other -1\n");
}

TEST_CASE("sink: a family without samples leaves no trace") {
  std::string text;
  MetricSink out(text);
  out.gauge("hx_none", "Help.");
  out.histogram("hx_no_histogram", "Help.");
  CHECK(text.empty());
}

TEST_CASE("sink: help is escaped as the format says") {
  std::string text;
  MetricSink out(text);
  out.gauge("m", "a\\b\n\"c\"").add(1);
  CHECK(text.starts_with("# HELP m a\\\\b\\n\"c\"\n"));
}

TEST_CASE("sink: any bytes in a label value give one valid line") {
  CHECK(with_label("a b") == "m{l=\"a b\"} 1\n");
  CHECK(with_label("") == "m{l=\"\"} 1\n");
  CHECK(with_label("a\nb") == "m{l=\"a\\nb\"} 1\n");
  CHECK(with_label("\"\\") == "m{l=\"\\\"\\\\\"} 1\n");
  CHECK(with_label("\xC3\xBC\xE2\x82\xAC\xF0\x9F\x90\xA7") ==
        "m{l=\"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x90\xA7\"} 1\n");
  CHECK(with_label("x\xFFy") == "m{l=\"x\xEF\xBF\xBDy\"} 1\n");
  CHECK(with_label("\xC3") == "m{l=\"\xEF\xBF\xBD\"} 1\n");
  CHECK(with_label("\xED\xA0\x80\n") == "m{l=\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\n\"} 1\n");
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  for (const auto& value : {every_byte, std::string(1'000'000, '"')}) {
    const auto line = with_label(value);
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(is_utf8(line));
  }
}

TEST_CASE("sink: values in their shortest exact form") {
  CHECK(value_text(0) == "0");
  CHECK(value_text(-0.0) == "-0");
  CHECK(value_text(1) == "1");
  CHECK(value_text(0.1) == "0.1");
  CHECK(value_text(123456789) == "123456789");
  CHECK(value_text(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(value_text(-std::numeric_limits<double>::infinity()) == "-Inf");
  CHECK(value_text(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(to_double(value_text(18446744073709551615.0)) == 18446744073709551615.0);
  CHECK(to_double(value_text(5e-324)) == 5e-324);
  std::string text;
  MetricSink out(text);
  out.gauge("m", "h").add(std::numeric_limits<std::uint64_t>::max());
  out.gauge("n", "h").add(true);
  CHECK(text.find("m 18446744073709551616\n") != std::string::npos);
  CHECK(text.find("n 1\n") != std::string::npos);
}

TEST_CASE("sink: a histogram is cumulative and ends at +Inf") {
  constexpr std::array<double, 2> kBounds{0.001, 0.5};
  constexpr std::array<unsigned long long, 3> kCounts{1, 0, 2};
  std::string text;
  MetricSink out(text);
  out.histogram("h_seconds", "Help.")
      .add({{"d", "sda"}}, {.upper_bounds = kBounds, .counts = kCounts, .sum = 7.5});
  CHECK(text ==
        "# HELP h_seconds Help.\n# TYPE h_seconds histogram\n"
        "h_seconds_bucket{d=\"sda\",le=\"0.001\"} 1\n"
        "h_seconds_bucket{d=\"sda\",le=\"0.5\"} 1\n"
        "h_seconds_bucket{d=\"sda\",le=\"+Inf\"} 3\n"
        "h_seconds_sum{d=\"sda\"} 7.5\nh_seconds_count{d=\"sda\"} 3\n");
}

}  // namespace hx::test
