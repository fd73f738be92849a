// SPDX-License-Identifier: Apache-2.0
// Births and deaths between two snapshots.
#include <doctest/doctest.h>

#include "process/tracking.h"

namespace hx::test {
namespace {

const std::string kNamesByCmdline = "process_names: [{name: '{{.ExeBase}}', cmdline: ['.+']}]";

}  // namespace

TEST_CASE("lives: a process that is born and dies between two snapshots is in its group") {
  Tracking t(kNamesByCmdline, Tracking::told());
  t.snapshot({});
  t.fork(1, 5);
  t.exec(5, "job", "/usr/bin/job\0-x\0"s);
  auto totals = ran(3, 1);
  totals.read_bytes = 7;
  t.end({.pid = 5, .totals = totals});
  t.snapshot({});
  CHECK(t.names() == std::vector{"job"s});
  CHECK(t.processes("job") == 0);
  CHECK(t.user("job") == 3);
  CHECK(t.system("job") == 1);
  CHECK(t.group("job").counted.counters.read_bytes == 7);
  CHECK(t.group("job").started == 1);
  CHECK(t.group("job").exited[kExitOk] == 1);
}

TEST_CASE("lives: the end of a living process adds what it used since the last snapshot") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(10), .start_ns = kOld}});
  t.end({.pid = 5, .totals = ran(12), .start_ns = kOld});
  CHECK(t.user("a") == 2);
  // A zombie until its parent has asked: there, but not counted again.
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(13), .start_ns = kOld, .state = 0x20}});
  CHECK(t.user("a") == 2);
  CHECK(t.processes("a") == 1);
  CHECK(t.group("a").gauges.states[kZombie] == 1);
  t.snapshot({});
  CHECK(t.processes("a") == 0);
  CHECK(t.group("a").exited[kExitOk] == 1);
  CHECK(t.user("a") == 2);
}

TEST_CASE("lives: an end that is told twice counts once") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}});
  t.end({.pid = 5, .totals = ran(2)});
  t.end({.pid = 5, .totals = ran(2)});
  CHECK(t.user("a") == 2);
  CHECK(t.group("a").exited[kExitOk] == 1);
}

TEST_CASE("lives: of two threads that are both the last, the second adds what it has") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}});
  t.end({.pid = 5, .totals = ran(2)});
  t.end({.pid = 5, .totals = ran(5)});
  CHECK(t.user("a") == 5);
  CHECK(t.group("a").exited[kExitOk] == 1);
}

TEST_CASE("lives: a child that never calls exec is named like its parent") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}});
  t.fork(5, 6);
  t.end({.pid = 6, .totals = ran(1)});
  CHECK(t.user("a") == 1);
  CHECK(t.group("a").exited[kExitOk] == 1);
  // Also through parents that no snapshot has seen.
  t.fork(5, 7);
  t.fork(7, 8);
  t.end({.pid = 7, .totals = ran(2)});
  t.end({.pid = 8, .totals = ran(4)});
  CHECK(t.user("a") == 7);
}

TEST_CASE("lives: exec names a process anew, for its later children too") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}});
  t.fork(5, 6);
  t.exec(6, "b");
  t.fork(6, 7);
  t.end({.pid = 7, .totals = ran(1)});
  t.exec(6, "c");
  t.fork(6, 8);
  t.end({.pid = 8, .totals = ran(2)});
  t.end({.pid = 6, .totals = ran(4)});
  CHECK(t.user("b") == 1);
  CHECK(t.user("c") == 6);
  CHECK(t.names() == std::vector{"a"s, "b"s, "c"s});
}

TEST_CASE("lives: what exec makes of a process that nothing matches depends on -children") {
  for (const bool children : {true, false}) {
    CAPTURE(children);
    auto options = Tracking::told();
    options.children = children;
    Tracking t(kNamesAbc, options);
    t.snapshot({{.pid = 5, .comm = "a"}});
    t.fork(5, 6);
    t.exec(6, "x");
    t.end({.pid = 6, .totals = ran(1)});
    CHECK(t.user("a") == (children ? 1 : 0));
    CHECK(t.unmatched() == (children ? 0 : 1));
  }
}

