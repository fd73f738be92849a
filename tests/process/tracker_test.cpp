// SPDX-License-Identifier: Apache-2.0
// What snapshots of the living add to their groups.
#include "process/tracker.h"

#include <doctest/doctest.h>

#include "process/tracking.h"

namespace hx::test {

TEST_CASE("tracker: what a process used before the first reading is not counted") {
  Tracking t;
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(100, 50), .start_ns = kOld}});
  CHECK(t.processes("a") == 1);
  CHECK(t.user("a") == 0);
  CHECK(t.system("a") == 0);
  CHECK(t.group("a").started == 0);
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(103, 51), .start_ns = kOld}});
  CHECK(t.user("a") == 3);
  CHECK(t.system("a") == 1);
}

TEST_CASE("tracker: a process that is older but seen later is not credited for its past either") {
  Tracking t;
  t.snapshot({});
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(100), .start_ns = kBegin}});
  CHECK(t.user("a") == 0);
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(101), .start_ns = kBegin}});
  CHECK(t.user("a") == 1);
}

TEST_CASE("tracker: a process that is younger than the tracker is counted whole at first sight") {
  Tracking t;
  t.snapshot({});
  task_counters all = ran(2, 1);
  all.voluntary_switches = 3;
  all.involuntary_switches = 4;
  all.minor_faults = 5;
  all.major_faults = 6;
  all.read_bytes = 7;
  all.write_bytes = 8;
  all.run_delay_ns = 9;
  all.blocked_io_ns = 10;
  all.blocked_other_ns = 11;
  t.snapshot({{.pid = 5, .comm = "a", .counters = all}, {.pid = 6, .comm = "a", .counters = all}});
  const auto& counted = t.group("a").counted.counters;
  CHECK(t.user("a") == 4);
  CHECK(t.system("a") == 2);
  CHECK(counted.voluntary_switches == 6);
  CHECK(counted.involuntary_switches == 8);
  CHECK(counted.minor_faults == 10);
  CHECK(counted.major_faults == 12);
  CHECK(counted.read_bytes == 14);
  CHECK(counted.write_bytes == 16);
  CHECK(counted.run_delay_ns == 18);
  CHECK(counted.blocked_io_ns == 20);
  CHECK(counted.blocked_other_ns == 22);
  CHECK(t.group("a").started == 2);
}

TEST_CASE("tracker: counters stay when their processes are gone, gauges do not") {
  Tracking t;
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(2)}, {.pid = 6, .comm = "b"}});
  t.snapshot({{.pid = 6, .comm = "b"}});
  CHECK(t.names() == std::vector{"a"s, "b"s});
  CHECK(t.processes("a") == 0);
  CHECK(t.group("a").gauges.oldest_start_ns == 0);
  CHECK(t.user("a") == 2);
  // The same pid, another process.
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(1), .start_ns = kYoung + 1}});
  CHECK(t.user("a") == 3);
  CHECK(t.group("a").gauges.oldest_start_ns == kYoung + 1);
}

TEST_CASE("tracker: a pid that is used again between two snapshots is another process") {
  Tracking t;
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(7), .start_ns = kOld}});
  t.snapshot({{.pid = 5, .comm = "b", .counters = ran(4)}});
  CHECK(t.user("a") == 0);
  CHECK(t.user("b") == 4);
  CHECK(t.processes("a") == 0);
  CHECK(t.processes("b") == 1);
  // Young for old: what it has is all its own.
  t.snapshot({{.pid = 5, .comm = "b", .counters = ran(1), .start_ns = kYoung + kSecond}});
  CHECK(t.user("b") == 5);
}

TEST_CASE("tracker: totals that fall add nothing, and nothing twice when they are back") {
  Tracking t;
  const auto with_io = [](std::uint64_t bytes) {
    auto counters = ran(1);
    counters.read_bytes = bytes;
    return counters;
  };
  t.snapshot({{.pid = 5, .comm = "a", .counters = with_io(100)}});
  t.snapshot({{.pid = 5, .comm = "a", .counters = with_io(0)}});  // io could not be read
  CHECK(t.group("a").counted.counters.read_bytes == 100);
  t.snapshot({{.pid = 5, .comm = "a", .counters = with_io(130)}});
  CHECK(t.group("a").counted.counters.read_bytes == 130);
}

