// SPDX-License-Identifier: Apache-2.0
// Where sched keeps what it knows of a task, see bpf/lib/sched_tasks.bpf.h.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cmath>

#include "bpf/support.h"

namespace hx::test {
namespace {

std::string series(const char* suffix, const char* group) {
  return std::string("namedprocess_namegroup_runqueue_latency_seconds_") + suffix +
         "{groupname=\"" + group + "\"}";
}

constexpr std::size_t kThreads = 5'000;

// A crowd of threads on one CPU, of which we have the other ends of its standard input and output.
class Crowd {
 public:
  Crowd() {
    REQUIRE(::pipe2(in_, O_CLOEXEC) == 0);
    REQUIRE(::pipe2(out_, O_CLOEXEC) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      pin_to_cpu0();
      ::dup2(in_[0], STDIN_FILENO);
      ::dup2(out_[1], STDOUT_FILENO);
      ::execl(program_.path().c_str(), program_.path().c_str(), std::to_string(kThreads).c_str(),
              nullptr);
      ::_exit(127);
    }
  }
  ~Crowd() {
    end(pid_);
    for (const int fd : {in_[0], in_[1], out_[0], out_[1]}) ::close(fd);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  pid_t pid() const noexcept { return pid_; }
  void let_run() const {
    const std::string all(kThreads, 'x');
    REQUIRE(::write(in_[1], all.data(), all.size()) == static_cast<ssize_t>(all.size()));
  }
  // Whether it says within a minute that all are there, or have run.
  bool says() const {
    pollfd there{.fd = out_[0], .events = POLLIN, .revents = 0};
    char byte = 0;
    return ::poll(&there, 1, 60'000) == 1 && ::read(out_[0], &byte, 1) == 1;
  }

 private:
  const NamedProgram program_{HX_CROWD, "hx-crowd"};
  int in_[2]{}, out_[2]{};
  pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("task_places: more tasks than there are places for wait as long as the kernel says") {
  CountedGroups latency;
  const Crowd crowd;
  REQUIRE(crowd.says());
  stop(crowd.pid());
  auto before = scrape(*latency.groups);
  const double waited_before = waited(crowd.pid());
  ::kill(crowd.pid(), SIGCONT);
  crowd.let_run();
  REQUIRE(crowd.says());
  stop(crowd.pid());
  auto after = scrape(*latency.groups), node = scrape(*latency.sched);
  const double truth = waited(crowd.pid()) - waited_before;
  const auto grown = [&](const char* suffix) {
    return after[series(suffix, "hx-crowd")] - before[series(suffix, "hx-crowd")];
  };
  const double lost = node["host_exporter_runqueue_tasks_lost_total"];
  MESSAGE(grown("sum") << " of " << truth << " s, " << lost << " lost");
  CHECK(grown("count") >= kThreads - lost);
  if (is_too_old(latency.sources, "sched_storage")) {
    CHECK(lost < 0.1 * kThreads);
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

}  // namespace hx::test
