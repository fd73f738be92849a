// SPDX-License-Identifier: Apache-2.0
// Runs tasks so that one that hangs (a dead mount, a stuck driver) holds up nobody.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace hx {

// What the guard runs. After a hang it goes on running beside everything else and may outlive the
// guard: it must own what it touches, or what it touches must live as long as the process.
class GuardedTask {
 public:
  enum class State {
    kDone,  // ran to its end, or was never run
    kHung,  // was given up and has not come back
  };

  virtual ~GuardedTask() = default;
  // Does not throw.
  virtual void run() = 0;

  // Of the guard's last run(); what the task wrote may be read only if it is done.
  State state() const noexcept { return state_; }

 private:
  friend class HangGuard;
  State state_ = State::kDone;
  bool running_ = false;  // guarded by the guard's mutex
  std::chrono::steady_clock::time_point since_;
};

// One thread runs all tasks one after the other, and what is to follow. When a task takes longer
// than `patience`, another thread goes on with the next one; a task that takes longer than `limit`
// is given up. It keeps its thread, and is skipped until it has come back. So hanging tasks cost
// one thread each, however many runs follow, and a run ends within about `limit`. Who watches
// sleeps on a timer, which costs nothing where nothing hangs.
class HangGuard {
 public:
  struct Limits {
    std::chrono::milliseconds patience{200};
    std::chrono::milliseconds limit{5000};
  };

  explicit HangGuard(Limits limits) : limits_(limits) {}
  // Between runs; waits for no task that hangs.
  ~HangGuard();
  HangGuard(const HangGuard&) = delete;
  HangGuard& operator=(const HangGuard&) = delete;

  // Starts a run and returns; `ended` is called from one of the guard's threads when every task is
  // done or given up. It does not throw, and may start the next run: there is one at a time. Throws
  // std::system_error where threads or descriptors have run out.
  void start(std::span<const std::shared_ptr<GuardedTask>> tasks, std::function<void()> ended);
  // The same, and waits for the end.
  void run(std::span<const std::shared_ptr<GuardedTask>> tasks);

 private:
  struct Shared;

  const Limits limits_;
  std::shared_ptr<Shared> shared_;  // with its threads, which may outlive this; made when needed
};

}  // namespace hx
