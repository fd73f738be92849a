// SPDX-License-Identifier: Apache-2.0
#include "process/sampler.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "support/temp_host.h"

namespace hx::test {
namespace {

using namespace std::chrono_literals;
using Clock = SamplingPlan::Clock;

void set_pss(const TempHost& host, int pid, int kilobytes) {
  host.write("proc/" + std::to_string(pid) + "/smaps_rollup",
             "00400000-7fff [rollup]\nRss: 9 kB\nPss: " + std::to_string(kilobytes) +
                 " kB\nPss_Anon: 7 kB\nSwapPss: 2 kB\n");
  host.write("proc/" + std::to_string(pid) + "/wchan", "do_wait");
}

std::vector<std::uint32_t> run(SamplingPlan& plan, Clock::time_point now, int most = 100) {
  std::vector<ProcessSample> samples;
  plan.run(now, samples, [&] { return most-- > 0; });
  std::vector<std::uint32_t> pids;
  for (const auto& sample : samples) pids.push_back(sample.process.pid);
  return pids;
}

using Pids = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("sampler: sizes are in bytes, and lines that only begin alike are others") {
  const auto memory =
      parse_smaps_rollup("x\nPss:     12 kB\nPss_Dirty:  5 kB\nSwap:  1 kB\nSwapPss:  3 kB\n");
  REQUIRE(memory);
  CHECK(memory->resident_bytes == 12 * 1024);
  CHECK(memory->swapped_bytes == 3 * 1024);
  CHECK(parse_smaps_rollup("Pss: 1 kB\n")->swapped_bytes == 0);
  for (const char* text : {"", "Pss:", "Pss: x kB\n", "Pss_Dirty: 1 kB\n", "SwapPss: 1 kB\n"}) {
    CHECK_FALSE(parse_smaps_rollup(text));
  }
}

TEST_CASE("sampler: a process is read when it comes and then each interval") {
  const TempHost host;
  SamplingPlan plan(host.fs(), true);
  set_pss(host, 7, 1);
  plan.add({7, 1});
  const auto begin = Clock::now();
  CHECK(run(plan, begin) == Pids{7});
  CHECK(run(plan, begin + SamplingPlan::kInterval - 1s).empty());
  plan.add({7, 1});  // known
  CHECK(run(plan, begin + 1s).empty());
  CHECK(run(plan, begin + SamplingPlan::kInterval) == Pids{7});
}

TEST_CASE("sampler: who was never read comes first, then the oldest, within the budget") {
  const TempHost host;
  SamplingPlan plan(host.fs(), true);
  for (const int pid : {1, 2, 3}) set_pss(host, pid, pid);
  plan.add({1, 1});
  plan.add({2, 1});
  const auto begin = Clock::now();
  CHECK(run(plan, begin, 1) == Pids{2});
  CHECK(run(plan, begin + 1s, 1) == Pids{1});
  plan.add({3, 1});
  CHECK(run(plan, begin + SamplingPlan::kInterval + 1s, 2) == Pids{3, 2});
  CHECK(run(plan, begin + SamplingPlan::kInterval + 1s) == Pids{1});
}

TEST_CASE("sampler: who is gone is forgotten, and its id may be another's") {
  const TempHost host;
  SamplingPlan plan(host.fs(), true);
  plan.add({7, 1});
  const auto begin = Clock::now();
  CHECK(run(plan, begin).empty());
  set_pss(host, 7, 1);
  CHECK(run(plan, begin + SamplingPlan::kInterval).empty());
  plan.add({7, 1});
  plan.add({7, 2});
  std::vector<ProcessSample> samples;
  plan.run(begin, samples, [] { return true; });
  REQUIRE(samples.size() == 1);
  CHECK(samples.front().process.start_ns == 2);
}

TEST_CASE("sampler: memory that cannot be read, or is not asked for, costs only itself") {
  const TempHost host;
  host.write("proc/7/wchan", "do_wait");
  host.write("proc/7/smaps_rollup", "nonsense");
  for (const bool with_memory : {true, false}) {
    if (!with_memory) set_pss(host, 7, 1);
    SamplingPlan plan(host.fs(), with_memory);
    plan.add({7, 1});
    std::vector<ProcessSample> samples;
    plan.run(Clock::now(), samples, [] { return true; });
    REQUIRE(samples.size() == 1);
    CHECK_FALSE(samples.front().memory);
    CHECK(samples.front().waits == Waits{{"do_wait", 1}});
  }
}

TEST_CASE("sampler: each thread waits once, those that run nowhere") {
  const TempHost host;
  host.write("proc/7/wchan", "do_wait");
  host.write("proc/7/task/7/wchan", "do_wait");
  host.write("proc/7/task/8/wchan", "ep_\xFFpoll");
  host.write("proc/7/task/9/wchan", "ep_\xFFpoll");
  host.write("proc/7/task/10/wchan", "0");
  host.write("proc/7/task/11/wchan", "");
  host.make_dir("proc/7/task/12");
  SamplingPlan plan(host.fs(), false);
  plan.add({7, 1});
  std::vector<ProcessSample> samples;
  plan.run(Clock::now(), samples, [] { return true; });
  REQUIRE(samples.size() == 1);
  CHECK(samples.front().waits == Waits{{"do_wait", 1}, {"ep_\uFFFDpoll", 2}});
}

TEST_CASE("sampler: the thread samples this very process") {
  const HostFs fs{HostRoots{}};
  Sampler sampler(fs, true);
  sampler.add({{static_cast<std::uint32_t>(::getpid()), 1}});
  std::vector<ProcessSample> samples;
  for (int i = 0; i < 100 && samples.empty(); ++i) {
    std::this_thread::sleep_for(100ms);
    samples = sampler.take();
  }
  REQUIRE(samples.size() == 1);
  CHECK(samples.front().memory->resident_bytes > 100'000);
  CHECK(sampler.take().empty());
}

}  // namespace hx::test