TEST_CASE("lives: a process that calls exec after it was seen moves with the next snapshot") {
  Tracking t(kNamesByCmdline, Tracking::rematching(Tracking::told()));
  t.set_cmdline(5, "/bin/sh\0"s);
  t.snapshot({{.pid = 5, .comm = "x", .counters = ran(1)}});
  t.exec(5, "x", "/bin/job\0"s);
  SUBCASE("that sees it alive") {
    t.set_cmdline(5, "/bin/job\0"s);
    t.snapshot({{.pid = 5, .comm = "x", .counters = ran(4)}});
    CHECK(t.processes("sh") == 0);
    CHECK(t.processes("job") == 1);
  }
  SUBCASE("or with its end") {
    t.end({.pid = 5, .totals = ran(4)});
    CHECK(t.group("job").exited[kExitOk] == 1);
  }
  CHECK(t.user("sh") == 1);
  CHECK(t.user("job") == 3);
}

TEST_CASE("lives: children of a process that has called exec since it was seen have its new name") {
  Tracking t(kNamesAbc, Tracking::rematching(Tracking::told()));
  t.snapshot({{.pid = 5, .comm = "a"}});
  t.exec(5, "b");
  t.fork(5, 6);
  t.end({.pid = 6, .totals = ran(1)});
  CHECK(t.user("b") == 1);
  t.exec(5, "x");
  t.fork(5, 7);
  t.end({.pid = 7, .totals = ran(2)});
  CHECK(t.user("a") == 2);  // where the process itself stands
}

TEST_CASE("lives: a process that ends while it is looked at is named by its exec") {
  Tracking t(kNamesByCmdline, Tracking::told());
  t.snapshot({});
  t.fork(1, 5);
  t.exec(5, "job", "/bin/job\0"s);
  t.set_cmdline(5, "");  // as of a zombie
  t.snapshot({{.pid = 5, .comm = "job", .counters = ran(1)}});
  CHECK(t.user("job") == 1);
}

TEST_CASE("lives: a snapshot between fork and exec does not name a process") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}});
  t.fork(5, 6);
  const Living forked{.pid = 6, .comm = "a", .counters = ran(1), .ppid = 5};
  t.snapshot({{.pid = 5, .comm = "a"}, forked});
  CHECK(t.processes("a") == 2);
  CHECK(t.group("a").started == 1);
  SUBCASE("which has the name of its exec then") {
    t.exec(6, "b");
    SUBCASE("at its end") {}
    SUBCASE("or in the next snapshot") {
      t.snapshot({{.pid = 5, .comm = "a"}, {.pid = 6, .comm = "b", .counters = ran(1), .ppid = 5}});
      CHECK(t.processes("b") == 1);
    }
    t.end({.pid = 6, .totals = ran(3)});
    CHECK(t.group("b").started == 1);
    CHECK(t.group("a").started == 1);
    CHECK(t.user("b") == 3);
  }
  SUBCASE("which has the name of its parent where it calls none") {
    t.pass(1);
    t.snapshot({{.pid = 5, .comm = "a"}, forked});
    CHECK(t.group("a").started == 2);
    CHECK(t.user("a") == 1);
  }
}

TEST_CASE("lives: who is born while a snapshot is taken is not in it") {
  Tracking t(kNamesAbc, Tracking::told());
  const auto later = kYoung + kSecond;
  t.snapshot({{.pid = 5, .comm = "a"}, {.pid = 6, .comm = "a", .start_ns = later, .ppid = 5}});
  CHECK(t.processes("a") == 1);
  t.fork(5, 6, later);
  t.exec(6, "b", {}, later);
  t.pass(2);
  t.snapshot({{.pid = 5, .comm = "a"},
              {.pid = 6, .comm = "b", .counters = ran(2), .start_ns = later, .ppid = 5}});
  CHECK(t.group("b").started == 1);
  CHECK(t.user("b") == 2);
}

TEST_CASE("lives: a birth that is told after the snapshot that saw it changes nothing") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}, {.pid = 6, .comm = "b", .ppid = 5}});
  t.fork(5, 6);
  t.end({.pid = 6, .totals = ran(1)});
  CHECK(t.user("b") == 1);
}

