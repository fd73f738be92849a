// SPDX-License-Identifier: Apache-2.0
// Runs the units of one target, times them, and turns their failures into metrics.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/collector.h"

namespace hx {

class Registry {
 public:
  // True for the units that a scrape asks for (collect[], exclude[]).
  using Filter = std::function<bool(std::string_view name)>;

  // A unit whose success and duration appear as node_scrape_collector_* under its name.
  void add(std::string name, CollectorPtr unit);
  // A unit that is always there: build information, our own process, source states.
  void add_unnamed(CollectorPtr unit);

  // One scrape in text format 0.0.4. Thread-safe: scrapes come one after the other, because each
  // must see a consistent, non-decreasing view.
  std::string scrape(const Filter& wanted = {});

  std::vector<std::string_view> names() const;

 private:
  struct Unit {
    std::string name;  // empty for an unnamed one
    CollectorPtr collector;
    bool failing = false;  // as last logged
  };
  struct Outcome {
    std::string_view name;
    double seconds = 0;
    bool success = false;
  };

  bool run(Unit& unit, MetricSink& out);

  std::mutex mutex_;
  std::vector<Unit> units_;
  std::vector<Outcome> outcomes_;  // reused
  std::size_t last_size_ = 0;
};

}  // namespace hx
