// SPDX-License-Identifier: Apache-2.0
// Which group a living process is counted in, and when it moves.
#include <doctest/doctest.h>

#include "process/tracking.h"

namespace hx::test {
namespace {

Tracking::Options without_children() {
  Tracking::Options options;
  options.children = false;
  return options;
}

}  // namespace

TEST_CASE("tracker: a process that nothing matches joins its parent's group") {
  Tracking t;
  t.snapshot({{.pid = 5, .comm = "a"},
              {.pid = 6, .comm = "x", .counters = ran(2), .ppid = 5},
              {.pid = 7, .comm = "b", .ppid = 5}});
  CHECK(t.processes("a") == 2);
  CHECK(t.user("a") == 2);
  CHECK(t.processes("b") == 1);
  CHECK(t.names() == std::vector{"a"s, "b"s});
}

TEST_CASE("tracker: a group is inherited through new processes that nothing matches") {
  Tracking t;
  // In any order of pids: they start again from below when they have reached their end.
  t.snapshot({{.pid = 30, .comm = "a"},
              {.pid = 20, .comm = "x", .ppid = 30},
              {.pid = 40, .comm = "x", .ppid = 20},
              {.pid = 10, .comm = "x", .ppid = 40},
              {.pid = 50, .comm = "x", .ppid = 10}});
  CHECK(t.processes("a") == 5);
}

TEST_CASE("tracker: nothing is inherited from processes that are in no group or unknown") {
  Tracking t;
  t.snapshot({{.pid = 1, .comm = "init", .ppid = 0}, {.pid = 5, .comm = "x"}});
  t.snapshot({{.pid = 1, .comm = "init", .ppid = 0},
              {.pid = 5, .comm = "x"},
              {.pid = 6, .comm = "y", .ppid = 5},
              {.pid = 7, .comm = "y", .ppid = 99},
              {.pid = 8, .comm = "y", .ppid = 8}});
  CHECK(t.names().empty());
  CHECK(t.tracker().unmatched().gauges.processes == 5);
}

TEST_CASE("tracker: a ring of parents ends") {
  Tracking t;
  t.snapshot({{.pid = 5, .comm = "x", .ppid = 6}, {.pid = 6, .comm = "x", .ppid = 5}});
  CHECK(t.tracker().unmatched().gauges.processes == 2);
}

TEST_CASE("tracker: a process keeps its group when its parent is gone or joins another") {
  Tracking t;
  t.snapshot({{.pid = 5, .comm = "a"}, {.pid = 6, .comm = "x", .ppid = 5}});
  t.snapshot({{.pid = 6, .comm = "x", .ppid = 1}});
  CHECK(t.processes("a") == 1);
}

TEST_CASE("tracker: without children only what matches is in a group") {
  Tracking t(kNamesAbc, without_children());
  t.snapshot({{.pid = 5, .comm = "a"}, {.pid = 6, .comm = "x", .ppid = 5}});
  CHECK(t.processes("a") == 1);
  CHECK(t.tracker().unmatched().gauges.processes == 1);
}

TEST_CASE("tracker: kernel threads have their own sum unless a selector matches them") {
  Tracking t("process_names: [{name: k, comm: ['kworker/0:1-events']}, {cmdline: ['.+']}]");
  t.host().write("proc/7/stat", "7 (kworker/0:1-events) I 2");
  t.snapshot({{.pid = 6, .comm = "kswapd0", .counters = ran(0, 3), .flags = kPfKthread},
              {.pid = 7, .comm = "kworker/0:1", .flags = kPfKthread | kPfWorker}});
  CHECK(t.names() == std::vector{"k"s});
  CHECK(t.tracker().kernel_threads().gauges.processes == 1);
  CHECK(t.tracker().kernel_threads().counted.cpu.system_ns == 3 * kSecond);
}

TEST_CASE("tracker: what /proc says of a process reaches its name") {
  Tracking t(
      "process_names: [{name: '{{.ExeBase}} {{.Username}} {{.Cgroups}} {{.PID}} {{.StartTime}}', "
      "cmdline: ['.+']}]",
      {.boot_time_ns = 1'000'000 * static_cast<std::int64_t>(kSecond)});
  t.set_cmdline(5, "/bin/serve\0-x\0"s);
  t.host().write("proc/5/cgroup", "0::/system.slice/serve.service\n");
  // The kernel's start times are finer than those of /proc, which the name shows.
  t.snapshot({{.pid = 5, .comm = "c", .start_ns = kYoung + 129'999'999}});
  REQUIRE(t.names().size() == 1);
  CHECK(t.names()[0] ==
        "serve root [/system.slice/serve.service] 5 1970-01-12 14:03:21.12 +0000 UTC");
}

TEST_CASE("tracker: a process keeps its first name unless it is to be matched anew") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}, {.pid = 6, .comm = "x"}});
  t.exec(5, "b");
  t.exec(6, "b");
  t.snapshot({{.pid = 5, .comm = "b", .counters = ran(1)}, {.pid = 6, .comm = "b"}});
  CHECK(t.processes("a") == 1);
  CHECK(t.user("a") == 1);
  CHECK(t.names() == std::vector<std::string>{"a"});
}

