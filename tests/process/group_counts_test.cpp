// SPDX-License-Identifier: Apache-2.0
#include "process/group_counts.h"

#include <doctest/doctest.h>

#include <map>

#include "process/tracking.h"

namespace hx::test {
namespace {

// The kernel's counts from memory.
struct FakeKernel final : GroupNumbers, TimesSource {
  std::uint32_t count() const override { return 4; }
  Status assign(std::span<const NumberedProcess> processes) override {
    for (const auto& [tgid, number] : processes) number_of[tgid] = number;
    return result;
  }
  Status learn(const Comm& comm, std::uint32_t number) override {
    learnt[comm.data()] = number;
    return result;
  }
  void forget(const Comm& comm) override { learnt.erase(comm.data()); }
  TaskMaps task_maps() const override { return {}; }
  hist_times read(std::uint32_t number, std::size_t) const override {
    const auto found = counts.find(number);
    return found == counts.end() ? hist_times() : found->second;
  }

  std::map<std::uint32_t, std::uint32_t> number_of;
  std::map<std::uint32_t, hist_times> counts;
  std::map<std::string, std::uint32_t> learnt;
  Status result;
};

struct Waiting {
  std::shared_ptr<FakeKernel> kernel = std::make_shared<FakeKernel>();
  GroupCounts waits{{.numbers = kernel,
                     .waits = kernel,
                     .slices = {},
                     .block = {},
                     .block_cgroups = {},
                     .tcp = {}}};
  Tracking tracking;

  explicit Waiting(Tracking::Options options = {}, const std::string& yaml = kNamesAbc)
      : tracking(yaml, options) {}

