// SPDX-License-Identifier: Apache-2.0
// Run-queue latency by name group, against what the kernel says of the same tasks.
#include <doctest/doctest.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <thread>

#include "bpf/support.h"
#include "probes/probe.h"
#include "process/process.h"

namespace hx::test {
namespace {

std::string series(const char* suffix, const std::string& group) {
  return std::string("namedprocess_namegroup_runqueue_latency_seconds_") + suffix +
         "{groupname=\"" + group + "\"}";
}

}  // namespace

TEST_CASE("group_latency: groups on one CPU wait as long as the kernel says, threads included") {
  CountedGroups latency;
  const NamedProgram one(HX_SPIN, "hx-wait-one"), two(HX_SPIN, "hx-wait-two");
  const pid_t single = start_pinned(one.path(), {"8000"});
  const pid_t several = start_pinned(two.path(), {"8000", "3"});
  sleep_ms(300);
  stop(single);
  stop(several);
  auto before = scrape(*latency.groups);  // they are named now, and their threads
  const double single_before = waited(single), several_before = waited(several);
  ::kill(single, SIGCONT);
  ::kill(several, SIGCONT);
  sleep_ms(2500);
  stop(single);
  stop(several);
  auto after = scrape(*latency.groups);
  const double single_waited = waited(single) - single_before;
  const double several_waited = waited(several) - several_before;
  end(single);
  end(several);

  const auto sum = [&](const char* group) {
    return after[series("sum", group)] - before[series("sum", group)];
  };
  MESSAGE("one: " << sum("hx-wait-one") << " of " << single_waited
                  << " s, two: " << sum("hx-wait-two") << " of " << several_waited << " s");
  CHECK(single_waited > 1);
  CHECK(std::abs(sum("hx-wait-one") - single_waited) <= 0.01 * single_waited);
  CHECK(std::abs(sum("hx-wait-two") - several_waited) <= 0.01 * several_waited);
  CHECK(after[series("count", "hx-wait-two")] - before[series("count", "hx-wait-two")] > 50);
}

TEST_CASE("group_latency: a wait goes on when the task is moved to another CPU") {
  if (std::thread::hardware_concurrency() < 2) return;
  CountedGroups latency;
  const NamedProgram program(HX_SPIN, "hx-moved");
  const pid_t moved = ::fork();
  if (moved == 0) {  // three times as many as there are CPUs
    const auto threads = std::to_string(3 * std::thread::hardware_concurrency());
    ::execl(program.path().c_str(), program.path().c_str(), "8000", threads.c_str(), nullptr);
    ::_exit(127);
  }
  sleep_ms(300);
  stop(moved);
  auto before = scrape(*latency.groups), node_before = scrape(*latency.sched);
  const double waited_before = waited(moved);
  ::kill(moved, SIGCONT);
  for (int i = 0; i < 60; ++i) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(i % 2, &set);
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(moved) + "/task")) {
      ::sched_setaffinity(std::stoi(entry.path().filename()), sizeof set, &set);
    }
    sleep_ms(20);
  }
  stop(moved);
  auto after = scrape(*latency.groups), node_after = scrape(*latency.sched);
  const double truth = waited(moved) - waited_before;
  end(moved);
  const double sum = after[series("sum", "hx-moved")] - before[series("sum", "hx-moved")];
  MESSAGE(sum << " of " << truth << " s");
  CHECK(truth > 1);
  CHECK(std::abs(sum - truth) <= 0.01 * truth);
  CHECK(node_after["node_task_migrations_total"] - node_before["node_task_migrations_total"] >= 60);
}