TEST_CASE("tracker: names past the limit are summed in one group, and counted") {
  auto options = Tracking::told();
  options.max_groups = 2;
  Tracking t("process_names: [{name: '{{.Comm}}', cmdline: []}]", options);
  t.snapshot({{.pid = 5, .comm = "a"},
              {.pid = 6, .comm = "b"},
              {.pid = 7, .comm = "c", .counters = ran(2)},
              {.pid = 8, .comm = "d", .counters = ran(3)}});
  t.snapshot({{.pid = 5, .comm = "a"}, {.pid = 9, .comm = "b"}, {.pid = 7, .comm = "c"}});
  CHECK(t.names() == std::vector<std::string>{"a", "b", "other (limit)"});
  CHECK(t.processes("other (limit)") == 1);
  CHECK(t.user("other (limit)") == 5);
  CHECK(t.tracker().over_limit() == 2);
}

TEST_CASE("tracker: a group whose name is known is there before its first process") {
  const std::string yaml =
      "process_names: [{name: known, comm: [a]}, {name: '{{.PID}}', comm: [b]}]";
  Tracking t(yaml);
  t.snapshot({});
  CHECK(t.names() == std::vector<std::string>{"known"});
  CHECK(t.processes("known") == 0);
  Tracking::Options options;
  options.remove_empty_groups = true;
  Tracking without(yaml, options);
  without.snapshot({});
  CHECK(without.names().empty());
}

TEST_CASE("tracker: with a time limit only young processes are looked at again") {
  Tracking::Options options;
  options.recheck = true;
  options.recheck_age_ns = 10 * kSecond;
  Tracking t(kNamesAbc, options);
  t.snapshot({{.pid = 5, .comm = "x"}, {.pid = 6, .comm = "x"}});
  t.pass(9);
  t.snapshot({{.pid = 5, .comm = "a"}, {.pid = 6, .comm = "x"}});
  t.pass(2);
  t.snapshot({{.pid = 5, .comm = "a"}, {.pid = 6, .comm = "b"}});
  CHECK(t.names() == std::vector<std::string>{"a"});
}

TEST_CASE("tracker: a new configuration names all processes anew, and no counter falls") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(1)},
              {.pid = 6, .comm = "x", .counters = ran(1)},
              {.pid = 7, .comm = "b", .counters = ran(1)}});
  const auto config = parse_config("process_names: [{name: new, comm: [a, x]}]", "test.yml");
  REQUIRE(config);
  t.tracker().use(*config);
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(3)},
              {.pid = 6, .comm = "x", .counters = ran(5)},
              {.pid = 7, .comm = "b", .counters = ran(8)}});
  CHECK(t.processes("a") == 0);
  CHECK(t.user("a") == 1);
  CHECK(t.processes("new") == 2);
  CHECK(t.user("new") == 2 + 4);
  CHECK(t.group("new").started == 0);
  CHECK(t.group("a").started == 1);
  CHECK(t.processes("b") == 0);
  CHECK(t.unmatched() == 1 + 7);
}

TEST_CASE("tracker: a process that is renamed moves, and no counter falls") {
  Tracking t(kNamesAbc, Tracking::rematching());
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(2)}});
  t.snapshot({{.pid = 5, .comm = "b", .counters = ran(5)}});
  CHECK(t.processes("a") == 0);
  CHECK(t.processes("b") == 1);
  CHECK(t.user("a") == 2);
  CHECK(t.user("b") == 3);
  CHECK(t.group("b").started == 0);
  t.snapshot({{.pid = 5, .comm = "b", .counters = ran(6)}});
  CHECK(t.user("b") == 4);
}

TEST_CASE("tracker: a renamed process that nothing matches any more stays a child of its group") {
  Tracking t(kNamesAbc, Tracking::rematching());
  t.snapshot({{.pid = 5, .comm = "a"}});
  t.snapshot({{.pid = 5, .comm = "x"}});
  CHECK(t.processes("a") == 1);

  Tracking alone(kNamesAbc, Tracking::rematching(without_children()));
  alone.snapshot({{.pid = 5, .comm = "a", .counters = ran(1)}});
  alone.snapshot({{.pid = 5, .comm = "x", .counters = ran(3)}});
  CHECK(alone.processes("a") == 0);
  CHECK(alone.user("a") == 1);
  CHECK(alone.unmatched() == 2);
}