TEST_CASE("tracker: ended threads stay in the totals of their process") {
  Tracking t(kNamesAbc, Tracking::told());
  t.snapshot({{.pid = 5,
               .comm = "a",
               .counters = ran(1),
               .threads = {{6, "w", ran(10)}, {7, "w", ran(20)}}}});
  CHECK(t.user("a") == 31);
  SUBCASE("by the sums of the kernel") {
    t.snapshot({{.pid = 5,
                 .comm = "a",
                 .counters = ran(1),
                 .ended = ran(12),
                 .threads = {{7, "w", ran(20)}}}});
    CHECK(t.user("a") == 33);
  }
  SUBCASE("by their death events, which are ahead of the sums") {
    auto last = ran(13);
    last.run_delay_ns = 5;
    t.thread_end(5, 6, last);
    t.snapshot({{.pid = 5,
                 .comm = "a",
                 .counters = ran(1),
                 .ended = ran(12),
                 .threads = {{7, "w", ran(20)}}}});
    CHECK(t.user("a") == 34);
    CHECK(t.group("a").counted.counters.run_delay_ns == 5);
  }
}

TEST_CASE("tracker: threads that ended before the first reading are not counted") {
  Tracking t(kNamesAbc, Tracking::told());
  t.thread_end(5, 9, ran(40), kOld);  // told late
  t.snapshot({{.pid = 5,
               .comm = "a",
               .counters = ran(1),
               .start_ns = kOld,
               .ended = ran(50),
               .threads = {{6, "w", ran(10), kOld}}}});
  t.thread_end(5, 9, ran(40), kOld);  // told later still
  t.thread_end(5, 6, ran(11), kOld);
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(2), .start_ns = kOld, .ended = ran(60)}});
  CHECK(t.user("a") == 2);
  t.end({.pid = 5, .totals = ran(3), .start_ns = kOld});
  CHECK(t.user("a") == 3);
}

TEST_CASE("tracker: the split of user and system time is not blurred by threads ended long ago") {
  for (const bool told : {false, true}) {
    CAPTURE(told);
    Tracking t(kNamesAbc, told ? Tracking::told() : Tracking::Options{});
    t.snapshot({{.pid = 5,
                 .comm = "a",
                 .counters = ran(50),
                 .start_ns = kOld,
                 .ended = ran(50),
                 .threads = {{6, "w", ran(0), kOld}}}});
    t.snapshot({{.pid = 5,
                 .comm = "a",
                 .counters = ran(50, 10),
                 .start_ns = kOld,
                 .ended = ran(50),
                 .threads = {{6, "w", ran(0), kOld}}}});
    CHECK(t.user("a") == 0);
    CHECK(t.system("a") == 10);
  }
}

TEST_CASE("tracker: exact run time is split as the sampled times are") {
  Tracking t;
  task_counters sampled = ran(3, 1);
  sampled.runtime_ns = 8 * kSecond;
  t.snapshot({{.pid = 5, .comm = "a", .counters = sampled}});
  CHECK(t.user("a") == 6);
  CHECK(t.system("a") == 2);
}

TEST_CASE("tracker: threads whose ids are lower than that of their process are not lost") {
  Tracking t;
  const auto process = [](std::uint64_t ran_s) {
    return Living{.pid = 900,
                  .comm = "a",
                  .counters = ran(1),
                  .start_ns = kOld,
                  .threads = {{8, "w", ran(ran_s), kOld}, {950, "w", ran(5), kOld}}};
  };
  t.snapshot({{.pid = 700, .comm = "b", .threads = {{7, "w", ran(3)}}}, process(1000)});
  CHECK(t.group("a").gauges.states[kSleeping] == 3);
  CHECK(t.group("b").gauges.states[kSleeping] == 2);
  REQUIRE(t.group("a").threads.contains("w"));
  CHECK(t.group("a").threads.at("w").count == 2);
  t.snapshot({process(1002)});
  CHECK(t.user("a") == 2);
}

