// SPDX-License-Identifier: Apache-2.0
// Name groups fed by the kernel: what lives and dies between two scrapes.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "bpf/support.h"
#include "process/process.h"

namespace hx::test {
namespace {

double cpu_of(std::map<std::string, double>& series, const std::string& group) {
  const std::string family =
      "namedprocess_namegroup_cpu_seconds_total{groupname=\"" + group + "\",mode=";
  return series[family + "\"user\"}"] + series[family + "\"system\"}"];
}

std::string of(const char* family, const std::string& group) {
  return std::string("namedprocess_namegroup_") + family + "{groupname=\"" + group + "\"}";
}

// Field 1 of /proc/PID/schedstat.
double run_seconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/schedstat");
  double ran_ns = 0;
  file >> ran_ns;
  return ran_ns * 1e-9;
}

std::string exited(const std::string& group, const char* reason) {
  return "namedprocess_namegroup_processes_exited_total{groupname=\"" + group + "\",reason=\"" +
         reason + "\"}";
}

}  // namespace

TEST_CASE("lives: 500 processes between two scrapes are all counted, with their whole CPU time") {
  NameGroups groups;
  const NamedProgram program(HX_SPIN, "hx-short");
  for (const int ms : {0, 3}) {
    CAPTURE(ms);
    auto before = scrape(*groups.unit);
    const double used_before = cpu_seconds(usage_of_children());
    const int count = ms == 0 ? 500 : 200;
    for (int i = 0; i < count; ++i) REQUIRE(run_program(program.path(), {std::to_string(ms)}) == 0);
    const double used = cpu_seconds(usage_of_children()) - used_before;
    const auto ended = exited("hx-short", "exit");
    auto after = groups.scrape_until(ended, before[ended] + count);

    CHECK(after[of("processes_started_total", "hx-short")] -
              before[of("processes_started_total", "hx-short")] ==
          count);
    CHECK(after[ended] - before[ended] == count);
    CHECK(after[of("num_procs", "hx-short")] == 0);
    const double counted = cpu_of(after, "hx-short") - cpu_of(before, "hx-short");
    MESSAGE(count << " processes of " << ms << " ms: counted " << counted << " s of " << used
                  << " s");
    // What a process still does after it has been reaped is in our count alone.
    CHECK(counted >= used * 0.995);
    CHECK(counted <= used * 1.02);
  }
  auto last = scrape(*groups.unit);
  CHECK(last["host_exporter_events_dropped_total{map=\"task_events\"}"] == 0);
}

TEST_CASE("lives: threads that end before their process are counted whole") {
  NameGroups groups;
  const NamedProgram program(HX_SPIN, "hx-threads");
  auto before = scrape(*groups.unit);
  const double used_before = cpu_seconds(usage_of_children());
  for (int i = 0; i < 10; ++i) REQUIRE(run_program(program.path(), {"10", "4"}) == 0);
  const double used = cpu_seconds(usage_of_children()) - used_before;
  auto after = groups.scrape_until(exited("hx-threads", "exit"), 10);
  const double counted = cpu_of(after, "hx-threads") - cpu_of(before, "hx-threads");
  MESSAGE("counted " << counted << " s of " << used << " s");
  // getrusage itself misses up to a tick of each thread; we must not miss more than it does.
  CHECK(counted >= used * 0.995);
  CHECK(counted <= used + 10 * 4 * 0.004);
}

TEST_CASE("lives: the threads that exec ends, called by another than the main one, are counted") {
  NameGroups groups;
  const NamedProgram program(HX_SPIN, "hx-exec");
  const double used_before = cpu_seconds(usage_of_children());
  for (int i = 0; i < 20; ++i) REQUIRE(run_program(program.path(), {"10", "3", "exec"}) == 0);
  const double used = cpu_seconds(usage_of_children()) - used_before;
  auto after = groups.scrape_until(exited("hx-exec", "exit"), 20);
  const double counted = cpu_of(after, "hx-exec");
  MESSAGE("counted " << counted << " s of " << used << " s");
  CHECK(after[of("processes_started_total", "hx-exec")] == 20);
  CHECK(counted >= used * 0.995);
  CHECK(counted <= used + 20 * 3 * 0.004);  // as above
}

