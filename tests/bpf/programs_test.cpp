// SPDX-License-Identifier: Apache-2.0
// What the kernel says of our programs.
#include "loader/programs.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "bpf/support.h"
#include "loader/features.h"
#include "probes/costs.h"
#include "probes/probe.h"
#include "process/process.h"

namespace hx::test {
namespace {

// Everything that the daemon loads, with what flags add to it.
struct Everything {
  HostFs fs{HostRoots{}};
  Sources sources;
  std::unique_ptr<LifeSource> lives = open_life_source(fs, {}, sources);
  GroupSources counts;
  EventLog events;
  std::vector<CollectorPtr> units;

  Everything() {
    REQUIRE(lives != nullptr);
    for (const auto& row : probe_table()) {
      auto made = row.make({.fs = fs,
                            .options = {.sched_slices = true},
                            .lives = lives.get(),
                            .groups = &counts,
                            .sources = &sources,
                            .events = &events});
      if (!made && row.name == "fault" && !has_storage()) continue;
      REQUIRE_MESSAGE(made, made.error().message());
      units.push_back(std::move(*made));
    }
    auto groups =
        make_process_groups(fs, {}, default_config(), std::move(lives), sources, std::move(counts));
    REQUIRE(groups);
    units.push_back(std::move(*groups));
  }

  bool has_storage() const { return reason_of(sources, "sched_storage").empty(); }
};

std::string of(const char* family, const char* program) {
  return std::string("host_exporter_bpf_") + family + "{program=\"" + program + "\"}";
}

}  // namespace

TEST_CASE("programs: each is small enough for the verifier of any kernel") {
  const Everything everything;
  const auto work = verifier_work();
  CHECK(work.size() == program_costs().size());
  CHECK(work.size() >= (everything.has_storage() ? 10 : 7));
  for (const auto& program : work) {
    MESSAGE(program.name << ": " << program.instructions << " instructions verified");
    CHECK(program.instructions > 0);
    CHECK(program.instructions <= 2'000);
  }
}

TEST_CASE("programs: runs are counted while somebody wants them counted, and none is missed") {
  const Everything everything;
  const auto unit = make_program_costs();
  const auto* runs = "runs_total";
  auto before = scrape(*unit);
  {
    const auto window = StatsWindow::open();
    REQUIRE(window);
    for (int i = 0; i < 200; ++i) sleep_ms(1);
  }
  auto after = scrape(*unit);
  const auto grown = [&](const char* family) {
    return after[of(family, "sched/on_sched_switch")] - before[of(family, "sched/on_sched_switch")];
  };
  CHECK(grown(runs) >= 400);
  const double ns = grown("run_seconds_total") / grown(runs) * 1e9;
  MESSAGE(ns << " ns a switch");
  CHECK(ns > 10);
  CHECK(ns < 100'000);
  CHECK(grown("recursion_misses_total") == 0);
}

TEST_CASE("programs: what has been unloaded is not told any more") {
  { const Everything everything; }
  CHECK(program_costs().empty());
  CHECK(scrape(*make_program_costs()).empty());
}

TEST_CASE("programs: tracepoints have the arguments that they know") {
  const auto types = KernelTypes::load();
  REQUIRE(types);
  const auto of_switch = types->tracepoint_arguments("sched_switch");
  CHECK((of_switch == 3 || of_switch == 4));
  const auto of_getrq = types->tracepoint_arguments("block_getrq");
  CHECK((of_getrq == 1 || of_getrq == 3));
  CHECK(types->tracepoint_arguments("hx_none") == 0);
}

}  // namespace hx::test