TEST_CASE("lives: a pid that is used again starts a new life") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}});
  t.fork(1, 6);
  t.exec(6, "b");
  t.end({.pid = 6, .totals = ran(1)});
  t.fork(5, 6, kYoung + kSecond);
  t.end({.pid = 6, .totals = ran(2), .start_ns = kYoung + kSecond});
  CHECK(t.user("b") == 1);
  CHECK(t.user("a") == 2);
}

TEST_CASE("lives: a process of which only the end was told is named by its comm") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({});
  t.end({.pid = 5, .totals = ran(3), .comm = "a"});
  CHECK(t.user("a") == 3);
  CHECK(t.group("a").started == 1);
  t.end({.pid = 6, .totals = ran(5), .comm = "x"});
  CHECK(t.unmatched() == 5);
}

TEST_CASE("lives: a process of which the birth was lost is named by its exec") {
  Tracking t(kNamesByCmdline, Tracking::told());
  t.snapshot({});
  t.exec(5, "job", "/bin/job\0"s);
  t.end({.pid = 5, .totals = ran(3)});
  CHECK(t.user("job") == 3);
}

TEST_CASE("lives: strangers that are older than the tracker are not counted") {
  Tracking t(kNamesAbc, Tracking::told());
  t.exec(5, "a", {}, kOld);
  t.thread_end(5, 6, ran(8), kOld);
  t.end({.pid = 5, .totals = ran(3), .start_ns = kOld, .comm = "a"});
  t.thread_end(99, 100, ran(1));  // of nobody
  CHECK(t.names().empty());
  CHECK(t.unmatched() == 0);
}

TEST_CASE("lives: run time is that of the last threads and of those whose end was told before") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}});
  t.fork(5, 6);
  auto waited = ran(2);
  waited.run_delay_ns = 3;
  waited.blocked_io_ns = 4;
  waited.blocked_other_ns = 5;
  t.thread_end(6, 7, waited);
  t.thread_end(6, 8, waited);
  auto totals = ran(1);
  totals.utime_ns = 5 * kSecond;  // the sums of the process are complete
  t.end({.pid = 6, .totals = totals});
  CHECK(t.user("a") == 5);
  CHECK(t.group("a").counted.counters.run_delay_ns == 6);
  CHECK(t.group("a").counted.counters.blocked_io_ns == 8);
  CHECK(t.group("a").counted.counters.blocked_other_ns == 10);
}

TEST_CASE("lives: a main thread that ended first counts once, or with who replaced it by exec") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}});
  t.fork(5, 6);
  t.exec(6, "b");
  auto main = ran(4);
  main.run_delay_ns = 7;
  t.thread_end(6, 6, main);
  SUBCASE("its process ends without") {
    t.end({.pid = 6, .totals = ran(4 + 1)});
    CHECK(t.user("b") == 5);
    CHECK(t.group("b").counted.counters.run_delay_ns == 0);
  }
  SUBCASE("and another snapshot") {
    t.exec(6, "c");
    t.snapshot(
        {{.pid = 5, .comm = "a"}, {.pid = 6, .comm = "c", .counters = ran(1), .ended = ran(4)}});
    CHECK(t.user("c") == 5);
    t.end({.pid = 6, .totals = ran(2)});
    CHECK(t.user("c") == 6);
    CHECK(t.group("c").counted.counters.run_delay_ns == 7);
  }
  SUBCASE("and no other snapshot") {
    t.exec(6, "c");
    t.end({.pid = 6, .totals = ran(1)});
    CHECK(t.user("c") == 5);
    CHECK(t.group("c").counted.counters.run_delay_ns == 7);
  }
}

