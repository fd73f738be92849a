// SPDX-License-Identifier: Apache-2.0
#include "process/group_metrics.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <set>
#include <string>

#include "base/text.h"
#include "support/scrape.h"

namespace hx::test {
namespace {

using namespace std::string_literals;

std::string write(const Groups& groups, const GroupMetricsOptions& options = {}) {
  std::string text;
  MetricSink out(text);
  write_group_metrics(out, groups, options);
  return text;
}

Counted counted() {
  Counted c;
  c.cpu = {1'500'000'000, 250'000'000};
  c.counters.voluntary_switches = 11;
  c.counters.involuntary_switches = 12;
  c.counters.minor_faults = 13;
  c.counters.major_faults = 14;
  c.counters.read_bytes = 15;
  c.counters.write_bytes = 16;
  c.counters.run_delay_ns = 1'700'000'000;
  c.counters.blocked_io_ns = 1'800'000'000;
  c.counters.blocked_other_ns = 1'900'000'000;
  return c;
}

Group full_group() {
  Group group;
  group.shown = true;
  group.gauges.processes = 2;
  group.gauges.threads = 7;
  group.gauges.open_fds = 21;
  group.gauges.worst_fd_ratio = 0.25;
  group.gauges.oldest_start_ns = 5'990'000'000;
  group.gauges.resident_pages = 100;
  group.gauges.virtual_pages = 2000;
  group.gauges.swapped_pages = 3;
  group.gauges.states = {1, 2, 3, 4, 5};
  group.counted = counted();
  group.started = 6;
  group.exited = {31, 32, 33, 34};
  group.killed = {{9, 35}, {40, 36}};
  group.threads["worker"] = {.count = 4, .counted = counted()};
  return group;
}

const GroupMetricsOptions kAll{.threads = true,
                               .lifecycle = true,
                               .blocked_io = true,
                               .blocked_other = true,
                               .boot_time_ns = 100'000'000'000};

std::string pages(std::uint64_t count) {
  return std::to_string(count * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

std::set<std::string> families(const std::string& text) {
  std::set<std::string> names;
  std::string_view rest = text, line;
  while (next_line(rest, line)) {
    if (next_field(line) == "#" && next_field(line) == "TYPE") names.emplace(next_field(line));
  }
  return names;
}

}  // namespace

TEST_CASE("group metrics: all families of a group, to the letter") {
  const std::string expected =
      R"(# HELP namedprocess_namegroup_context_switches_total Context switches
# TYPE namedprocess_namegroup_context_switches_total counter
namedprocess_namegroup_context_switches_total{groupname="web",ctxswitchtype="voluntary"} 11
namedprocess_namegroup_context_switches_total{groupname="web",ctxswitchtype="nonvoluntary"} 12
# HELP namedprocess_namegroup_cpu_seconds_total Cpu user usage in seconds
# TYPE namedprocess_namegroup_cpu_seconds_total counter
namedprocess_namegroup_cpu_seconds_total{groupname="web",mode="user"} 1.5
namedprocess_namegroup_cpu_seconds_total{groupname="web",mode="system"} 0.25
# HELP namedprocess_namegroup_major_page_faults_total Major page faults
# TYPE namedprocess_namegroup_major_page_faults_total counter
namedprocess_namegroup_major_page_faults_total{groupname="web"} 14
# HELP namedprocess_namegroup_minor_page_faults_total Minor page faults
# TYPE namedprocess_namegroup_minor_page_faults_total counter
namedprocess_namegroup_minor_page_faults_total{groupname="web"} 13
# HELP namedprocess_namegroup_read_bytes_total number of bytes read by this group
# TYPE namedprocess_namegroup_read_bytes_total counter
namedprocess_namegroup_read_bytes_total{groupname="web"} 15
# HELP namedprocess_namegroup_write_bytes_total number of bytes written by this group
# TYPE namedprocess_namegroup_write_bytes_total counter
namedprocess_namegroup_write_bytes_total{groupname="web"} 16
# HELP namedprocess_namegroup_runqueue_wait_seconds_total Time that threads waited on a run queue before they ran.
# TYPE namedprocess_namegroup_runqueue_wait_seconds_total counter
namedprocess_namegroup_runqueue_wait_seconds_total{groupname="web"} 1.7
# HELP namedprocess_namegroup_blocked_seconds_total Time that threads slept uninterruptibly: for I/O, or something else.
# TYPE namedprocess_namegroup_blocked_seconds_total counter
namedprocess_namegroup_blocked_seconds_total{groupname="web",reason="io"} 1.8
namedprocess_namegroup_blocked_seconds_total{groupname="web",reason="other"} 1.9
# HELP namedprocess_namegroup_num_procs number of processes in this group
# TYPE namedprocess_namegroup_num_procs gauge
namedprocess_namegroup_num_procs{groupname="web"} 2
# HELP namedprocess_namegroup_num_threads Number of threads
# TYPE namedprocess_namegroup_num_threads gauge
namedprocess_namegroup_num_threads{groupname="web"} 7
# HELP namedprocess_namegroup_open_filedesc number of open file descriptors for this group
# TYPE namedprocess_namegroup_open_filedesc gauge
namedprocess_namegroup_open_filedesc{groupname="web"} 21
# HELP namedprocess_namegroup_worst_fd_ratio the worst (closest to 1) ratio between open fds and max fds among all procs in this group
# TYPE namedprocess_namegroup_worst_fd_ratio gauge
namedprocess_namegroup_worst_fd_ratio{groupname="web"} 0.25
# HELP namedprocess_namegroup_memory_bytes number of bytes of memory in use
# TYPE namedprocess_namegroup_memory_bytes gauge
namedprocess_namegroup_memory_bytes{groupname="web",memtype="resident"} )" +
      pages(100) + R"(
namedprocess_namegroup_memory_bytes{groupname="web",memtype="virtual"} )" +
      pages(2000) + R"(
namedprocess_namegroup_memory_bytes{groupname="web",memtype="swapped"} )" +
      pages(3) + R"(
# HELP namedprocess_namegroup_oldest_start_time_seconds start time in seconds since 1970/01/01 of oldest process in group
# TYPE namedprocess_namegroup_oldest_start_time_seconds gauge
namedprocess_namegroup_oldest_start_time_seconds{groupname="web"} 105
# HELP namedprocess_namegroup_states Number of processes in states Running, Sleeping, Waiting, Zombie, or Other
# TYPE namedprocess_namegroup_states gauge
namedprocess_namegroup_states{groupname="web",state="Other"} 1
namedprocess_namegroup_states{groupname="web",state="Running"} 2
namedprocess_namegroup_states{groupname="web",state="Sleeping"} 3
namedprocess_namegroup_states{groupname="web",state="Waiting"} 4
namedprocess_namegroup_states{groupname="web",state="Zombie"} 5
# HELP namedprocess_namegroup_processes_started_total Processes that began since this daemon did.
# TYPE namedprocess_namegroup_processes_started_total counter
namedprocess_namegroup_processes_started_total{groupname="web"} 6
# HELP namedprocess_namegroup_processes_exited_total Processes that ended: with status 0, another status, by a signal, by the out-of-memory killer.
# TYPE namedprocess_namegroup_processes_exited_total counter
namedprocess_namegroup_processes_exited_total{groupname="web",reason="exit"} 31
namedprocess_namegroup_processes_exited_total{groupname="web",reason="error"} 32
namedprocess_namegroup_processes_exited_total{groupname="web",reason="signal"} 33
namedprocess_namegroup_processes_exited_total{groupname="web",reason="oom"} 34
# HELP namedprocess_namegroup_processes_killed_total Processes that a signal ended.
# TYPE namedprocess_namegroup_processes_killed_total counter
namedprocess_namegroup_processes_killed_total{groupname="web",signal="SIGKILL"} 35
namedprocess_namegroup_processes_killed_total{groupname="web",signal="40"} 36
# HELP namedprocess_namegroup_thread_count Number of threads in this group with same threadname
# TYPE namedprocess_namegroup_thread_count gauge
namedprocess_namegroup_thread_count{groupname="web",threadname="worker"} 4
# HELP namedprocess_namegroup_thread_cpu_seconds_total Cpu user/system usage in seconds
# TYPE namedprocess_namegroup_thread_cpu_seconds_total counter
namedprocess_namegroup_thread_cpu_seconds_total{groupname="web",threadname="worker",mode="user"} 1.5
namedprocess_namegroup_thread_cpu_seconds_total{groupname="web",threadname="worker",mode="system"} 0.25
# HELP namedprocess_namegroup_thread_io_bytes_total number of bytes read/written by these threads
# TYPE namedprocess_namegroup_thread_io_bytes_total counter
namedprocess_namegroup_thread_io_bytes_total{groupname="web",threadname="worker",iomode="read"} 15
namedprocess_namegroup_thread_io_bytes_total{groupname="web",threadname="worker",iomode="write"} 16
# HELP namedprocess_namegroup_thread_major_page_faults_total Major page faults for these threads
# TYPE namedprocess_namegroup_thread_major_page_faults_total counter
namedprocess_namegroup_thread_major_page_faults_total{groupname="web",threadname="worker"} 14
# HELP namedprocess_namegroup_thread_minor_page_faults_total Minor page faults for these threads
# TYPE namedprocess_namegroup_thread_minor_page_faults_total counter
namedprocess_namegroup_thread_minor_page_faults_total{groupname="web",threadname="worker"} 13
# HELP namedprocess_namegroup_thread_context_switches_total Context switches for these threads
# TYPE namedprocess_namegroup_thread_context_switches_total counter
namedprocess_namegroup_thread_context_switches_total{groupname="web",threadname="worker",ctxswitchtype="voluntary"} 11
namedprocess_namegroup_thread_context_switches_total{groupname="web",threadname="worker",ctxswitchtype="nonvoluntary"} 12
)";
  CHECK(write({{"web", full_group()}}, kAll) == expected);
}

TEST_CASE(
    "group metrics: time in sleep is told where the kernel accounts it, each kind by itself") {
  const Groups groups{{"web", full_group()}};
  const std::string family = "namedprocess_namegroup_blocked_seconds_total";
  CHECK(families(write(groups)).count(family) == 0);
  auto series = parse_exposition(write(groups, {.blocked_io = true}));
  CHECK(series[family + R"({groupname="web",reason="io"})"] == "1.8");
  CHECK(series.count(family + R"({groupname="web",reason="other"})") == 0);
}

TEST_CASE("group metrics: a group that is empty stays with zeros") {
  Groups groups;
  groups["gone"].shown = true;
  const auto series = parse_exposition(write(groups, kAll));
  CHECK(series.size() == 29);
  for (const auto& one : series) {
    CAPTURE(one.first);
    CHECK(one.second == "0");
    CHECK(one.first.find("thread_") == std::string::npos);
  }
}

TEST_CASE("group metrics: a group that never had a process is absent") {
  Groups groups;
  groups["never"].started = 1;
  CHECK(write(groups, kAll).empty());
}

TEST_CASE("group metrics: thread families and exits are left out where they are not wanted") {
  const Groups groups{{"web", full_group()}};
  const auto all = families(write(groups, kAll));
  auto without = kAll;
  without.threads = false;
  for (const auto& name : all) {
    const bool is_thread = name.find("_thread_") != std::string::npos;
    CHECK(families(write(groups, without)).contains(name) == !is_thread);
  }
  without = kAll;
  without.lifecycle = false;
  CHECK_FALSE(
      families(write(groups, without)).contains("namedprocess_namegroup_processes_exited_total"));
}

TEST_CASE("group metrics: hostile names make valid and distinct series") {
  struct Row {
    std::string name, label;
  };
  const std::vector<Row> rows{
      {"", ""},
      {"two\nlines", "two\\nlines"},
      {"say \"x\"", "say \\\"x\\\""},
      {"back\\slash\\", "back\\\\slash\\\\"},
      {"a\"} 1\nfake{x=\"", "a\\\"} 1\\nfake{x=\\\""},
      {"cut \xe2\x82", "cut \xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xff", "\xEF\xBF\xBD"},
      {"\x01\x1b[31m\x7f\r", "\x01\x1b[31m\x7f\r"},
      {"nul\0byte"s, "nul\0byte"s},
      {"{}=,#", "{}=,#"},
      {"日本語", "日本語"},
  };
  Groups groups;
  for (const auto& row : rows) {
    groups[row.name] = full_group();
    groups[row.name].threads.clear();
    groups[row.name].threads[row.name].count = 1;
  }
  const auto text = write(groups, kAll);
  CHECK(is_utf8(text));
  std::set<std::string_view> lines;
  std::string_view rest = text, line;
  while (next_line(rest, line)) {
    CAPTURE(line);
    CHECK(lines.insert(line.substr(0, line.rfind(' '))).second);
    CHECK((line.starts_with("# ") || line.starts_with("namedprocess_namegroup_")));
  }
  for (const auto& row : rows) {
    CAPTURE(row.name);
    CHECK(text.find("\nnamedprocess_namegroup_num_procs{groupname=\"" + row.label + "\"} 2\n") !=
          std::string::npos);
    CHECK(text.find("\nnamedprocess_namegroup_thread_count{groupname=\"" + row.label +
                    "\",threadname=\"" + row.label + "\"} 1\n") != std::string::npos);
  }
}

TEST_CASE("group metrics: what is sampled is there once there is a sample, with its age") {
  Groups groups;
  for (const char* name : {"new", "web"}) groups[name].shown = true;
  auto& gauges = groups["web"].gauges;
  gauges.processes = 3;
  gauges.sampled = 2;
  gauges.proportional_resident_bytes = 4096;
  gauges.proportional_swapped_bytes = 1024;
  gauges.oldest_sample = std::chrono::steady_clock::now() - std::chrono::seconds(20);
  gauges.waits = {0, 4};
  const std::array<std::string, 3> names{"do_wait", "ep_poll", "pipe_read"};
  GroupMetricsOptions options;
  options.wait_names = names;
  const auto text = write(groups, options);
  auto series = parse_exposition(text);
  const std::string prefix = "namedprocess_namegroup_";
  const auto value = [&](const std::string& rest) { return series[prefix + rest]; };
  CHECK(value("memory_bytes{groupname=\"web\",memtype=\"proportionalResident\"}") == "4096");
  CHECK(value("memory_bytes{groupname=\"web\",memtype=\"proportionalSwapped\"}") == "1024");
  CHECK(value("proportional_memory_missing_procs{groupname=\"web\"}") == "1");
  CHECK(to_double(value("proportional_memory_age_seconds{groupname=\"web\"}")).value_or(0) >= 20);
  CHECK(value("threads_wchan{groupname=\"web\",wchan=\"ep_poll\"}") == "4");
  CHECK(text.find("do_wait") == std::string::npos);
  CHECK(text.find("age_seconds{groupname=\"new\"") == std::string::npos);
  CHECK(text.find("groupname=\"new\",memtype=\"proportional") == std::string::npos);
}

TEST_CASE("group_metrics: block I/O of groups and of control groups, one where they share a name") {
  const auto series = [](const char* name, const char* op) {
    return "namedprocess_namegroup_block_io_latency_seconds_count{groupname=\""s + name +
           "\",op=\"" + op + "\"}";
  };
  Groups groups;
  groups["db"].shown = true;
  groups["db"].block[0].slots[3] = 4;
  groups["nginx.service"].shown = true;
  groups["nginx.service"].block[1].slots[3] = 5;
  groups["idle"].shown = true;
  std::map<std::string, BlockTimes, std::less<>> owners;
  owners["nginx.service"][1].slots[0] = 6;
  owners["writeback"][1].slots[0] = 7;
  const auto text = write(groups, {.block_owners = &owners});
  const auto has = [&](const std::string& sample) {
    return text.find(sample + "\n") != std::string::npos;
  };
  CHECK(has(series("db", "read") + " 4"));
  CHECK(text.find(series("db", "write")) == std::string::npos);
  CHECK(has(series("nginx.service", "write") + " 11"));
  CHECK(has(series("writeback", "write") + " 7"));
  CHECK(text.find("block_io_latency_seconds_count{groupname=\"idle\"") == std::string::npos);
  CHECK(write(groups).find("block_io") == std::string::npos);  // not told
}

TEST_CASE("group_metrics: TCP of groups that had to do with it, bytes where they can be counted") {
  Groups groups;
  groups["web"].shown = true;
  groups["web"].tcp = {
      .sent_bytes = 1, .received_bytes = 2, .connects = 3, .accepts = 4, .retransmits = 5};
  groups["idle"].shown = true;
  const auto text = write(groups, {.tcp = true, .tcp_bytes = true});
  const auto has = [&](const char* name, const char* value) {
    return text.find("namedprocess_namegroup_tcp_"s + name + "_total{groupname=\"web\"} " + value +
                     "\n") != std::string::npos;
  };
  CHECK(has("sent_bytes", "1"));
  CHECK(has("received_bytes", "2"));
  CHECK(has("connects", "3"));
  CHECK(has("accepts", "4"));
  CHECK(has("retransmits", "5"));
  CHECK(text.find("tcp_connects_total{groupname=\"idle\"}") == std::string::npos);
  const auto without_bytes = write(groups, {.tcp = true});
  CHECK(without_bytes.find("_tcp_accepts_total") != std::string::npos);
  CHECK(without_bytes.find("_bytes_total{groupname=\"web\"} 1") == std::string::npos);
  CHECK(write(groups).find("_tcp_") == std::string::npos);
}

}  // namespace hx::test
