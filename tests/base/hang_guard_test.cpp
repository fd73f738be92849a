// SPDX-License-Identifier: Apache-2.0
#include "base/hang_guard.h"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

namespace hx::test {
namespace {

using namespace std::chrono_literals;
using State = GuardedTask::State;
using Tasks = std::vector<std::shared_ptr<GuardedTask>>;

// Counts its runs; while it is closed, run() hangs.
class Gate final : public GuardedTask {
 public:
  explicit Gate(bool open = true) : open_(open) {}
  ~Gate() override { open(); }

  void run() override {
    std::unique_lock lock(mutex_);
    ++runs_;
    changed_.wait(lock, [this] { return open_; });
    ++ends_;
    changed_.notify_all();
  }

  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_for_end() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ends_ == runs_; });
  }
  int runs() {
    const std::lock_guard lock(mutex_);
    return runs_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_;
  int runs_ = 0, ends_ = 0;
};

class Sleep final : public GuardedTask {
 public:
  explicit Sleep(std::chrono::milliseconds time) : time_(time) {}
  void run() override { std::this_thread::sleep_for(time_); }

 private:
  const std::chrono::milliseconds time_;
};

long threads() {
  long count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    count += entry.is_directory();
  }
  return count;
}

auto seconds_of(HangGuard& guard, const Tasks& tasks) {
  const auto begin = std::chrono::steady_clock::now();
  guard.run(tasks);
  return std::chrono::steady_clock::now() - begin;
}

}  // namespace

TEST_CASE("hang_guard: every task runs once a run, none at all is fine") {
  HangGuard guard({});
  guard.run({});
  const auto a = std::make_shared<Gate>(), b = std::make_shared<Gate>();
  for (int i = 1; i <= 3; ++i) {
    guard.run(Tasks{a, b});
    CHECK(a->state() == State::kDone);
    CHECK(a->runs() == i);
    CHECK(b->runs() == i);
  }
}

TEST_CASE("hang_guard: a task that hangs is given up in time and the others run") {
  HangGuard guard({.patience = 20ms, .limit = 200ms});
  const auto stuck = std::make_shared<Gate>(false), before = std::make_shared<Gate>(),
             after = std::make_shared<Gate>();
  const Tasks tasks{before, stuck, after};
  const auto spent = seconds_of(guard, tasks);
  CHECK(spent >= 200ms);
  CHECK(spent < 2s);
  CHECK(stuck->state() == State::kHung);
  CHECK(before->state() == State::kDone);
  CHECK(after->runs() == 1);

  SUBCASE("it is skipped from then on, and costs neither time nor another thread") {
    const auto threads_before = threads();
    for (int i = 0; i < 20; ++i) CHECK(seconds_of(guard, tasks) < 150ms);
    CHECK(stuck->state() == State::kHung);
    CHECK(stuck->runs() == 1);
    CHECK(after->runs() == 21);
    CHECK(threads() <= threads_before);
  }
  SUBCASE("nobody waits for it where it is the last") {
    CHECK(seconds_of(guard, {before, stuck}) < 15ms);
    CHECK(seconds_of(guard, {stuck}) < 15ms);
  }
  SUBCASE("it is run again when it has come back") {
    stuck->open();
    stuck->wait_for_end();
    std::this_thread::sleep_for(20ms);  // until its thread has said so
    guard.run(tasks);
    CHECK(stuck->state() == State::kDone);
    CHECK(stuck->runs() == 2);
  }
  stuck->open();
  stuck->wait_for_end();
}

TEST_CASE("hang_guard: several that hang cost one limit together and a thread each") {
  HangGuard guard({.patience = 10ms, .limit = 300ms});
  guard.run(Tasks{std::make_shared<Gate>()});  // has its threads now
  Tasks tasks;
  std::vector<std::shared_ptr<Gate>> stuck;
  for (int i = 0; i < 5; ++i) {
    tasks.push_back(stuck.emplace_back(std::make_shared<Gate>(false)));
    tasks.push_back(std::make_shared<Gate>());
  }
  const auto threads_before = threads();
  CHECK(seconds_of(guard, tasks) < 1s);
  guard.run(tasks);
  CHECK(threads() <= threads_before + 5);
  for (const auto& gate : stuck) CHECK(gate->state() == State::kHung);
  CHECK(tasks[1]->state() == State::kDone);
  for (const auto& gate : stuck) {
    gate->open();
    gate->wait_for_end();
  }
}

TEST_CASE("hang_guard: a slow task within the limit is waited for") {
  HangGuard guard({.patience = 10ms, .limit = 5s});
  const auto slow = std::make_shared<Sleep>(100ms);
  const auto last = std::make_shared<Gate>();
  CHECK(seconds_of(guard, {slow, last}) >= 100ms);
  CHECK(slow->state() == State::kDone);
  CHECK(last->runs() == 1);
}

TEST_CASE("hang_guard: a limit shorter than the patience is kept, and the next run has a taker") {
  HangGuard guard({.patience = 10s, .limit = 50ms});
  const auto stuck = std::make_shared<Gate>(false), other = std::make_shared<Gate>();
  CHECK(seconds_of(guard, {stuck}) < 5s);
  CHECK(stuck->state() == State::kHung);
  CHECK(seconds_of(guard, {other, stuck}) < 5s);
  CHECK(other->runs() == 1);
  stuck->open();
  stuck->wait_for_end();
}

TEST_CASE(
    "hang_guard: whoever starts a run goes on, and is called at its end from another thread") {
  HangGuard guard({});
  const auto closed = std::make_shared<Gate>(false);
  std::promise<std::thread::id> ended, ended_again;
  guard.start(Tasks{closed}, [&] {
    ended.set_value(std::this_thread::get_id());
    guard.start({}, [&] { ended_again.set_value(std::this_thread::get_id()); });
  });
  auto end = ended.get_future();
  CHECK(end.wait_for(10ms) == std::future_status::timeout);
  closed->open();
  CHECK(end.get() != std::this_thread::get_id());
  CHECK(ended_again.get_future().get() != std::this_thread::get_id());
}

TEST_CASE("hang_guard: the end of a guard does not wait for a task that hangs") {
  const auto stuck = std::make_shared<Gate>(false);
  const auto begin = std::chrono::steady_clock::now();
  {
    HangGuard guard({.patience = 10ms, .limit = 50ms});
    guard.run(Tasks{stuck});
  }
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  stuck->open();
  stuck->wait_for_end();
}

}  // namespace hx::test
