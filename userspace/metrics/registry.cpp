// SPDX-License-Identifier: Apache-2.0
#include "metrics/registry.h"

#include <chrono>
#include <exception>

#include "base/log.h"

namespace hx {

void Registry::add(std::string name, CollectorPtr unit) {
  units_.push_back({std::move(name), std::move(unit)});
}

void Registry::add_unnamed(CollectorPtr unit) { units_.push_back({{}, std::move(unit)}); }

std::vector<std::string_view> Registry::names() const {
  std::vector<std::string_view> names;
  for (const auto& unit : units_) {
    if (!unit.name.empty()) names.push_back(unit.name);
  }
  return names;
}

// The one place where a unit's error becomes a log line and a metric. A failure is logged when it
// begins, not at every scrape.
bool Registry::run(Unit& unit, MetricSink& out) {
  Status status;
  try {
    status = unit.collector->collect(out);
  } catch (const std::exception& e) {
    status = Error{0, e.what()};
  }
  if (!status && !unit.failing) {
    log(status.error().is_absent() ? LogLevel::kDebug : LogLevel::kWarning,
        "collector " + unit.name + ": " + status.error().message());
  }
  unit.failing = !status;
  return !unit.failing;
}

std::string Registry::scrape(const Filter& wanted) {
  using Clock = std::chrono::steady_clock;
  const std::lock_guard lock(mutex_);
  std::string text;
  text.reserve(last_size_ + last_size_ / 8);
  MetricSink out(text);
  outcomes_.clear();
  for (auto& unit : units_) {
    if (!unit.name.empty() && wanted && !wanted(unit.name)) continue;
    const auto begin = Clock::now();
    const bool success = run(unit, out);
    const std::chrono::duration<double> spent = Clock::now() - begin;
    if (!unit.name.empty()) outcomes_.push_back({unit.name, spent.count(), success});
  }

  auto duration = out.gauge("node_scrape_collector_duration_seconds",
                            "node_exporter: Duration of a collector scrape.");
  for (const auto& outcome : outcomes_)
    duration.add({{"collector", outcome.name}}, outcome.seconds);
  auto success =
      out.gauge("node_scrape_collector_success", "node_exporter: Whether a collector succeeded.");
  for (const auto& outcome : outcomes_) success.add({{"collector", outcome.name}}, outcome.success);
  last_size_ = text.size();
  return text;
}

}  // namespace hx
