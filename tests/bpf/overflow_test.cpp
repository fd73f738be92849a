// SPDX-License-Identifier: Apache-2.0
// A ring of births and deaths that nobody drains.
#include <doctest/doctest.h>

#include <cstring>

#include "bpf/support.h"
#include "process/source.h"

namespace hx::test {
namespace {

struct CountEnds final : LifeListener {
  int ends = 0;
  double cpu_seconds = 0;

  void on_fork(const task_fork&) override {}
  void on_exec(const task_exec&, std::string_view) override {}
  void on_thread_end(const task_thread_end&) override {}
  void on_process_end(const task_process_end& end) override {
    if (std::strcmp(end.comm, "hx-flood") != 0) return;
    ++ends;
    cpu_seconds += static_cast<double>(end.totals.runtime_ns) * 1e-9;
  }
};

}  // namespace

TEST_CASE("lives: deaths that find the ring full are counted and keep their CPU time") {
  auto lives = make_life_source();
  REQUIRE_MESSAGE(lives, lives.error().message());
  REQUIRE((*lives)->ensure_deaths());
  const double used_before = cpu_seconds(usage_of_children());
  // Executed, not forked: a child of a sanitized parent copies its whole shadow.
  const NamedProgram program(HX_SPIN, "hx-flood");
  int count = 0;
  while ((*lives)->lost().process_ends < 200 && count < 20'000) {
    REQUIRE(run_program(program.path(), {"0"}) == 0);
    ++count;
  }
  const double used = cpu_seconds(usage_of_children()) - used_before;
  sleep_ms(100);  // the last ones are switched out after they are reaped

  const auto lost = (*lives)->lost();
  CHECK(lost.process_ends > 0);
  CHECK(lost.forks > 0);
  CHECK(lost.overflow_full == 0);
  const auto overflow_ns = (*lives)->overflow_ns();
  REQUIRE(overflow_ns);
  CountEnds drained;
  REQUIRE((*lives)->drain(drained));
  // Other processes of this machine may have ended meanwhile.
  const int found = drained.ends + static_cast<int>(lost.process_ends);
  CHECK(drained.ends < count);
  CHECK(found >= count);
  const double counted = drained.cpu_seconds + static_cast<double>(*overflow_ns) * 1e-9;
  MESSAGE(drained.ends << " ends in the ring, " << lost.process_ends << " past it; " << counted
                       << " s of " << used << " s");
  CHECK(counted >= used * 0.995);

  CountEnds later;
  REQUIRE(run_program(program.path(), {"0"}) == 0);
  sleep_ms(100);
  REQUIRE((*lives)->drain(later));
  CHECK_MESSAGE(later.ends == 1, "a drained ring takes events again");
}

}  // namespace hx::test
