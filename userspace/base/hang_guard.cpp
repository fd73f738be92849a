// SPDX-License-Identifier: Apache-2.0
#include "base/hang_guard.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace hx {

using Clock = std::chrono::steady_clock;
using TaskPtr = std::shared_ptr<GuardedTask>;

struct HangGuard::Shared {
  std::mutex mutex;
  std::condition_variable wake;     // for the thread that takes tasks
  std::condition_variable changed;  // for run()
  std::vector<TaskPtr> tasks;       // of the current run
  std::size_t next = 0;             // the first that nobody has taken
  unsigned taker = 0;               // the number of the thread that takes tasks
  bool stopping = false;

  void work(unsigned number);
};

// Ends when another thread has become the one that takes tasks.
void HangGuard::Shared::work(unsigned number) {
  std::unique_lock lock(mutex);
  for (;;) {
    wake.wait(lock, [&] { return stopping || taker != number || next < tasks.size(); });
    if (stopping || taker != number) return;
    const TaskPtr task = tasks[next++];
    if (!task->running_) {  // else it still hangs
      task->state_ = GuardedTask::State::kDone;
      task->running_ = true;
      task->since_ = Clock::now();
      lock.unlock();
      task->run();
      lock.lock();
      task->running_ = false;
    }
    // run() is woken once where nothing hangs.
    if (taker != number || next == tasks.size()) changed.notify_one();
  }
}

HangGuard::HangGuard(Limits limits) : limits_(limits), shared_(std::make_shared<Shared>()) {
  start_thread();
}

HangGuard::~HangGuard() {
  bool busy = false;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
    busy = std::any_of(shared_->tasks.begin(), shared_->tasks.end(),
                       [](const TaskPtr& task) { return task->running_; });
  }
  shared_->wake.notify_all();
  // run() has returned: what still runs hangs, and may be what our thread is in.
  if (busy) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void HangGuard::start_thread() {
  if (thread_.joinable()) thread_.detach();
  thread_ = std::thread([shared = shared_, number = shared_->taker] { shared->work(number); });
}

void HangGuard::run(std::span<const TaskPtr> tasks) {
  std::unique_lock lock(shared_->mutex);
  shared_->tasks.assign(tasks.begin(), tasks.end());
  shared_->next = 0;
  shared_->wake.notify_all();
  std::size_t watched = 0;  // tasks before this one have been passed on
  for (;;) {
    const auto now = Clock::now();
    auto look_again = now + limits_.patience;
    bool done = shared_->next == shared_->tasks.size();
    for (std::size_t i = 0; i < shared_->next; ++i) {
      GuardedTask& task = *shared_->tasks[i];
      if (!task.running_ || task.state_ == GuardedTask::State::kHung) continue;
      // The last one taken is the one that the taking thread is in.
      if (i >= watched && now >= task.since_ + limits_.patience) {
        watched = i + 1;
        ++shared_->taker;
        start_thread();
      }
      if (now >= task.since_ + limits_.limit) {
        task.state_ = GuardedTask::State::kHung;
      } else {
        done = false;
        look_again = std::min(look_again, task.since_ + limits_.limit);
      }
    }
    if (done) break;
    shared_->changed.wait_until(lock, look_again);
  }
}

}  // namespace hx
