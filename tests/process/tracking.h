// SPDX-License-Identifier: Apache-2.0
// A tracker that is told of made-up processes, as the sources of the kernel and of /proc would.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "process/tracker.h"
#include "support/temp_host.h"

namespace hx::test {

using namespace std::string_literals;

constexpr std::uint64_t kSecond = 1'000'000'000;
// The tracker begins at this time; what started later is young.
constexpr std::uint64_t kBegin = 1000 * kSecond;
constexpr std::uint64_t kOld = 500 * kSecond;
constexpr std::uint64_t kYoung = 1001 * kSecond;

// Matches the comms a, b and c.
inline const std::string kNamesAbc = "process_names: [{name: '{{.Comm}}', comm: [a, b, c]}]";

template <std::size_t N>
void set_text(char (&to)[N], std::string_view text) {
  std::fill(std::begin(to), std::end(to), '\0');
  std::copy_n(text.begin(), std::min(text.size(), N - 1), to);
}

// `user` seconds and `system` seconds, all of them exact.
inline task_counters ran(std::uint64_t user, std::uint64_t system = 0) {
  task_counters counters{};
  counters.utime_ns = user * kSecond;
  counters.stime_ns = system * kSecond;
  counters.runtime_ns = (user + system) * kSecond;
  return counters;
}

struct Thread {
  std::uint32_t tid = 0;
  std::string comm;
  task_counters counters{};
  std::uint64_t start_ns = kYoung;
  std::uint32_t state = 1;
};

struct Living {
  std::uint32_t pid = 0;
  std::string comm;
  task_counters counters{};  // of the main thread
  std::uint64_t start_ns = kYoung;
  std::uint32_t ppid = 1;
  std::uint32_t flags = 0;
  std::uint32_t state = 1;
  task_counters ended{};
  std::vector<Thread> threads{};  // besides the main one
};

class Tracking {
 public:
  using Options = Tracker::Options;

  explicit Tracking(const std::string& yaml = kNamesAbc, Options options = {})
      : config_(parse(yaml)), facts_(host_.fs()), tracker_(config_, facts_, begin(options)) {}

  // With death events, as the kernel's sources give them.
  static Options told() {
    Options options;
    options.deaths_are_told = true;
    return options;
  }

  // As with --process.rematch-on-exec.
  static Options rematching(Options options = {}) {
    options.rematch_on_exec = true;
    return options;
  }

  // Since processes that are kYoung began.
  void pass(std::uint64_t seconds) noexcept { seconds_ += seconds; }

  void set_cmdline(std::uint32_t pid, const std::string& cmdline) const {
    host_.write("proc/" + std::to_string(pid) + "/cmdline", cmdline);
  }

  // Told in the order of thread ids, as by the sources.
  void snapshot(const std::vector<Living>& processes) {
    tracker_.begin_snapshot(kYoung + seconds_ * kSecond);
    std::vector<std::pair<task_thread, const Living*>> tasks;
    for (const auto& p : processes) {
      tasks.emplace_back(thread_of(p, {p.pid, p.comm, p.counters, p.start_ns, p.state}), &p);
      for (const auto& thread : p.threads) tasks.emplace_back(thread_of(p, thread), nullptr);
    }
    std::sort(tasks.begin(), tasks.end(),
              [](const auto& a, const auto& b) { return a.first.pid < b.first.pid; });
    for (const auto& [thread, process] : tasks) {
      if (process != nullptr) {
        tracker_.on_process(thread, record_of(*process));
      } else {
        tracker_.on_thread(thread);
      }
    }
    tracker_.end_snapshot();
  }

  void fork(std::uint32_t ppid, std::uint32_t pid, std::uint64_t start_ns = kYoung) {
    task_fork event{};
    event.event = {TASK_EVENT_FORK, pid, start_ns};
    event.ppid = ppid;
    tracker_.on_fork(event);
  }

  void exec(std::uint32_t pid, const std::string& comm, const std::string& args = {},
            std::uint64_t start_ns = kYoung) {
    task_exec event{};
    event.event = {TASK_EVENT_EXEC, pid, start_ns};
    set_text(event.comm, comm);
    tracker_.on_exec(event, args);
  }

  void thread_end(std::uint32_t pid, std::uint32_t tid, const task_counters& counters,
                  std::uint64_t start_ns = kYoung) {
    task_thread_end event{};
    event.event = {TASK_EVENT_THREAD_END, pid, start_ns};
    event.pid = tid;
    event.times.runtime_ns = counters.runtime_ns;
    event.times.run_delay_ns = counters.run_delay_ns;
    event.times.blocked_io_ns = counters.blocked_io_ns;
    event.times.blocked_other_ns = counters.blocked_other_ns;
    tracker_.on_thread_end(event);
  }

  struct End {
    std::uint32_t pid = 0;
    task_counters totals{};
    std::uint64_t start_ns = kYoung;
    std::string comm = "x";
    std::uint32_t exit_code = 0;
    std::uint32_t oom = 0;
    std::uint32_t flags = 0;
  };
  void end(const End& end) {
    task_process_end event{};
    event.event = {TASK_EVENT_PROCESS_END, end.pid, end.start_ns};
    set_text(event.comm, end.comm);
    event.exit_code = end.exit_code;
    event.oom = end.oom;
    event.flags = end.flags;
    event.totals = end.totals;
    tracker_.on_process_end(event);
  }

  Tracker& tracker() noexcept { return tracker_; }
  const TempHost& host() const noexcept { return host_; }
  // A group that is not shown is as good as none.
  const Group& group(std::string_view name) const {
    static const Group none;
    const auto found = tracker_.groups().find(name);
    return found == tracker_.groups().end() || !found->second.shown ? none : found->second;
  }
  std::uint64_t processes(std::string_view name) const { return group(name).gauges.processes; }
  double user(std::string_view name) const { return seconds(group(name).counted.cpu.user_ns); }
  double system(std::string_view name) const { return seconds(group(name).counted.cpu.system_ns); }
  double unmatched() const { return seconds(tracker_.unmatched().counted.counters.runtime_ns); }
  // The names of the groups that are shown.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, group] : tracker_.groups()) {
      if (group.shown) names.push_back(name);
    }
    return names;
  }

 private:
  static double seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

  static Config parse(const std::string& yaml) {
    auto config = parse_config(yaml, "test.yml");
    REQUIRE_MESSAGE(config, config.error().message());
    return std::move(*config);
  }

  static Options begin(Options options) {
    options.first_reading_ns = kBegin;
    return options;
  }

  static task_thread thread_of(const Living& p, const Thread& from) {
    task_thread thread{};
    thread.pid = from.tid;
    thread.tgid = p.pid;
    thread.start_ns = from.start_ns;
    thread.state = from.state;
    thread.flags = p.flags;
    set_text(thread.comm, from.comm);
    thread.counters = from.counters;
    return thread;
  }

  static task_process record_of(const Living& p) {
    task_process record{};
    record.ended = p.ended;
    record.ppid = p.ppid;
    record.threads = static_cast<std::uint32_t>(1 + p.threads.size());
    return record;
  }

  std::uint64_t seconds_ = 0;
  TempHost host_;
  Config config_;
  ProcFacts facts_;
  Tracker tracker_;
};

}  // namespace hx::test
