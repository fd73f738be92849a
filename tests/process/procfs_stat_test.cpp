// SPDX-License-Identifier: Apache-2.0
#include "process/procfs_stat.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "process/group.h"

namespace hx::test {
namespace {

using namespace std::string_literals;

// Fields 3 to 26; the kernel writes some more.
const std::string kRest =
    " S 11 12 13 14 -1 4194560 101 9001 7 9002 250 150 9003 9004 20 0 3 0 12345 8192000 200 "
    "18446744073709551615 1\n";

std::string stat_of(const std::string& comm, const std::string& rest = kRest) {
  return "42 (" + comm + ")" + rest;
}

std::string comm_of(const PidStat& stat) { return stat.thread.comm; }

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("procfs stat: the fields go to the records in their units") {
  const auto stat = parse_pid_stat(stat_of("sshd"));
  REQUIRE(stat);
  CHECK(stat->thread.pid == 42);
  CHECK(stat->thread.tgid == 42);
  CHECK(comm_of(*stat) == "sshd");
  CHECK(state_of(stat->thread.state) == kSleeping);
  CHECK(stat->thread.flags == 4194560);
  CHECK(stat->thread.start_ns == 123'450'000'000);
  CHECK(stat->thread.counters.minor_faults == 101);
  CHECK(stat->thread.counters.major_faults == 7);
  CHECK(stat->thread.counters.utime_ns == 2'500'000'000);
  CHECK(stat->thread.counters.stime_ns == 1'500'000'000);
  CHECK(stat->thread.counters.runtime_ns == 4'000'000'000);
  CHECK(stat->process.ppid == 11);
  CHECK(stat->process.threads == 3);
  CHECK(stat->process.virtual_pages == 8192000);  // bytes, until the source divides them
  CHECK(stat->process.resident_pages == 200);
}

TEST_CASE("procfs stat: what I/O has blocked is field 42, where the line is that long") {
  const std::string to_41 = " 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41";
  const auto line = stat_of("a", kRest.substr(0, kRest.size() - 1) + to_41 + " 42 43\n");
  CHECK(parse_pid_stat(line)->thread.counters.blocked_io_ns == 420'000'000);
  CHECK(parse_pid_stat(stat_of("a"))->thread.counters.blocked_io_ns == 0);
}

TEST_CASE("procfs stat: comm is what stands between the first and the last parenthesis") {
  for (const std::string& comm : {
           ""s,
           "a b"s,
           "(sd-pam)"s,
           "x) S 1 1"s,
           "((("s,
           ")))"s,
           "two\nlines"s,
           "tab\there"s,
           "\"quoted\\\""s,
           "\xff\xfe\xc3("s,
           "\x01\x1b[31m"s,
       }) {
    CAPTURE(comm);
    const auto stat = parse_pid_stat(stat_of(comm));
    REQUIRE(stat);
    CHECK(comm_of(*stat) == comm);
    CHECK(stat->process.ppid == 11);
  }
}

TEST_CASE("procfs stat: a comm longer than the kernel's own is cut") {
  const auto stat = parse_pid_stat(stat_of("kworker/0:1-events_power_efficient"));
  REQUIRE(stat);
  CHECK(comm_of(*stat) == "kworker/0:1-eve");
}

TEST_CASE("procfs stat: the state letters are those of process-exporter's five values") {
  const std::string letters = "RSDZTtXxIPKW?";
  for (const char letter : letters) {
    CAPTURE(letter);
    const auto stat = parse_pid_stat(stat_of("x", replaced(kRest, " S ", {' ', letter, ' '})));
    REQUIRE(stat);
    const State expected = letter == 'R'   ? kRunning
                           : letter == 'S' ? kSleeping
                           : letter == 'D' ? kWaiting
                           : letter == 'Z' ? kZombie
                                           : kOther;
    CHECK(state_of(stat->thread.state) == expected);
  }
}

TEST_CASE("procfs stat: what is cut short or no number is no process") {
  for (std::size_t size = 0; size < stat_of("sshd").find(" 200 "); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_pid_stat(stat_of("sshd").substr(0, size)));
  }
  for (const std::string& text : {
           "\n"s,
           "\0\0\0"s,
           ")("s,
           "(x) S 1"s,
           "42 sshd S 11 12"s,
           "-1 (x)" + kRest,
           "4294967296 (x)" + kRest,
           stat_of("x", ""),
           stat_of("x", replaced(kRest, " S ", " SS ")),
           stat_of("x", replaced(kRest, " 12345 ", " 12x45 ")),
           stat_of("x", replaced(kRest, " 12345 ", " 99999999999999999999 ")),
           stat_of("x", replaced(kRest, " 250 ", " 0x10 ")),
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_pid_stat(text));
  }
}

TEST_CASE("procfs stat: the largest numbers do not upset it") {
  const auto stat = parse_pid_stat(stat_of("x", replaced(kRest, " 8192000 200 ",
                                                         " 9223372036854775807 "
                                                         "9223372036854775807 ")));
  REQUIRE(stat);
  CHECK(stat->process.virtual_pages == std::numeric_limits<std::int64_t>::max());
  CHECK(stat->process.resident_pages == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("procfs status: uid, swap and switches are found by their names") {
  const auto status = parse_pid_status(
      "Name:\ta\\nUid:\\t7\nState:\tS (sleeping)\nUid:\t1000\t33\t1000\t1000\nVmSwap:\t     12 kB\n"
      "voluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t2\n");
  REQUIRE(status);
  CHECK(status->euid == 33);
  CHECK(status->swapped_bytes == 12 * 1024);
  CHECK(status->voluntary_switches == 150);
  CHECK(status->involuntary_switches == 2);
}

TEST_CASE("procfs status: a kernel thread has no memory lines") {
  const auto status = parse_pid_status("Name:\tkthreadd\nUid:\t0\t0\t0\t0\n");
  REQUIRE(status);
  CHECK(status->euid == 0);
  CHECK(status->swapped_bytes == 0);
}

TEST_CASE("procfs status: without the effective uid it is no status") {
  for (const std::string& text :
       {""s, "Name:\tx\n"s, "Uid:\t1000\n"s, "Uid:\n"s, "Uid:\t0\t-1\t0\t0\n"s,
        "Uid:\t0\t4294967296\t0\t0\n"s, "Uid 0 0 0 0\n"s, "\0Uid:\t0\t0\n"s}) {
    CAPTURE(text);
    CHECK_FALSE(parse_pid_status(text));
  }
}

TEST_CASE("procfs io: storage bytes, not those of the calls") {
  const auto io = parse_pid_io(
      "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: "
      "18446744073709551615\ncancelled_write_bytes: 7\n");
  REQUIRE(io);
  CHECK(io->read_bytes == 4096);
  CHECK(io->write_bytes == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("procfs io: a file without both numbers is no io") {
  for (const std::string& text :
       {""s, "read_bytes: 1\n"s, "write_bytes: 1\n"s, "read_bytes: 1\nwrite_bytes: x\n"s,
        "read_bytes: -1\nwrite_bytes: 1\n"s, "read_bytes: 18446744073709551616\nwrite_bytes: 1\n"s,
        "read_bytes:\nwrite_bytes:\n"s}) {
    CAPTURE(text);
    CHECK_FALSE(parse_pid_io(text));
  }
}

TEST_CASE("procfs limits: the soft limit of open files") {
  const std::string before =
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max processes             7                    7                    processes \n";
  const auto limit = [&](const std::string& soft) {
    return parse_fd_limit(before + "Max open files            " + soft + " 1048576   files\n");
  };
  CHECK(limit("1024") == 1024);
  CHECK(limit("0") == 0);
  CHECK(limit("unlimited") == std::numeric_limits<std::uint64_t>::max());
  for (const std::string& text :
       {""s, before, "Max open files\n"s, "Max open files x\n"s, "Max open files -1 -1 files\n"s}) {
    CAPTURE(text);
    CHECK_FALSE(parse_fd_limit(text));
  }
}

TEST_CASE("procfs schedstat: the second number is the wait") {
  CHECK(parse_run_delay("123456 789 5\n") == 789);
  for (const std::string& text : {""s, "1"s, "1 x 3"s, "1 -2 3"s, "\n"s}) {
    CAPTURE(text);
    CHECK_FALSE(parse_run_delay(text));
  }
}

}  // namespace hx::test
