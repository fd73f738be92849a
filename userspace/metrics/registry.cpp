// SPDX-License-Identifier: Apache-2.0
#include "metrics/registry.h"

#include <chrono>
#include <exception>

#include "base/log.h"
#include "metrics/family_names.h"

namespace hx {

// A collector with the result of its last run. A name that is empty is not reported.
class Registry::Unit final : public GuardedTask {
 public:
  Unit(std::string name, CollectorPtr collector)
      : name_(std::move(name)), collector_(std::move(collector)) {}

  void run() override {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    text_.clear();
    MetricSink out(text_);
    try {
      status_ = collector_->collect(out);
    } catch (const std::exception& e) {
      status_ = Error{0, e.what()};
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - begin).count();
  }

  // After the guard's run. The one place where a unit's error becomes a log line and a metric; a
  // failure is logged when it begins, not at every scrape.
  void judge(std::chrono::milliseconds limit) {
    hung_ = state() == State::kHung;
    const bool failed = hung_ || !status_;
    if (failed && !failed_) {
      const Error error = this->error();
      log(error.is_absent() ? LogLevel::kDebug : LogLevel::kWarning,
          "collector " + name_ + ": " + error.message());
    }
    failed_ = failed;
    reported_seconds_ = hung_ ? std::chrono::duration<double>(limit).count() : seconds_;
  }

  // After a failure only.
  Error error() const {
    return hung_ ? Error{ETIMEDOUT, "left alone until it answers"} : status_.error();
  }
  bool yields() const { return collector_->yields(); }
  // Between the guard's run and judge().
  void leave_out_families_of(std::span<const std::string_view> others) {
    if (state() == State::kHung) return;
    const auto dropped = drop_families(text_, others);
    if (!dropped.empty() && status_) {
      status_ = Error{0, "left out " + dropped + ", which another collector has"};
    }
  }
  const std::string& name() const noexcept { return name_; }
  bool success() const noexcept { return !failed_; }
  double seconds() const noexcept { return reported_seconds_; }
  std::string_view text() const noexcept {
    return state() == State::kHung ? std::string_view() : text_;
  }

 private:
  const std::string name_;
  const CollectorPtr collector_;
  // Written by run(), which may be another thread's while the unit hangs.
  std::string text_;  // reused
  Status status_;
  double seconds_ = 0;
  // Written by judge().
  bool hung_ = false, failed_ = false;
  double reported_seconds_ = 0;
};

Registry::Registry(HangGuard::Limits limits) : limits_(limits), guard_(limits) {}
Registry::~Registry() = default;

void Registry::add(std::string name, CollectorPtr unit) {
  units_.push_back(std::make_shared<Unit>(std::move(name), std::move(unit)));
}

void Registry::add_unnamed(CollectorPtr unit) { add({}, std::move(unit)); }

std::vector<std::string_view> Registry::names() const {
  std::vector<std::string_view> names;
  for (const auto& unit : units_) {
    if (!unit->name().empty()) names.push_back(unit->name());
  }
  return names;
}

std::vector<Registry::Failure> Registry::failures() const {
  std::vector<Failure> failures;
  for (const auto& unit : units_) {
    if (!unit->name().empty() && !unit->success())
      failures.push_back({unit->name(), unit->error()});
  }
  return failures;
}

// Costs nothing while nobody who yields has a metric.
void Registry::leave_out_repeated() {
  for (const auto& task : wanted_) {
    auto& unit = static_cast<Unit&>(*task);
    if (!unit.yields() || unit.state() == GuardedTask::State::kHung || unit.text().empty())
      continue;
    std::vector<std::string_view> others;
    for (const auto& other : wanted_) {
      if (other != task) others.push_back(static_cast<const Unit&>(*other).text());
    }
    unit.leave_out_families_of(others);
  }
}

void Registry::begin(const Filter& wanted) {
  if (at_begin_) at_begin_();
  wanted_.clear();
  for (const auto& unit : units_) {
    if (unit->name().empty() || !wanted || wanted(unit->name())) wanted_.push_back(unit);
  }
}

std::string Registry::scrape(const Filter& wanted) {
  const std::lock_guard lock(mutex_);
  begin(wanted);
  guard_.run(wanted_);
  return text();
}

void Registry::start(const Filter& wanted, std::function<void()> ready) {
  begin(wanted);
  guard_.start(wanted_, std::move(ready));
}

std::string Registry::text() {
  leave_out_repeated();
  std::string text;
  text.reserve(last_size_ + last_size_ / 8);
  const auto each_named = [&](auto add) {
    for (const auto& task : wanted_) {
      const auto& unit = static_cast<const Unit&>(*task);
      if (!unit.name().empty()) add(unit);
    }
  };
  for (const auto& task : wanted_) {
    auto& unit = static_cast<Unit&>(*task);
    unit.judge(limits_.limit);
    text += unit.text();
  }
  MetricSink out(text);
  auto duration = out.gauge("node_scrape_collector_duration_seconds",
                            "node_exporter: Duration of a collector scrape.");
  each_named([&](const Unit& unit) { duration.add({{"collector", unit.name()}}, unit.seconds()); });
  auto success =
      out.gauge("node_scrape_collector_success", "node_exporter: Whether a collector succeeded.");
  each_named([&](const Unit& unit) { success.add({{"collector", unit.name()}}, unit.success()); });
  last_size_ = text.size();
  return text;
}

}  // namespace hx
