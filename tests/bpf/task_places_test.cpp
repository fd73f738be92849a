// SPDX-License-Identifier: Apache-2.0
// Where sched keeps what it knows of a task, see bpf/lib/sched_tasks.bpf.h.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>

#include "bpf/support.h"
#include "loader/features.h"

namespace hx::test {
namespace {

std::string series(const char* suffix, const char* group) {
  return std::string("namedprocess_namegroup_runqueue_latency_seconds_") + suffix +
         "{groupname=\"" + group + "\"}";
}

// Between two processes: as often as one gives, the others may take.
class Turns {
 public:
  Turns() { REQUIRE(::pipe2(ends_, O_CLOEXEC) == 0); }
  ~Turns() {
    for (const int end : ends_) ::close(end);
  }
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  void give(std::size_t count) const {
    const std::string turns(count, 'x');
    if (::write(ends_[1], turns.data(), count) != static_cast<ssize_t>(count)) ::_exit(1);
  }
  bool take() const {
    char turn = 0;
    return ::read(ends_[0], &turn, 1) == 1;
  }
  bool take_within_a_minute() const {
    pollfd there{.fd = ends_[0], .events = POLLIN, .revents = 0};
    return ::poll(&there, 1, 60'000) == 1 && take();
  }

 private:
  int ends_[2]{};
};

// Threads that wait until all of them may run, on one CPU, and sleep for good then.
struct Crowd {
  static constexpr std::size_t kThreads = 5'000;

  Turns made, start, done;
  std::atomic<std::size_t> ran = 0;

  [[noreturn]] void be() {
    ::prctl(PR_SET_NAME, "hx-crowd");
    pin_to_cpu0();
    pthread_attr_t small;
    ::pthread_attr_init(&small);
    ::pthread_attr_setstacksize(&small, std::size_t{128} << 10);
    for (std::size_t i = 0; i < kThreads; ++i) {
      pthread_t thread{};
      if (::pthread_create(&thread, &small, run, this) != 0) ::_exit(1);
    }
    made.give(1);
    for (;;) ::pause();
  }

 private:
  static void* run(void* self) {
    auto& crowd = *static_cast<Crowd*>(self);
    crowd.start.take();
    if (++crowd.ran == kThreads) crowd.done.give(1);
    for (;;) ::pause();
  }
};

}  // namespace

TEST_CASE("task_places: more tasks than there are places for wait as long as the kernel says") {
  CountedGroups latency;
  Crowd crowd;
  const pid_t pid = ::fork();
  if (pid == 0) crowd.be();
  REQUIRE(crowd.made.take_within_a_minute());
  stop(pid);
  auto before = scrape(*latency.groups);
  const double waited_before = waited(pid);
  ::kill(pid, SIGCONT);
  crowd.start.give(Crowd::kThreads);
  REQUIRE(crowd.done.take_within_a_minute());
  stop(pid);
  auto after = scrape(*latency.groups), node = scrape(*latency.sched);
  const double truth = waited(pid) - waited_before;
  end(pid);
  const auto grown = [&](const char* suffix) {
    return after[series(suffix, "hx-crowd")] - before[series(suffix, "hx-crowd")];
  };
  const double lost = node["host_exporter_runqueue_tasks_lost_total"];
  MESSAGE(grown("sum") << " of " << truth << " s, " << lost << " lost");
  CHECK(grown("count") >= Crowd::kThreads - lost);
  if (is_too_old(latency.sources, "sched_storage")) {
    CHECK(lost < 0.1 * Crowd::kThreads);
    return;
  }
  CHECK(lost == 0);
  CHECK(std::abs(grown("sum") - truth) <= 0.01 * truth);
}

TEST_CASE("task_places: a thread that calls exec keeps its place") {
  CountedGroups latency;
  const NamedProgram program(HX_SPIN, "hx-thread-exec"), other(HX_SPIN, "hx-competitor");
  const pid_t competitor = start_pinned(other.path(), {"8000"});
  const pid_t pid = start_pinned(program.path(), {"1000", "2", "exec"});
  sleep_ms(400);
  scrape(*latency.groups);  // it has its group now, and calls exec later
  sleep_ms(900);
  stop(pid);
  auto before = scrape(*latency.groups);
  const double waited_before = waited(pid);
  ::kill(pid, SIGCONT);
  sleep_ms(500);
  stop(pid);
  auto after = scrape(*latency.groups);
  const double truth = waited(pid) - waited_before;
  end(pid);
  end(competitor);
  const double sum =
      after[series("sum", "hx-thread-exec")] - before[series("sum", "hx-thread-exec")];
  MESSAGE(sum << " of " << truth << " s");
  CHECK(truth > 0.15);
  CHECK(std::abs(sum - truth) <= 0.01 * truth);
}

TEST_CASE("task_places: tracepoints have the arguments that programs know") {
  const auto types = KernelTypes::load();
  REQUIRE(types);
  const auto of_switch = types->tracepoint_arguments("sched_switch");
  CHECK((of_switch == 3 || of_switch == 4));
  const auto of_getrq = types->tracepoint_arguments("block_getrq");
  CHECK((of_getrq == 1 || of_getrq == 3));
  CHECK(types->tracepoint_arguments("hx_none") == 0);
}

}  // namespace hx::test
