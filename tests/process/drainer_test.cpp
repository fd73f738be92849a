// SPDX-License-Identifier: Apache-2.0
#include "process/drainer.h"

#include <doctest/doctest.h>
#include <sys/eventfd.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace hx::test {
namespace {

class Event {
 public:
  Event() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  int fd() const noexcept { return fd_.get(); }
  void signal() const {
    const std::uint64_t one = 1;
    REQUIRE(::write(fd_.get(), &one, sizeof(one)) == sizeof(one));
  }

 private:
  Fd fd_;
};

// Waits for ten seconds at most.
template <class Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace

TEST_CASE("drainer: each signal wakes it once") {
  const Event event;
  std::atomic<int> calls = 0;
  const Drainer drainer(event.fd(), [&] { ++calls; });
  for (int i = 1; i <= 3; ++i) {
    event.signal();
    CHECK(eventually([&] { return calls == i; }));
  }
  // The descriptor stays readable, as a ring that a scrape drains at the same time: no busy loop.
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  CHECK(calls == 3);
}

TEST_CASE("drainer: it works on a thread of its own") {
  const Event event;
  std::atomic<std::thread::id> worker{};
  const Drainer drainer(event.fd(), [&] { worker = std::this_thread::get_id(); });
  event.signal();
  CHECK(eventually([&] { return worker.load() != std::thread::id(); }));
  CHECK(worker.load() != std::this_thread::get_id());
}

TEST_CASE("drainer: its end waits for the call that is on its way, and no other follows") {
  const Event event;
  std::atomic<int> begun = 0, done = 0;
  {
    const Drainer drainer(event.fd(), [&] {
      ++begun;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      ++done;
    });
    event.signal();
    REQUIRE(eventually([&] { return begun == 1; }));
  }
  CHECK(done == 1);
  event.signal();
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(begun == 1);
}

TEST_CASE("drainer: it ends though nothing was ever signalled") {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    const Event event;
    const Drainer drainer(event.fd(), [] {});
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

}  // namespace hx::test