TEST_CASE("lives: a wait for I/O that is longer than the time that has passed is left out") {
  Tracking t(kNamesAbc, Tracking::told());
  const auto blocked = [](std::uint64_t seconds) {
    task_counters counters{};
    counters.blocked_io_ns = seconds * kSecond;
    return counters;
  };
  const auto counted = [&] { return t.group("a").counted.counters.blocked_io_ns / kSecond; };
  t.snapshot({{.pid = 5, .comm = "a"}});  // each snapshot is some seconds after the one before
  t.snapshot({{.pid = 5, .comm = "a", .counters = blocked(2)}});
  CHECK(counted() == 2);
  t.snapshot({{.pid = 5, .comm = "a", .counters = blocked(10'002)}});
  CHECK(counted() == 2);
  t.snapshot({{.pid = 5, .comm = "a", .counters = blocked(10'005)}});
  CHECK(counted() == 5);
  SUBCASE("of a thread") {
    t.thread_end(5, 6, blocked(10'000));
    t.thread_end(5, 7, blocked(1));
    t.snapshot({{.pid = 5, .comm = "a", .counters = blocked(10'005)}});
    CHECK(counted() == 6);
  }
  SUBCASE("at the end") {
    t.end({.pid = 5, .totals = blocked(10'006)});
    CHECK(counted() == 6);
  }
  SUBCASE("of who is never seen") {
    t.fork(5, 8);
    t.end({.pid = 8, .totals = blocked(10'000)});
    CHECK(counted() == 5);
  }
}

TEST_CASE("lives: the reason of an end is a status, a signal or a lack of memory") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a"}});
  auto end = [&, pid = 10U](std::uint32_t exit_code, std::uint32_t oom = 0) mutable {
    t.fork(5, ++pid);
    t.end({.pid = pid, .exit_code = exit_code, .oom = oom});
  };
  end(0);
  end(0x100);
  end(0xff00);
  end(9);
  end(0x8b);  // with a core
  end(9, 1);
  const auto& exited = t.group("a").exited;
  CHECK(exited[kExitOk] == 1);
  CHECK(exited[kExitError] == 2);
  CHECK(exited[kExitSignal] == 2);
  CHECK(exited[kExitOom] == 1);
  std::uint64_t killed = 0;
  for (const auto& [signal, count] : t.group("a").killed) killed += count;
  CHECK(killed == exited[kExitSignal] + exited[kExitOom]);
}

TEST_CASE("lives: a kernel thread that ends is counted with its kind") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({});
  t.end({.pid = 5, .totals = ran(0, 2), .comm = "kworker", .flags = kPfKthread});
  CHECK(t.tracker().kernel_threads().counted.cpu.system_ns == 2 * kSecond);
}

TEST_CASE("lives: a process that is missing for long has ended untold") {
  Tracking t(kNamesAbc, Tracking::told());
  const Living process{
      .pid = 5, .comm = "a", .counters = ran(10), .start_ns = kOld, .ended = ran(100)};
  t.snapshot({process});
  t.pass(1);
  t.snapshot({});
  t.pass(1);
  t.snapshot({});
  SUBCASE("but not when its end is told late") {
    t.end({.pid = 5, .totals = ran(11), .start_ns = kOld});
    t.snapshot({});
    CHECK(t.user("a") == 1);
    CHECK(t.tracker().credited_of_lost_ns() == 0);
  }
  SUBCASE("and what the overflow has of it was counted up to here") {
    t.pass(10);
    t.snapshot({});
    CHECK(t.tracker().credited_of_lost_ns() == 10 * kSecond);
    t.end({.pid = 5, .totals = ran(11), .start_ns = kOld});  // forgotten: a stranger
    CHECK(t.user("a") == 0);
  }
}

TEST_CASE("lives: a pid that is used again before its end was told has lost it") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(4)}});
  t.fork(1, 5, kYoung + kSecond);
  CHECK(t.tracker().credited_of_lost_ns() == 4 * kSecond);
}

TEST_CASE("lives: the ended are remembered until the next snapshot") {
  Tracking t(kNamesAbc, Tracking::told());
  for (std::uint32_t pid = 10; pid < 20; ++pid) t.end({.pid = pid});
  CHECK(t.tracker().ended() == 10);
  t.snapshot({});
  CHECK(t.tracker().ended() == 0);
}

TEST_CASE("lives: a group that lives on in a process alone is not removed with the empty ones") {
  auto options = Tracking::told();
  options.remove_empty_groups = true;
  Tracking t(kNamesAbc, options);
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(1)}});
  t.snapshot({});  // missing once: its end may be on its way
  CHECK(t.names().empty());
  t.end({.pid = 5, .totals = ran(2)});
  t.snapshot({});
  t.snapshot({});
  CHECK(t.tracker().groups().empty());
}

}  // namespace hx::test
