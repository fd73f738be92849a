// SPDX-License-Identifier: Apache-2.0
#include "base/hang_guard.h"

#include <pthread.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/fd.h"

namespace hx {

using Clock = std::chrono::steady_clock;
using TaskPtr = std::shared_ptr<GuardedTask>;
using State = GuardedTask::State;

struct HangGuard::Shared : std::enable_shared_from_this<Shared> {
  explicit Shared(Limits of_guard)
      : limits(of_guard), timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
    if (!timer) throw std::system_error(errno, std::generic_category(), "create a timer");
  }

  const Limits limits;
  const Fd timer;
  std::thread taking, watching;

  std::mutex mutex;
  std::condition_variable wake;  // for the thread that takes tasks
  std::vector<TaskPtr> tasks;    // of the current run
  std::size_t next = 0;          // the first that nobody has taken
  std::size_t unfinished = 0;    // neither done nor given up
  std::size_t passed_on = 0;     // tasks before this one have another taker behind them
  std::function<void()> ended;
  unsigned taker = 0;  // the number of the thread that takes tasks
  bool stopping = false;

  using Lock = std::unique_lock<std::mutex>;
  bool is_due() const { return next < tasks.size() || (tasks.empty() && ended); }
  void begin_threads();
  void end_threads();
  bool pass_on();
  void set_timer(Clock::duration from_now) const noexcept;
  void take(unsigned number);
  void watch();
  void look(Lock& lock);
  void finish(Lock& lock, std::size_t count);
};

// A thread gives itself its name: that of another one is a file to write, which seccomp forbids.
template <class Function>
std::thread named_thread(const char* name, Function function) {
  return std::thread([name, function = std::move(function)] {
    ::pthread_setname_np(::pthread_self(), name);
    function();
  });
}

void HangGuard::Shared::begin_threads() {
  taking = named_thread("collect", [self = shared_from_this()] { self->take(0); });
  try {
    watching = named_thread("watch", [self = shared_from_this()] { self->watch(); });
  } catch (const std::system_error&) {
    end_threads();
    throw;
  }
}

void HangGuard::Shared::end_threads() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  wake.notify_all();
  set_timer(std::chrono::nanoseconds(1));
  if (watching.joinable()) watching.join();
  taking.join();  // behind each task that hangs there is another taker
}

// Leaves the taking thread where it is. False where there is no further thread to be had.
bool HangGuard::Shared::pass_on() {
  try {
    auto next_taker = named_thread(
        "collect", [self = shared_from_this(), number = taker + 1] { self->take(number); });
    ++taker;
    taking.detach();
    taking = std::move(next_taker);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// Zero: never.
void HangGuard::Shared::set_timer(Clock::duration from_now) const noexcept {
  const auto ns = std::chrono::nanoseconds(from_now).count();
  const itimerspec time{.it_interval = {},
                        .it_value = {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000}};
  ::timerfd_settime(timer.get(), 0, &time, nullptr);
}

// Ends when another thread has become the one that takes tasks.
void HangGuard::Shared::take(unsigned number) {
  Lock lock(mutex);
  for (;;) {
    wake.wait(lock, [&] { return stopping || taker != number || is_due(); });
    if (stopping || taker != number) return;
    if (tasks.empty()) {
      finish(lock, 0);
      continue;
    }
    const TaskPtr task = tasks[next++];
    if (!task->running_) {
      task->state_ = State::kDone;
      task->running_ = true;
      task->since_ = Clock::now();
      lock.unlock();
      task->run();
      lock.lock();
      task->running_ = false;
      if (task->state_ == State::kHung) continue;  // it has been given up meanwhile
    }
    finish(lock, 1);
  }
}

void HangGuard::Shared::watch() {
  for (;;) {
    std::uint64_t expirations = 0;
    if (::read(timer.get(), &expirations, sizeof expirations) < 0 && errno != EINTR) return;
    Lock lock(mutex);
    if (stopping) return;
    if (unfinished != 0) look(lock);
  }
}

// Starts another taker behind what takes long, and gives up what takes too long.
void HangGuard::Shared::look(Lock& lock) {
  const auto now = Clock::now();
  auto look_again = now + limits.patience;
  std::size_t given_up = 0;
  for (std::size_t i = 0; i < next; ++i) {
    GuardedTask& task = *tasks[i];
    if (!task.running_ || task.state_ == State::kHung) continue;
    // The last one taken is the one that the taking thread is in.
    if (i >= passed_on && now >= task.since_ + std::min(limits.patience, limits.limit)) {
      if (pass_on()) passed_on = i + 1;
    }
    if (now >= task.since_ + limits.limit) {
      task.state_ = State::kHung;
      ++given_up;
    } else {
      look_again = std::min(look_again, task.since_ + limits.limit);
    }
  }
  set_timer(look_again - now);
  if (given_up > 0) finish(lock, given_up);
}

// So many more tasks are done or given up.
void HangGuard::Shared::finish(Lock& lock, std::size_t count) {
  unfinished -= count;
  if (unfinished != 0) return;
  set_timer({});
  const auto call = std::exchange(ended, nullptr);
  lock.unlock();
  call();
  lock.lock();
}

HangGuard::~HangGuard() {
  if (shared_) shared_->end_threads();
}

void HangGuard::start(std::span<const TaskPtr> tasks, std::function<void()> ended) {
  if (!shared_) {
    auto shared = std::make_shared<Shared>(limits_);
    shared->begin_threads();
    shared_ = std::move(shared);
  }
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->tasks.assign(tasks.begin(), tasks.end());
    shared_->next = shared_->passed_on = 0;
    shared_->unfinished = tasks.size();
    shared_->ended = std::move(ended);
    shared_->set_timer(std::min(limits_.patience, limits_.limit));
  }
  shared_->wake.notify_all();
}

void HangGuard::run(std::span<const TaskPtr> tasks) {
  if (tasks.empty()) return;
  const auto ended = std::make_shared<std::promise<void>>();
  start(tasks, [ended] { ended->set_value(); });
  ended->get_future().wait();
}

}  // namespace hx
