// SPDX-License-Identifier: Apache-2.0
// Runs the units of one target, times them, and turns their failures into metrics. A unit that
// hangs is a failure of its own: the others answer in time.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/hang_guard.h"
#include "metrics/collector.h"

namespace hx {

class Registry {
 public:
  // True for the units that a scrape asks for (collect[], exclude[]).
  using Filter = std::function<bool(std::string_view name)>;

  // A unit that takes longer than limits.limit fails. It is left alone until it has come back, so
  // what a unit refers to should live as long as the process.
  explicit Registry(HangGuard::Limits limits = {});
  ~Registry();

  // Called at the begin of each scrape, before the units.
  void at_begin(std::function<void()> call) { at_begin_ = std::move(call); }

  // A unit whose success and duration appear as node_scrape_collector_* under its name.
  void add(std::string name, CollectorPtr unit);
  // A unit that is always there: build information, our own process, source states.
  void add_unnamed(CollectorPtr unit);

  // One scrape in text format 0.0.4. Thread-safe: scrapes come one after the other, because each
  // must see a consistent, non-decreasing view.
  std::string scrape(const Filter& wanted = {});

  // The same in two steps, for one scrape at a time: start() returns at once, and `ready` is called
  // from another thread when text() may be; see HangGuard::start().
  void start(const Filter& wanted, std::function<void()> ready);
  std::string text();

  std::vector<std::string_view> names() const;

  struct Failure {
    std::string name;
    Error error;
  };
  // The named units that failed in the last scrape.
  std::vector<Failure> failures() const;

 private:
  class Unit;
  void begin(const Filter& wanted);
  void leave_out_repeated();

  std::mutex mutex_;
  const HangGuard::Limits limits_;
  HangGuard guard_;
  std::vector<std::shared_ptr<Unit>> units_;
  std::vector<std::shared_ptr<GuardedTask>> wanted_;  // by the current scrape
  std::size_t last_size_ = 0;
  std::function<void()> at_begin_;
};

}  // namespace hx