TEST_CASE("tracker: a process in no group that is renamed is looked at again") {
  Tracking t(kNamesAbc, Tracking::rematching());
  t.snapshot({{.pid = 5, .comm = "x", .counters = ran(2)}});
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(3)}});
  CHECK(t.processes("a") == 1);
  CHECK(t.user("a") == 1);
  CHECK(t.unmatched() == 2);
}

TEST_CASE("tracker: the name of a kernel worker follows its work and moves nothing") {
  Tracking t("process_names: [{name: '{{.Comm}}', comm: [kworker/0:1-a, kworker/0:1-b]}]",
             Tracking::rematching());
  const auto worker = [](const std::string& comm) {
    return Living{.pid = 7, .comm = comm, .flags = kPfKthread | kPfWorker};
  };
  t.host().write("proc/7/stat", "7 (kworker/0:1-a) I 2");
  t.snapshot({worker("kworker/0:1-a")});
  t.host().write("proc/7/stat", "7 (kworker/0:1-b) I 2");
  t.snapshot({worker("kworker/0:1-b")});
  CHECK(t.names() == std::vector{"kworker/0:1-a"s});
}

TEST_CASE("tracker: only a process that nothing matches for good is ignored") {
  const auto is_ignored = [](Tracking& t, const std::string& comm, std::uint64_t start_ns) {
    task_thread main{};
    main.pid = main.tgid = 5;
    main.start_ns = start_ns;
    set_text(main.comm, comm);
    return t.tracker().is_ignored(main);
  };
  Tracking t(kNamesAbc, Tracking::rematching());
  CHECK_FALSE(is_ignored(t, "x", kYoung));  // not yet seen
  t.snapshot({{.pid = 5, .comm = "x"}});
  CHECK(is_ignored(t, "x", kYoung));
  CHECK_FALSE(is_ignored(t, "x", kYoung + 1));
  CHECK_FALSE(is_ignored(t, "y", kYoung));
  t.exec(5, "x");
  CHECK_FALSE(is_ignored(t, "x", kYoung));

  Tracking matched;
  matched.snapshot({{.pid = 5, .comm = "a"}});
  CHECK_FALSE(is_ignored(matched, "a", kYoung));
  Tracking rechecking(kNamesAbc, {.recheck = true});
  rechecking.snapshot({{.pid = 5, .comm = "x"}});
  CHECK_FALSE(is_ignored(rechecking, "x", kYoung));
  Tracking alone(kNamesAbc, without_children());
  alone.snapshot({{.pid = 5, .comm = "x"}});
  CHECK_FALSE(is_ignored(alone, "x", kYoung));
}

TEST_CASE("tracker: what was not matched is looked at again with recheck, or without children") {
  const std::string yaml = "process_names: [{name: served, cmdline: [serve]}]";
  for (const auto& [options, found] :
       {std::pair{Tracking::Options{}, false}, std::pair{Tracking::Options{.recheck = true}, true},
        std::pair{without_children(), true}}) {
    Tracking t(yaml, options);
    for (const std::uint64_t start_ns : {kOld, kYoung}) {
      CAPTURE(start_ns);
      t.set_cmdline(5, "prepare");
      t.snapshot({{.pid = 5, .comm = "x", .counters = ran(10), .start_ns = start_ns}});
      t.set_cmdline(5, "serve");
      t.snapshot({{.pid = 5, .comm = "x", .counters = ran(11), .start_ns = start_ns}});
      CHECK(t.processes("served") == (found ? 1 : 0));
      if (!found) continue;
      // As a new process: a young one is credited whole, an old one from now on.
      CHECK(t.user("served") == (start_ns == kYoung ? 11 : 0));
      CHECK(t.group("served").started == 0);  // it did not begin there
    }
  }
}

TEST_CASE("tracker: recheck looks at kernel threads as well") {
  Tracking t("process_names: [{name: k, comm: ['kworker/0:1-events']}]", {.recheck = true});
  const Living worker{.pid = 7, .comm = "kworker/0:1", .flags = kPfKthread | kPfWorker};
  t.host().write("proc/7/stat", "7 (kworker/0:1) I 2");
  t.snapshot({worker});
  t.host().write("proc/7/stat", "7 (kworker/0:1-events) I 2");
  t.snapshot({worker});
  CHECK(t.processes("k") == 1);
}

TEST_CASE("tracker: recheck lets a process join the group that its parent has joined") {
  Tracking t("process_names: [{name: served, cmdline: [serve]}]", {.recheck = true});
  t.snapshot({{.pid = 5, .comm = "x"}, {.pid = 6, .comm = "y", .ppid = 5}});
  t.set_cmdline(5, "serve");
  t.snapshot({{.pid = 5, .comm = "x"}, {.pid = 6, .comm = "y", .ppid = 5}});
  CHECK(t.processes("served") == 2);
}

}  // namespace hx::test