TEST_CASE("group_latency: a sleeper behind a real-time hog waits as long as the hog runs") {
  CountedGroups latency;
  const NamedProgram program(HX_SPIN, "hx-delayed");
  const pid_t delayed = start_pinned(program.path(), {"6000"});
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(delayed), -20);  // it waits for the hog alone
  sleep_ms(200);
  auto before = scrape(*latency.groups);

  // 12 ms of every 30: between the bounds of 8.192 and 16.384 ms.
  constexpr int kNoRight = 255;
  const pid_t hog = ::fork();
  if (hog == 0) {
    pin_to_cpu0();
    const sched_param priority{.sched_priority = 10};
    if (::sched_setscheduler(0, SCHED_FIFO, &priority) != 0) ::_exit(kNoRight);
    int between = 0;  // a virtual machine that its host lets wait spins for longer
    for (int i = 0; i < 60; ++i) {
      const auto start = std::chrono::steady_clock::now();
      spin_ms(12);
      between += std::chrono::steady_clock::now() - start < std::chrono::milliseconds(16);
      sleep_ms(18);
    }
    ::_exit(between);
  }
  int status = 0;
  ::waitpid(hog, &status, 0);
  auto after = scrape(*latency.groups);
  end(delayed);
  REQUIRE(WIFEXITED(status));
  const int between = WEXITSTATUS(status);
  if (between == kNoRight) {
    MESSAGE("no right to SCHED_FIFO here");
    return;
  }
  const auto bucket = [&](const char* le) {
    const std::string name =
        "namedprocess_namegroup_runqueue_latency_seconds_bucket{groupname=\"hx-delayed\",le=\"" +
        std::string(le) + "\"}";
    return after[name] - before[name];
  };
  const double in_bucket = bucket("0.016384") - bucket("0.008192");
  if (between < 25) {
    MESSAGE("skipped: this machine itself had to wait, the hog ran undisturbed " << between
                                                                                 << " times");
    return;
  }
  MESSAGE(in_bucket << " waits of 8 to 16 ms, where the hog ran for as long " << between
                    << " times");
  CHECK(in_bucket >= between - 10);
}

TEST_CASE("group_latency: what a child waits before it is named is its parent's") {
  CountedGroups latency;
  const NamedProgram program(HX_SPIN, "hx-parent");
  // The shell's children never call exec: they are forks that wait for each other on one CPU.
  const NamedProgram shell("/bin/sh", "hx-shell");
  const pid_t pid =
      start_pinned(shell.path(), {"-c",
                                  "sleep 1; for i in 1 2 3 4; do (j=0; while [ $j -lt 200000 ]; do "
                                  "j=$((j+1)); done) & done; wait; sleep 5"});
  sleep_ms(300);
  auto before = scrape(*latency.groups);
  sleep_ms(2500);  // all of them between two scrapes
  auto after = scrape(*latency.groups);
  end(pid);
  const double grown = after[series("sum", "hx-shell")] - before[series("sum", "hx-shell")];
  MESSAGE("the shell's children waited " << grown << " s");
  CHECK(grown > 0.3);
}

TEST_CASE(
    "group_latency: what lives between two scrapes waits in its own group, once its name is "
    "known") {
  CountedGroups latency;
  const NamedProgram program(HX_SPIN, "hx-brief");
  run_program(program.path(), {"1"});  // it tells the name
  for (int i = 0; i < 50 && scrape(*latency.groups)[series("count", "hx-brief")] == 0; ++i) {
    run_program(program.path(), {"1"});
    sleep_ms(20);
  }
  auto before = scrape(*latency.groups);
  std::array<pid_t, 4> pids{};
  for (auto& pid : pids) pid = start_pinned(program.path(), {"200"});
  for (const auto pid : pids) ::waitpid(pid, nullptr, 0);
  auto after = scrape(*latency.groups);
  // Each runs for 50 ms of its 200, and waits for the rest.
  const double grown = after[series("sum", "hx-brief")] - before[series("sum", "hx-brief")];
  MESSAGE("waited " << grown << " s");
  CHECK(grown > 0.4);
}

TEST_CASE("group_latency: all groups together have no more waits than the node") {
  CountedGroups latency;
  auto node_before = scrape(*latency.sched), before = scrape(*latency.groups);
  const NamedProgram program(HX_SPIN, "hx-load");
  const pid_t a = start_pinned(program.path(), {"1000"}),
              b = start_pinned(program.path(), {"1000"});
  sleep_ms(1000);
  end(a);
  end(b);
  auto after = scrape(*latency.groups), node_after = scrape(*latency.sched);
  double groups = 0;
  for (const auto& [name, value] : after) {
    if (name.starts_with("namedprocess_namegroup_runqueue_latency_seconds_count")) {
      groups += value - before[name];
    }
  }
  const double node = node_after["node_runqueue_latency_seconds_count"] -
                      node_before["node_runqueue_latency_seconds_count"];
  CHECK(groups > 0);
  CHECK(groups <= node);
}

}  // namespace hx::test