TEST_CASE("tracker: threads are counted by name in processes that have two or more") {
  Tracking t;
  const auto snapshot = [&](std::uint64_t w1, std::uint64_t w2) {
    t.snapshot({{.pid = 5,
                 .comm = "a",
                 .counters = ran(1),
                 .threads = {{6, "w1", ran(w1)}, {7, "w2", ran(w2), kOld}}},
                {.pid = 8, .comm = "a"}});
  };
  snapshot(10, 20);
  const auto& threads = t.group("a").threads;
  REQUIRE(threads.size() == 3);
  CHECK(threads.at("a").count == 1);
  CHECK(threads.at("w1").counted.cpu.user_ns == 10 * kSecond);
  CHECK(threads.at("w2").counted.cpu.user_ns == 0);  // from before
  snapshot(11, 22);
  CHECK(threads.at("w1").counted.cpu.user_ns == 11 * kSecond);
  CHECK(threads.at("w2").counted.cpu.user_ns == 2 * kSecond);
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(1)}});
  CHECK(t.group("a").threads.at("w1").count == 0);
}

TEST_CASE("tracker: a thread name that comes back goes on from where it was") {
  Tracking t;
  const auto named = [&](const std::string& name, std::uint64_t ran_s) {
    t.snapshot({{.pid = 5, .comm = "a", .threads = {{6, name, ran(ran_s)}}}});
  };
  named("w", 10);
  const auto& threads = t.group("a").threads;
  named("other", 12);
  CHECK(threads.at("w").count == 0);
  named("w", 13);
  CHECK(threads.at("w").count == 1);
  CHECK(threads.at("w").counted.cpu.user_ns == 11 * kSecond);
  CHECK(threads.at("other").counted.cpu.user_ns == 2 * kSecond);

  SUBCASE("unless its group has had too many names since") {
    for (int i = 0; i < 200; ++i) {
      named("w" + std::to_string(i), 13);
      CHECK(threads.size() <= 70);
    }
    CHECK(!threads.contains("w"));
  }
}

TEST_CASE("tracker: thread names that make the same label are one") {
  Tracking t;
  t.snapshot({{.pid = 5, .comm = "a", .threads = {{6, "w\xff", ran(1)}, {7, "w\xfe", ran(2)}}}});
  const auto& threads = t.group("a").threads;
  REQUIRE(threads.contains("w\xEF\xBF\xBD"));
  CHECK(threads.size() == 2);
  CHECK(threads.at("w\xEF\xBF\xBD").count == 2);
  CHECK(threads.at("w\xEF\xBF\xBD").counted.cpu.user_ns == 3 * kSecond);
}

TEST_CASE("tracker: threads of processes in no group leave no names behind") {
  Tracking t;
  t.snapshot({{.pid = 5, .comm = "x", .threads = {{6, "w", ran(1)}}}});
  t.snapshot({{.pid = 5, .comm = "x", .threads = {{6, "w", ran(2)}}}});
  CHECK(t.tracker().unmatched().threads.empty());
  CHECK(t.unmatched() == 2);
}