  Status snapshot(const std::vector<Living>& processes) {
    tracking.snapshot(processes);
    return waits.update(tracking.tracker().groups(), tracking.tracker().regrouped(),
                        tracking.tracker().take_named());
  }
  std::uint32_t number(const std::string& name) { return tracking.group(name).number; }
};

}  // namespace

TEST_CASE("group_counts: processes are told once, under the number of their group") {
  Waiting w;
  REQUIRE(
      w.snapshot({{.pid = 10, .comm = "a"}, {.pid = 11, .comm = "b"}, {.pid = 12, .comm = "a"}}));
  CHECK(w.number("a") != 0);
  CHECK(w.number("b") != 0);
  CHECK(w.number("a") != w.number("b"));
  CHECK(w.kernel->number_of == std::map<std::uint32_t, std::uint32_t>{
                                   {10, w.number("a")}, {11, w.number("b")}, {12, w.number("a")}});
  w.kernel->number_of.clear();
  REQUIRE(
      w.snapshot({{.pid = 10, .comm = "a"}, {.pid = 11, .comm = "b"}, {.pid = 12, .comm = "a"}}));
  CHECK(w.kernel->number_of.empty());
}

TEST_CASE("group_counts: who is in no group is told so, whatever its parent's was") {
  Waiting w({.children = false});
  REQUIRE(w.snapshot({{.pid = 10, .comm = "a"}}));
  REQUIRE(w.snapshot({{.pid = 10, .comm = "a"}, {.pid = 11, .comm = "other", .ppid = 10}}));
  CHECK(w.kernel->number_of.at(11) == 0);
}

TEST_CASE("group_counts: what has been counted since a group has its number is added up") {
  Waiting w;
  REQUIRE(w.snapshot({{.pid = 10, .comm = "a"}}));
  auto& counts = w.kernel->counts[w.number("a")];
  counts.slots[3] = 5;
  counts.sum_ns = 40'000;
  REQUIRE(w.snapshot({{.pid = 10, .comm = "a"}}));
  CHECK(w.tracking.group("a").waits.slots[3] == 5);
  counts.slots[3] = 0xffff'ffff;
  REQUIRE(w.snapshot({}));
  counts.slots[3] = 9;  // it has wrapped
  counts.sum_ns = 50'000;
  REQUIRE(w.snapshot({}));
  CHECK(w.tracking.group("a").waits.slots[3] == 0x1'0000'0009);
  CHECK(w.tracking.group("a").waits.sum_ns == 50'000);
}

TEST_CASE("group_counts: each kind of a source goes to its place in the group") {
  struct Block final : TimesSource {
    hist_times read(std::uint32_t number, std::size_t op) const override {
      hist_times times{};
      times.slots[op] = number == 0 ? 0 : counted * (1 + static_cast<std::uint32_t>(op));
      return times;
    }
    std::uint32_t counted = 0;
  };
  const auto block = std::make_shared<Block>();
  GroupCounts counts({.numbers = std::make_shared<FakeKernel>(),
                      .waits = nullptr,
                      .slices = nullptr,
                      .block = block,
                      .block_cgroups = nullptr,
                      .tcp = nullptr});
  Groups groups;
  const std::vector<Regrouped> regrouped{{.tgid = 1, .group = &groups["a"]}};
  block->counted = 100;  // before the group had its number
  REQUIRE(counts.update(groups, regrouped, {}));
  block->counted = 103;
  REQUIRE(counts.update(groups, {}, {}));
  CHECK(groups["a"].block[0].slots[0] == 3);
  CHECK(groups["a"].block[1].slots[1] == 6);
  CHECK(groups["a"].waits.empty());
}

TEST_CASE("group_counts: a removed group leaves its number, and nothing it has counted") {
  Waiting w({.remove_empty_groups = true});
  REQUIRE(
      w.snapshot({{.pid = 10, .comm = "a"}, {.pid = 11, .comm = "b"}, {.pid = 12, .comm = "c"}}));
  const auto freed = w.number("a");
  w.kernel->counts[freed].slots[1] = 7;
  REQUIRE(w.snapshot({{.pid = 11, .comm = "b"}, {.pid = 12, .comm = "c"}}));
  REQUIRE(
      w.snapshot({{.pid = 11, .comm = "b"}, {.pid = 12, .comm = "c"}, {.pid = 13, .comm = "a"}}));
  CHECK(w.number("a") == freed);
  REQUIRE(w.snapshot({{.pid = 13, .comm = "a"}}));
  CHECK(w.tracking.group("a").waits.slots[1] == 0);
}

TEST_CASE("group_counts: groups past the last number are not told apart") {
  auto kernel = std::make_shared<FakeKernel>();
  GroupCounts waits({.numbers = kernel,
                     .waits = kernel,
                     .slices = {},
                     .block = {},
                     .block_cgroups = {},
                     .tcp = {}});
  Groups groups;
  std::vector<Regrouped> regrouped;
  std::uint32_t tgid = 1;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    regrouped.push_back({tgid++, &groups[name]});
  }
  REQUIRE(waits.update(groups, regrouped, {}));
  CHECK(groups["c"].number == 3);
  CHECK(groups["d"].number == 0);
  CHECK(kernel->number_of.at(5) == 0);
  kernel->counts[0].slots[0] = 1;
  REQUIRE(waits.update(groups, {}, {}));
  CHECK(groups["d"].waits.slots[0] == 0);
}

TEST_CASE("group_counts: a name that has always been in one group is learnt, of the dead as well") {
  Waiting w(Tracking::told());
  REQUIRE(w.snapshot({{.pid = 10, .comm = "a"}, {.pid = 20, .comm = "x"}}));
  w.tracking.fork(20, 30);
  w.tracking.exec(30, "b");
  w.tracking.end({.pid = 30, .comm = "b"});
  REQUIRE(w.snapshot({{.pid = 10, .comm = "a"}, {.pid = 20, .comm = "x"}}));
  CHECK(w.kernel->learnt ==
        std::map<std::string, std::uint32_t>{{"a", w.number("a")}, {"b", w.number("b")}});
  w.waits.forget_names();
  CHECK(w.kernel->learnt.empty());
}

TEST_CASE("group_counts: a name that has been in two groups, or in none, decides nothing") {
  Waiting w({.children = false}, "process_names: [{name: '{{.Username}}', cmdline: [.]}]");
  w.tracking.set_cmdline(10, "a");
  REQUIRE(w.snapshot({{.pid = 10, .comm = "a"}}));
  CHECK(w.kernel->learnt.size() == 1);
  REQUIRE(w.snapshot({{.pid = 10, .comm = "a"}, {.pid = 11, .comm = "a"}}));  // without arguments
  CHECK(w.kernel->learnt.empty());
  w.tracking.set_cmdline(12, "a");
  REQUIRE(w.snapshot({{.pid = 12, .comm = "a"}}));
  CHECK(w.kernel->learnt.empty());
}

TEST_CASE("group_counts: an assignment that fails is an error") {
  Waiting w;
  w.kernel->result = Error{EPERM, "fill map"};
  CHECK_FALSE(w.snapshot({{.pid = 10, .comm = "a"}}));
}

}  // namespace hx::test
