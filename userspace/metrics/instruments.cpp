// SPDX-License-Identifier: Apache-2.0
#include "metrics/instruments.h"

#include <prometheus/metric_family.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hx {
namespace {

std::vector<Label> labels_of(const prometheus::ClientMetric& metric) {
  std::vector<Label> labels;
  labels.reserve(metric.label.size());
  for (const auto& label : metric.label) labels.emplace_back(label.name, label.value);
  return labels;
}

// prometheus-cpp keeps the metrics of a family in a hash table; a scrape wants one order.
void sort_metrics(std::vector<prometheus::ClientMetric>& metrics) {
  std::sort(metrics.begin(), metrics.end(),
            [](const auto& a, const auto& b) { return a.label < b.label; });
}

// prometheus-cpp's buckets are cumulative, the sink's are not.
void add_histogram(HistogramFamily& family, const prometheus::ClientMetric& metric) {
  std::vector<double> bounds;
  std::vector<unsigned long long> counts;
  std::uint64_t before = 0;
  for (const auto& bucket : metric.histogram.bucket) {
    if (!std::isinf(bucket.upper_bound)) bounds.push_back(bucket.upper_bound);
    counts.push_back(bucket.cumulative_count - before);
    before = bucket.cumulative_count;
  }
  family.add(Labels(labels_of(metric)),
             {.upper_bounds = bounds, .counts = counts, .sum = metric.histogram.sample_sum});
}

Status write(const prometheus::MetricFamily& family, MetricSink& out) {
  const auto add_all = [&](Family to, auto value_of) {
    for (const auto& metric : family.metric) to.add(Labels(labels_of(metric)), value_of(metric));
    return Status{};
  };
  switch (family.type) {
    case prometheus::MetricType::Counter:
      return add_all(out.counter(family.name, family.help),
                     [](const auto& metric) { return metric.counter.value; });
    case prometheus::MetricType::Gauge:
      return add_all(out.gauge(family.name, family.help),
                     [](const auto& metric) { return metric.gauge.value; });
    case prometheus::MetricType::Histogram: {
      auto histogram = out.histogram(family.name, family.help);
      for (const auto& metric : family.metric) add_histogram(histogram, metric);
      return {};
    }
    default: return Error{ENOTSUP, "write " + family.name};
  }
}

constexpr const char* kRequestsHelp = "Total number of scrapes by HTTP status code.";

}  // namespace

Status Instruments::collect(MetricSink& out) {
  auto families = source_.Collect();
  std::sort(families.begin(), families.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  Status status;
  for (auto& family : families) {
    sort_metrics(family.metric);
    if (auto ok = write(family, out); !ok) status = ok;
  }
  return status;
}

HandlerInstruments::HandlerInstruments()
    : errors_(
          prometheus::BuildCounter()
              .Name("promhttp_metric_handler_errors_total")
              .Help("Total number of internal errors encountered by the promhttp metric handler.")
              .Register(registry_)),
      requests_(prometheus::BuildCounter()
                    .Name("promhttp_metric_handler_requests_total")
                    .Help(kRequestsHelp)
                    .Register(registry_)),
      encoding_errors_(errors_.Add({{"cause", "encoding"}})),
      gathering_errors_(errors_.Add({{"cause", "gathering"}})),
      in_flight_(prometheus::BuildGauge()
                     .Name("promhttp_metric_handler_requests_in_flight")
                     .Help("Current number of scrapes being served.")
                     .Register(registry_)
                     .Add({})) {
  for (const char* code : {"200", "500", "503"}) requests_.Add({{"code", code}});
}

void HandlerInstruments::answered(int http_status) {
  requests_.Add({{"code", std::to_string(http_status)}}).Increment();
}

}  // namespace hx
