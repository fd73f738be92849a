// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "process/proc_tree.h"
#include "process/source.h"

namespace hx::test {
namespace {

// What a reading has told.
struct Reading final : SnapshotListener {
  struct Process {
    task_thread main;
    task_process record;
  };
  std::vector<Process> processes;
  std::vector<task_thread> threads;
  std::vector<std::uint32_t> order;  // of ids
  std::vector<std::uint32_t> unreadable;
  std::set<std::uint32_t> ignored;
  Status status;
  std::function<void()> after_process = [] {};

  void on_process(const task_thread& main, const task_process& record) override {
    processes.push_back({main, record});
    order.push_back(main.pid);
    after_process();
  }
  void on_thread(const task_thread& thread) override {
    threads.push_back(thread);
    order.push_back(thread.pid);
  }
  void on_unreadable(const task_thread& main) override { unreadable.push_back(main.pid); }
  bool is_ignored(const task_thread& main) const override { return ignored.contains(main.pid); }

  const Process& only() const {
    REQUIRE(processes.size() == 1);
    return processes[0];
  }
  // Of the only process, all threads.
  std::uint64_t sum(__u64 task_counters::*member) const {
    std::uint64_t all = only().main.counters.*member + only().record.ended.*member;
    for (const auto& thread : threads) all += thread.counters.*member;
    return all;
  }
};

struct Procfs {
  TempHost host;
  std::unique_ptr<SnapshotSource> source;

  explicit Procfs(bool with_threads = true, bool read_guarded = true)
      : source(make_procfs_source(host.fs(), with_threads, read_guarded)) {}

