// SPDX-License-Identifier: Apache-2.0
// Runs tasks so that one that hangs (a dead mount, a stuck driver) holds up nobody.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <thread>
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

// One thread runs all tasks one after the other, which costs two context switches a run. When a
// task takes longer than `patience`, another thread goes on with the next one; a task that takes
// longer than `limit` is given up. It keeps its thread, and is skipped until it has come back. So
// hanging tasks cost one thread each, however many runs follow, and a run ends within about
// `limit`.
class HangGuard {
 public:
  struct Limits {
    std::chrono::milliseconds patience{200};
    std::chrono::milliseconds limit{5000};
  };

  explicit HangGuard(Limits limits);
  // Waits for no task that hangs.
  ~HangGuard();
  HangGuard(const HangGuard&) = delete;
  HangGuard& operator=(const HangGuard&) = delete;

  // Returns when every task is done or given up. From one thread at a time.
  void run(std::span<const std::shared_ptr<GuardedTask>> tasks);

 private:
  struct Shared;
  void start_thread();

  const Limits limits_;
  std::shared_ptr<Shared> shared_;  // with the threads, which may outlive this
  std::thread thread_;              // the one that takes tasks
};

}  // namespace hx