TEST_CASE("lives: exits are told apart by status and signal") {
  NameGroups groups;
  const NamedProgram sleeper("/bin/sleep", "hx-sleep");
  const NamedProgram failer("/bin/false", "hx-false");
  run_program(failer.path(), {});
  const pid_t pid = ::vfork();  // goes on when the child has called exec
  if (pid == 0) {
    ::execl(sleeper.path().c_str(), sleeper.path().c_str(), "100", nullptr);
    ::_exit(127);
  }
  const std::string asleep =
      "namedprocess_namegroup_states{groupname=\"hx-sleep\",state=\"Sleeping\"}";
  auto alive = groups.scrape_until(asleep, 1);
  CHECK(alive[of("num_procs", "hx-sleep")] == 1);
  CHECK(alive[asleep] == 1);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  auto after = groups.scrape_until(exited("hx-sleep", "signal"), 1);
  CHECK(after[exited("hx-false", "error")] == 1);
  CHECK(after[exited("hx-sleep", "signal")] == 1);
  CHECK(after[of("num_procs", "hx-sleep")] == 0);
}

TEST_CASE("lives: a child that never calls exec is named like its parent") {
  NameGroups groups;
  auto before = scrape(*groups.unit);
  for (int i = 0; i < 20; ++i) {
    run_child([] {
      spin_ms(2);
      return 0;
    });
  }
  const auto ended = exited("bpf_tests", "exit");
  auto after = groups.scrape_until(ended, before[ended] + 20);
  CHECK(after[ended] - before[ended] == 20);
  CHECK(after[of("processes_started_total", "bpf_tests")] -
            before[of("processes_started_total", "bpf_tests")] ==
        20);
  CHECK(cpu_of(after, "bpf_tests") - cpu_of(before, "bpf_tests") >= 0.04);
}

TEST_CASE("lives: a process that calls exec after it was seen moves to the group of its name") {
  ProcessOptions options;
  options.rematch_on_exec = true;
  NameGroups groups(options);
  const NamedProgram sleeper("/bin/sleep", "hx-moved");
  int go[2];
  REQUIRE(::pipe(go) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_NAME, "hx-forked");
    char byte = 0;
    if (::read(go[0], &byte, 1) == 1)
      ::execl(sleeper.path().c_str(), sleeper.path().c_str(), "100", nullptr);
    ::_exit(127);
  }
  auto forked = groups.scrape_until(of("num_procs", "hx-forked"), 1);
  CHECK(forked[of("num_procs", "hx-forked")] == 1);
  REQUIRE(::write(go[1], "x", 1) == 1);
  auto moved = groups.scrape_until(of("num_procs", "hx-moved"), 1);
  CHECK(moved[of("num_procs", "hx-moved")] == 1);
  CHECK(moved[of("num_procs", "hx-forked")] == 0);
  CHECK(moved[of("processes_started_total", "hx-moved")] == 0);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  auto after = groups.scrape_until(exited("hx-moved", "signal"), 1);
  CHECK(after[exited("hx-moved", "signal")] == 1);
  for (const int fd : go) ::close(fd);
}

TEST_CASE("lives: a process older than the daemon counts from the first reading on") {
  const NamedProgram program(HX_SPIN, "hx-old");
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl(program.path().c_str(), program.path().c_str(), "60000", nullptr);
    ::_exit(127);
  }
  while (run_seconds(pid) < 0.2) sleep_ms(20);
  const double before_reading = run_seconds(pid);
  NameGroups groups;
  const double after_reading = run_seconds(pid);
  while (run_seconds(pid) < after_reading + 0.2) sleep_ms(20);
  const double used_before = cpu_seconds(usage_of_children());
  ::kill(pid, SIGTERM);
  ::waitpid(pid, nullptr, 0);
  const double all = cpu_seconds(usage_of_children()) - used_before;
  auto after = groups.scrape_until(exited("hx-old", "signal"), 1);
  // The kernel's run time of a running task is up to a tick old.
  CHECK(cpu_of(after, "hx-old") >= all - after_reading - 0.02);
  CHECK(cpu_of(after, "hx-old") <= all - before_reading + 0.02);
  CHECK(after[of("processes_started_total", "hx-old")] == 0);
}

TEST_CASE("lives: counters never fall while processes come and go") {
  NameGroups groups;
  const NamedProgram program(HX_SPIN, "hx-mono");
  std::map<std::string, double> last;
  for (int round = 0; round < 40; ++round) {
    run_program(program.path(), {"1", "3"});
    auto now = scrape(*groups.unit);
    for (const auto& one : last) {
      const auto& series = one.first;
      if (series.find("_total{") == std::string::npos ||
          series.find("_thread_") != std::string::npos)
        continue;
      CAPTURE(series);
      CHECK(now[series] >= one.second);
    }
    last = std::move(now);
  }
}

}  // namespace hx::test
