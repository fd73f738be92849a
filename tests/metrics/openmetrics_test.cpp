// SPDX-License-Identifier: Apache-2.0
#include "metrics/openmetrics.h"

#include <doctest/doctest.h>

#include <array>

#include "metrics/sink.h"

namespace hx::test {

TEST_CASE("openmetrics: a counter's family has no suffix, its series keep theirs") {
  std::string text;
  MetricSink out(text);
  out.counter("x_total", "How \"many\".\nEver.").add({{"a", "b"}}, 1);
  CHECK(to_openmetrics(text) ==
        "# HELP x How \\\"many\\\".\\nEver.\n# TYPE x counter\nx_total{a=\"b\"} 1\n# EOF\n");
}

TEST_CASE("openmetrics: a counter that would need another name is of unknown type") {
  std::string text;
  MetricSink out(text);
  out.counter("errors", "E.").add(1);
  out.gauge("y", "Y.").add(2);
  out.counter("y_total", "Y.").add(3);
  out.untyped("z", "Z.").add(4);
  CHECK(to_openmetrics(text) ==
        "# HELP errors E.\n# TYPE errors unknown\nerrors 1\n"
        "# HELP y Y.\n# TYPE y gauge\ny 2\n"
        "# HELP y_total Y.\n# TYPE y_total unknown\ny_total 3\n"
        "# HELP z Z.\n# TYPE z unknown\nz 4\n# EOF\n");
}

TEST_CASE("openmetrics: histograms stay as they are, and nothing at all is a text too") {
  std::string text;
  MetricSink out(text);
  const std::array<double, 1> bounds{0.5};
  const std::array<unsigned long long, 2> counts{1, 2};
  out.histogram("h", "H.").add({}, {bounds, counts, 3});
  CHECK(to_openmetrics(text) == text + "# EOF\n");
  CHECK(to_openmetrics("") == "# EOF\n");
}

TEST_CASE("openmetrics: it is given to those who prefer it") {
  const auto prometheus =
      "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;"
      "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
  CHECK(prefers_openmetrics(prometheus));
  CHECK(prefers_openmetrics("application/openmetrics-text"));
  CHECK(prefers_openmetrics(
      "text/plain;q=0.5, application/openmetrics-text ; version=1.0.0 ; q=0.6"));
  CHECK_FALSE(prefers_openmetrics(""));
  CHECK_FALSE(prefers_openmetrics("*/*"));
  CHECK_FALSE(prefers_openmetrics("text/html,application/xhtml+xml,*/*;q=0.8"));
  CHECK_FALSE(prefers_openmetrics("application/openmetrics-text;version=0.0.1"));
  CHECK_FALSE(prefers_openmetrics("application/openmetrics-text;q=0"));
  CHECK_FALSE(prefers_openmetrics("text/plain;q=0.9,application/openmetrics-text;q=0.1"));
  CHECK_FALSE(prefers_openmetrics("application/openmetrics-text;q=x"));
}

}  // namespace hx::test