  Reading read(std::set<std::uint32_t> ignored = {}) const {
    Reading reading;
    reading.ignored = std::move(ignored);
    reading.status = source->read(reading);
    return reading;
  }
};

using namespace std::string_literals;
using Ids = std::vector<std::uint32_t>;

// A process with the main thread 5 and another, 6; what is left of its sums belongs to ended ones.
void write_threaded(const TempHost& host) {
  write_process(host, 5, {.threads = 2, .user_ticks = 100, .voluntary = 10, .read_bytes = 1000});
  write_thread(host, 5, 5, {.user_ticks = 10, .voluntary = 11, .run_delay_ns = 1});
  write_thread(host, 5, 6,
               {.comm = "w", .state = 'R', .user_ticks = 20, .voluntary = 100, .read_bytes = 300});
}

}  // namespace

TEST_CASE("procfs source: a process is what its files say") {
  const Procfs procfs;
  write_process(procfs.host, 5,
                {.comm = "a) (b",
                 .state = 'R',
                 .ppid = 3,
                 .flags = kPfKthread,
                 .user_ticks = 200,
                 .system_ticks = 100,
                 .minor_faults = 7,
                 .major_faults = 8,
                 .start_ticks = 4242,
                 .virtual_bytes = 10 * static_cast<unsigned long>(::sysconf(_SC_PAGESIZE)),
                 .resident_pages = 5,
                 .swapped_kb = 8,
                 .voluntary = 11,
                 .involuntary = 12,
                 .read_bytes = 13,
                 .write_bytes = 14,
                 .run_delay_ns = 15,
                 .blocked_ticks = 16});
  const auto reading = procfs.read();
  REQUIRE(reading.status);
  const auto& [main, record] = reading.only();
  CHECK(main.pid == 5);
  CHECK(main.tgid == 5);
  CHECK(text_of(main.comm) == "a) (b");
  CHECK(main.state == 0);
  CHECK(main.flags == kPfKthread);
  CHECK(main.start_ns == 42'420'000'000);
  CHECK(main.counters.utime_ns == 2'000'000'000);
  CHECK(main.counters.stime_ns == 1'000'000'000);
  CHECK(main.counters.minor_faults == 7);
  CHECK(main.counters.major_faults == 8);
  CHECK(main.counters.voluntary_switches == 11);
  CHECK(main.counters.involuntary_switches == 12);
  CHECK(main.counters.read_bytes == 13);
  CHECK(main.counters.write_bytes == 14);
  CHECK(main.counters.run_delay_ns == 15);
  CHECK(main.counters.blocked_io_ns == 160'000'000);
  CHECK(record.ppid == 3);
  CHECK(record.euid == 33);
  CHECK(record.threads == 1);
  CHECK(record.open_fds == 3);
  CHECK(record.fd_limit == 1024);
  CHECK(record.virtual_pages == 10);
  CHECK(record.resident_pages == 5);
  CHECK(record.swapped_pages == 8192 / static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  CHECK(record.ended.utime_ns == 0);
  CHECK(procfs.source->partial_errors() == 0);
  CHECK(procfs.source->read_errors() == 0);
}

TEST_CASE("procfs source: only numbers are processes, and they come in their order") {
  const Procfs procfs;
  for (const unsigned pid : {10U, 9U, 100U}) write_process(procfs.host, pid);
  for (const char* name : {"self", "sys", "5x", "-7", "0x8", "99999999999", "+6"}) {
    procfs.host.write("proc/" + std::string(name) + "/stat", ProcFiles{}.stat(7));
  }
  procfs.host.write("proc/77", "a file");
  procfs.host.make_dir("proc/78");
  const auto reading = procfs.read();
  REQUIRE(reading.status);
  CHECK(reading.order == Ids{9, 10, 100});
  CHECK(procfs.source->read_errors() == 0);
}

TEST_CASE("procfs source: a listing that fails is an error") {
  const Procfs procfs;
  const auto reading = procfs.read();
  REQUIRE_FALSE(reading.status);
  CHECK(reading.status.error().message() == "list proc: No such file or directory");
}

TEST_CASE("procfs source: a process that vanishes while it is read is no error") {
  for (const char* name : {"stat", "status", "limits"}) {
    for (const bool removed : {true, false}) {
      CAPTURE(name);
      CAPTURE(removed);
      const Procfs procfs;
      write_process(procfs.host, 4);
      const auto file = write_process(procfs.host, 5) + "/" + name;
      if (removed) {
        procfs.host.remove(file);
      } else {
        procfs.host.write(file, "");  // as of a process that ends
      }
      const auto reading = procfs.read();
      REQUIRE(reading.status);
      CHECK(reading.order == Ids{4});
      CHECK(reading.unreadable == (name == "stat"s ? Ids{} : Ids{5}));
      CHECK(procfs.source->read_errors() == 0);
      CHECK(procfs.source->partial_errors() == 0);
    }
  }
}

TEST_CASE("procfs source: a process without usable status or limits is counted as a read error") {
  for (const char* name : {"status", "limits"}) {
    CAPTURE(name);
    const Procfs procfs;
    procfs.host.write(write_process(procfs.host, 5) + "/" + name, "nothing of use\n");
    CHECK(procfs.read().unreadable == Ids{5});
    CHECK(procfs.read().processes.empty());
    CHECK(procfs.source->read_errors() == 2);
    CHECK(procfs.source->partial_errors() == 0);
  }
}

TEST_CASE("procfs source: a process with hidden files counts once a reading as a partial error") {
  for (const auto& hidden :
       std::vector<std::vector<std::string>>{{"io"}, {"fd"}, {"task"}, {"io", "fd", "task"}}) {
    const Procfs procfs;
    write_threaded(procfs.host);
    write_process(procfs.host, 6);
    for (const auto& name : hidden) procfs.host.remove("proc/5/" + name);
    CAPTURE(hidden[0]);
    for (std::uint64_t errors = 1; errors <= 2; ++errors) {
      const auto reading = procfs.read();
      REQUIRE(reading.processes.size() == 2);
      CHECK(procfs.source->partial_errors() == errors);
      CHECK(reading.processes[0].record.open_fds ==
            (std::count(hidden.begin(), hidden.end(), "fd") ? 0 : 3));
      CHECK(reading.processes[0].main.start_ns == 10'000'000'000);
    }
  }
}

TEST_CASE("procfs source: without guarded files there is no I/O, which is a partial error") {
  const Procfs procfs(true, false);
  write_process(procfs.host, 5, {.user_ticks = 100, .read_bytes = 13});
  const auto reading = procfs.read();
  REQUIRE(reading.status);
  CHECK(reading.only().main.counters.read_bytes == 0);
  CHECK(reading.only().main.counters.runtime_ns == 1'000'000'000);
  CHECK(procfs.source->partial_errors() == 1);
}

TEST_CASE("procfs source: what the living threads do not account for is that of the ended") {
  const Procfs procfs;
  write_threaded(procfs.host);
  const auto reading = procfs.read();
  const auto& [main, record] = reading.only();
  REQUIRE(reading.threads.size() == 1);
  const auto& thread = reading.threads[0];
  CHECK(main.counters.utime_ns == 100'000'000);
  CHECK(thread.pid == 6);
  CHECK(thread.tgid == 5);
  CHECK(text_of(thread.comm) == "w");
  CHECK(thread.state == 0);
  CHECK(thread.counters.utime_ns == 200'000'000);
  CHECK(record.ended.utime_ns == 700'000'000);
  CHECK(record.ended.read_bytes == 700);
  CHECK(reading.sum(&task_counters::voluntary_switches) == 111);
}

TEST_CASE("procfs source: time blocked by I/O is that of all threads, the ended ones included") {
  for (const bool with_threads : {true, false}) {
    CAPTURE(with_threads);
    const Procfs procfs(with_threads);
    write_process(procfs.host, 5, {.threads = 3, .blocked_ticks = 1});
    write_thread(procfs.host, 5, 5, {.blocked_ticks = 1});
    write_thread(procfs.host, 5, 6, {.blocked_ticks = 20});
    write_thread(procfs.host, 5, 7, {.blocked_ticks = 300});
    CHECK(procfs.read().sum(&task_counters::blocked_io_ns) == 3'210'000'000);
    procfs.host.remove("proc/5/task/7");
    CHECK(procfs.read().sum(&task_counters::blocked_io_ns) == 3'210'000'000);
  }
}

TEST_CASE("procfs source: switches and waits of a thread that ends stay in the sum") {
  for (const bool with_threads : {true, false}) {
    CAPTURE(with_threads);
    const Procfs procfs(with_threads);
    write_threaded(procfs.host);
    write_thread(procfs.host, 5, 7, {.voluntary = 1000, .run_delay_ns = 70});
    CHECK(procfs.read().sum(&task_counters::voluntary_switches) == 1111);
    procfs.host.remove("proc/5/task/7");
    for (int i = 0; i < 2; ++i) {
      const auto reading = procfs.read();
      CHECK(reading.sum(&task_counters::voluntary_switches) == 1111);
      CHECK(reading.sum(&task_counters::run_delay_ns) == 71);
    }
    // Also when one thread is left, and when its id is used again.
    procfs.host.remove("proc/5/task/6");
    write_process(procfs.host, 5, {.voluntary = 11});
    CHECK(procfs.read().sum(&task_counters::voluntary_switches) == 1111);
    if (!with_threads) continue;  // start times are not read
    write_thread(procfs.host, 5, 5, {.voluntary = 11});
    write_thread(procfs.host, 5, 6, {.start_ticks = 2000, .voluntary = 5});
    CHECK(procfs.read().sum(&task_counters::voluntary_switches) == 1116);
    write_thread(procfs.host, 5, 6, {.start_ticks = 3000, .voluntary = 2});
    CHECK(procfs.read().sum(&task_counters::voluntary_switches) == 1118);
  }
}

TEST_CASE("procfs source: a pid that is used again takes nothing over") {
  const Procfs procfs;
  write_threaded(procfs.host);
  CHECK(procfs.read().sum(&task_counters::voluntary_switches) == 111);
  procfs.host.remove("proc/5");
  write_process(procfs.host, 5, {.threads = 2, .start_ticks = 2000});
  write_thread(procfs.host, 5, 5, {.start_ticks = 2000, .voluntary = 1});
  write_thread(procfs.host, 5, 7, {.start_ticks = 2000, .voluntary = 2});
  CHECK(procfs.read().sum(&task_counters::voluntary_switches) == 3);
}

TEST_CASE(
    "procfs source: threads that ran on since their process was read leave none to the ended") {
  const Procfs procfs;
  write_process(procfs.host, 5, {.threads = 2, .user_ticks = 10});
  write_thread(procfs.host, 5, 5, {.user_ticks = 8});
  write_thread(procfs.host, 5, 6, {.user_ticks = 3});
  CHECK(procfs.read().only().record.ended.utime_ns == 0);
}

TEST_CASE("procfs source: a thread that cannot be read for once has not ended") {
  const Procfs procfs;
  write_threaded(procfs.host);
  CHECK(procfs.read().sum(&task_counters::voluntary_switches) == 111);
  procfs.host.remove("proc/5/task/6/status");
  auto reading = procfs.read();
  CHECK(reading.threads.empty());
  CHECK(reading.sum(&task_counters::utime_ns) == 1'000'000'000);
  CHECK(procfs.source->partial_errors() == 0);
  write_threaded(procfs.host);
  reading = procfs.read();
  CHECK(reading.sum(&task_counters::voluntary_switches) == 111);
}

TEST_CASE("procfs source: without a main thread of its own the process is told all the same") {
  const Procfs procfs;
  write_threaded(procfs.host);
  procfs.host.remove("proc/5/task/5");
  const auto reading = procfs.read();
  CHECK(reading.order == Ids{5, 6});
  CHECK(reading.sum(&task_counters::utime_ns) == 1'000'000'000);
}

TEST_CASE("procfs source: threads come in the order of their ids") {
  const Procfs procfs;
  write_process(procfs.host, 50, {.threads = 3});
  for (const unsigned tid : {50U, 100U, 9U}) write_thread(procfs.host, 50, tid);
  CHECK(procfs.read().order == Ids{9, 50, 100});
}

TEST_CASE("procfs source: without thread metrics threads still have states and switches") {
  const Procfs procfs(false);
  write_threaded(procfs.host);
  for (const char* name : {"stat", "io"}) procfs.host.remove("proc/5/task/6/"s + name);
  const auto reading = procfs.read();
  REQUIRE(reading.threads.size() == 1);
  CHECK(reading.threads[0].state == 0);
  CHECK(reading.only().main.state == 1);
  CHECK(reading.only().main.start_ns == 10'000'000'000);
  CHECK(reading.sum(&task_counters::voluntary_switches) == 111);
  CHECK(reading.sum(&task_counters::utime_ns) == 1'000'000'000);
  CHECK(reading.sum(&task_counters::read_bytes) == 1000);
}

TEST_CASE("procfs source: of an ignored process only stat is read") {
  const Procfs procfs;
  const auto directory = write_process(procfs.host, 5, {.threads = 2, .user_ticks = 100});
  for (const char* name : {"status", "limits", "io", "fd", "schedstat"}) {
    procfs.host.remove(directory + "/" + name);
  }
  const auto reading = procfs.read({5});
  CHECK(reading.sum(&task_counters::utime_ns) == 1'000'000'000);
  CHECK(reading.unreadable.empty());
  CHECK(procfs.source->partial_errors() == 0);
}

TEST_CASE("procfs source: a lack of descriptors is an error and not the end of all processes") {
  const Procfs procfs;
  write_process(procfs.host, 5);
  write_process(procfs.host, 6);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  Reading reading;
  reading.after_process = [&] {
    const rlimit none{0, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  };
  const auto status = procfs.source->read(reading);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(reading.order == Ids{5});
  REQUIRE_FALSE(status);
  CHECK(status.error().message() == "open proc/6/stat: Too many open files");
}

TEST_CASE("procfs source: now is the time since the boot of the host that is read") {
  const Procfs procfs;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  procfs.host.write("proc/stat", "cpu 1\nbtime " + std::to_string(now.tv_sec - 100) + "\n");
  CHECK(procfs.source->now_ns() >= 100'000'000'000);
  CHECK(procfs.source->now_ns() < 160'000'000'000);
  procfs.host.write("proc/stat", "btime " + std::to_string(now.tv_sec + 1000) + "\n");
  CHECK(procfs.source->now_ns() == 0);
}

}  // namespace hx::test
