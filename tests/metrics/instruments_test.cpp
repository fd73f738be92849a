// SPDX-License-Identifier: Apache-2.0
#include "metrics/instruments.h"

#include <doctest/doctest.h>
#include <prometheus/histogram.h>
#include <prometheus/summary.h>

#include "support/scrape.h"

namespace hx::test {
namespace {

Scrape scrape(const prometheus::Collectable& source) {
  Scrape result;
  MetricSink out(result.text);
  result.status = Instruments(source).collect(out);
  return result;
}

}  // namespace

TEST_CASE("instruments: families by name, their metrics by label") {
  prometheus::Registry registry;
  auto& counters = prometheus::BuildCounter().Name("b_total").Help("B.").Register(registry);
  counters.Add({{"x", "2"}}).Increment(3);
  counters.Add({{"x", "1"}}).Increment(0.5);
  prometheus::BuildGauge().Name("a").Help("A.").Register(registry).Add({}).Set(-1);
  const auto result = scrape(registry);
  CHECK(result.status);
  CHECK(result.text ==
        "# HELP a A.\n# TYPE a gauge\na -1\n"
        "# HELP b_total B.\n# TYPE b_total counter\nb_total{x=\"1\"} 0.5\nb_total{x=\"2\"} 3\n");
}

TEST_CASE("instruments: a histogram keeps its cumulative counts") {
  prometheus::Registry registry;
  auto& histogram = prometheus::BuildHistogram().Name("h").Help("H.").Register(registry).Add(
      {}, prometheus::Histogram::BucketBoundaries{1, 2});
  for (const double value : {0.5, 1.5, 1.5, 9.0}) histogram.Observe(value);
  const auto series = parse_exposition(scrape(registry).text);
  CHECK(series.at("h_bucket{le=\"1\"}") == "1");
  CHECK(series.at("h_bucket{le=\"2\"}") == "3");
  CHECK(series.at("h_bucket{le=\"+Inf\"}") == "4");
  CHECK(series.at("h_count") == "4");
  CHECK(series.at("h_sum") == "12.5");
}

TEST_CASE("instruments: a type the sink does not have is an error and costs only itself") {
  prometheus::Registry registry;
  prometheus::BuildSummary().Name("a").Help("A.").Register(registry).Add(
      {}, prometheus::Summary::Quantiles{});
  prometheus::BuildGauge().Name("b").Help("B.").Register(registry).Add({}).Set(1);
  const auto result = scrape(registry);
  CHECK_FALSE(result.status);
  CHECK(result.value("b") == "1");
}

TEST_CASE(
    "instruments: the handler counts answers by status, as the Go client library names them") {
  HandlerInstruments handler;
  handler.answered(200);
  handler.answered(200);
  handler.answered(400);
  handler.in_flight(3);
  handler.failed_encoding();
  const auto series = parse_exposition(scrape(handler.collectable()).text);
  CHECK(series.at("promhttp_metric_handler_requests_total{code=\"200\"}") == "2");
  CHECK(series.at("promhttp_metric_handler_requests_total{code=\"400\"}") == "1");
  CHECK(series.at("promhttp_metric_handler_requests_total{code=\"500\"}") == "0");
  CHECK(series.at("promhttp_metric_handler_requests_total{code=\"503\"}") == "0");
  CHECK(series.at("promhttp_metric_handler_requests_in_flight") == "3");
  CHECK(series.at("promhttp_metric_handler_errors_total{cause=\"encoding\"}") == "1");
  CHECK(series.at("promhttp_metric_handler_errors_total{cause=\"gathering\"}") == "0");
}

}  // namespace hx::test
