// SPDX-License-Identifier: Apache-2.0
// How long tasks run at a time, against what the kernel says of their CPU time and switches.
#include <doctest/doctest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cmath>

#include "bpf/support.h"

namespace hx::test {
namespace {

constexpr ProbeOptions kWithSlices{.sched_slices = true};

struct Group {
  std::map<std::string, double> series;
  std::string name;

  double slices(const char* suffix) const {
    return of("oncpu_slice_seconds_" + std::string(suffix), "");
  }
  double cpu_seconds() const {
    return of("cpu_seconds_total", ",mode=\"system\"") + of("cpu_seconds_total", ",mode=\"user\"");
  }
  double switches() const {
    return of("context_switches_total", "ctxswitchtype=\"voluntary\",") +
           of("context_switches_total", "ctxswitchtype=\"nonvoluntary\",");
  }
  double of(const std::string& family, const std::string& label) const {
    const auto group = "groupname=\"" + name + "\"";
    const auto labels = label.ends_with(',') ? label + group : group + label;
    const auto found = series.find("namedprocess_namegroup_" + family + "{" + labels + "}");
    return found == series.end() ? 0 : found->second;
  }
};

}  // namespace

TEST_CASE("slices: they are as long as the group's CPU time and as many as its switches") {
  CountedGroups all({}, default_config(), kWithSlices);
  const NamedProgram program(HX_SPIN, "hx-turns");
  const pid_t pid = start_pinned(program.path(), {"8000", "3"});
  sleep_ms(300);
  stop(pid);
  const Group before{scrape(*all.groups), "hx-turns"};
  ::kill(pid, SIGCONT);
  sleep_ms(2000);
  stop(pid);
  const Group after{scrape(*all.groups), "hx-turns"};
  end(pid);
  const double ran = after.cpu_seconds() - before.cpu_seconds();
  const double sum = after.slices("sum") - before.slices("sum");
  const double switches = after.switches() - before.switches();
  const double count = after.slices("count") - before.slices("count");
  MESSAGE(sum << " of " << ran << " s, " << count << " of " << switches << " switches");
  CHECK(ran > 1);
  CHECK(switches > 50);
  CHECK(std::abs(sum - ran) <= 0.001 * ran);
  CHECK(std::abs(count - switches) <= 0.01 * switches);
}

TEST_CASE("slices: who runs for 12 ms at a time is seen to, in a real-time class too") {
  constexpr int kTurns = 60;
  auto* undisturbed = static_cast<int*>(
      ::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(undisturbed != MAP_FAILED);
  for (const bool is_real_time : {false, true}) {
    CAPTURE(is_real_time);
    *undisturbed = 0;
    const Worker worker("hx-12ms", [&] {
      const sched_param priority{.sched_priority = 10};
      if (is_real_time) ::sched_setscheduler(0, SCHED_FIFO, &priority);
      for (int i = 0; i < kTurns; ++i) {
        const auto start = std::chrono::steady_clock::now();
        spin_ms(12);
        *undisturbed += std::chrono::steady_clock::now() - start < std::chrono::milliseconds(16);
        sleep_ms(5);
      }
    });
    CountedGroups all({}, default_config(), kWithSlices);
    const Group before{scrape(*all.groups), "hx-12ms"};
    worker.start();
    worker.wait();
    sleep_ms(50);
    const Group after{scrape(*all.groups), "hx-12ms"};
    const auto bucket = [&](const char* le) {
      const auto label = ",le=\"" + std::string(le) + "\"";
      return after.of("oncpu_slice_seconds_bucket", label) -
             before.of("oncpu_slice_seconds_bucket", label);
    };
    const double in_bucket = bucket("0.016384") - bucket("0.008192");
    MESSAGE(in_bucket << " of 8 to 16 ms, it ran undisturbed " << *undisturbed << " times");
    CHECK(in_bucket <= kTurns + 1);  // its end may take as long, with sanitizers
    // Somebody else may have been let in between for a moment: in the ordinary class anybody.
    CHECK(in_bucket >= (is_real_time ? *undisturbed - 3 : *undisturbed / 2));
  }
  ::munmap(undisturbed, sizeof(int));
}

TEST_CASE("slices: nobody is told of them unasked") {
  CountedGroups all;
  CHECK(all.counts.slices == nullptr);
  spin_ms(20);
  for (const auto& [name, value] : scrape(*all.groups)) {
    CHECK(name.find("oncpu_slice") == std::string::npos);
  }
}

}  // namespace hx::test