TEST_CASE("tracker: gauges are sums, but for the oldest start and the worst ratio") {
  Tracking t;
  t.tracker().begin_snapshot(kYoung);
  task_thread main{};
  set_text(main.comm, "a");
  task_process record{};
  for (std::uint32_t i = 1; i <= 3; ++i) {
    main.pid = main.tgid = 10 + i;
    main.start_ns = kYoung - i;
    main.state = i == 3 ? 0x20 : 0;
    record.threads = i;
    record.open_fds = 10 * i;
    record.fd_limit = i == 3 ? 0 : 100;  // without a limit there is no ratio
    record.virtual_pages = 1000;
    record.resident_pages = 100;
    record.swapped_pages = i;
    t.tracker().on_process(main, record);
  }
  t.tracker().end_snapshot();
  const auto& gauges = t.group("a").gauges;
  CHECK(gauges.processes == 3);
  CHECK(gauges.threads == 6);
  CHECK(gauges.open_fds == 60);
  CHECK(gauges.worst_fd_ratio == doctest::Approx(0.2));
  CHECK(gauges.oldest_start_ns == kYoung - 3);
  CHECK(gauges.virtual_pages == 3000);
  CHECK(gauges.resident_pages == 300);
  CHECK(gauges.swapped_pages == 6);
  CHECK(gauges.states[kRunning] == 2);
  CHECK(gauges.states[kZombie] == 1);
}

TEST_CASE("tracker: descriptors that the kernel did not count are counted in /proc") {
  Tracking t;
  for (const char* fd : {"0", "1", "17"}) t.host().write("proc/5/fd/"s + fd, "");
  t.tracker().begin_snapshot(kYoung);
  task_thread main{};
  main.pid = main.tgid = 5;
  main.start_ns = kYoung;
  set_text(main.comm, "a");
  task_process record{};
  record.threads = 1;
  record.open_fds = TASK_FDS_UNKNOWN;
  record.fd_limit = 30;
  t.tracker().on_process(main, record);
  t.tracker().end_snapshot();
  CHECK(t.group("a").gauges.open_fds == 3);
  CHECK(t.group("a").gauges.worst_fd_ratio == doctest::Approx(0.1));
}

TEST_CASE("tracker: kernel bits are told apart as process-exporter's five states") {
  CHECK(state_of(0) == kRunning);
  CHECK(state_of(0x1) == kSleeping);
  CHECK(state_of(0x101) == kSleeping);  // killable
  CHECK(state_of(0x2) == kWaiting);
  CHECK(state_of(0x1000) == kWaiting);  // on an rt lock
  CHECK(state_of(0x8000) == kWaiting);  // frozen
  CHECK(state_of(0x402) == kOther);     // idle
  CHECK(state_of(0x4) == kOther);
  CHECK(state_of(0x8) == kOther);
  CHECK(state_of(0x10) == kOther);
  CHECK(state_of(0x20) == kZombie);
  CHECK(state_of(0xa0) == kZombie);  // dead, not yet waited for
  CHECK(state_of(0x40) == kOther);
}

TEST_CASE("tracker: a process that cannot be read is kept and counted once") {
  Tracking t;
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(2)}});
  t.tracker().begin_snapshot(kYoung);
  task_thread main{};
  main.pid = main.tgid = 5;
  main.start_ns = kYoung;
  t.tracker().on_unreadable(main);
  main.pid = main.tgid = 6;  // never seen
  t.tracker().on_unreadable(main);
  t.tracker().end_snapshot();
  CHECK(t.processes("a") == 0);
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(3)}});
  CHECK(t.processes("a") == 1);
  CHECK(t.user("a") == 3);
}

TEST_CASE("tracker: a snapshot that fails forgets nobody") {
  Tracking t;
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(2)}});
  t.tracker().begin_snapshot(kYoung);  // and no end
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(3)}});
  CHECK(t.user("a") == 3);
}

TEST_CASE("tracker: an empty group is removed with its counters where that is asked for") {
  Tracking t(kNamesAbc, {.remove_empty_groups = true});
  t.snapshot({{.pid = 5, .comm = "a", .counters = ran(2)}, {.pid = 6, .comm = "b"}});
  t.snapshot({{.pid = 6, .comm = "b"}});
  CHECK(t.names() == std::vector{"b"s});
  CHECK(t.tracker().groups().size() == 1);
  t.snapshot({{.pid = 7, .comm = "a", .counters = ran(1)}, {.pid = 6, .comm = "b"}});
  CHECK(t.user("a") == 1);
}

}  // namespace hx::test
