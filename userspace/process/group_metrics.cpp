// SPDX-License-Identifier: Apache-2.0
// The help texts of process-exporter's families are its own: dashboards and promtool show them.
#include "process/group_metrics.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "metrics/histogram_bounds.h"

namespace hx {
namespace {

constexpr std::array<std::string_view, kStates> kStateNames{"Other", "Running", "Sleeping",
                                                            "Waiting", "Zombie"};
constexpr std::array<std::string_view, kExitReasons> kReasonNames{"exit", "error", "signal", "oom"};

double seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

// Calls `f(name, group)` for each exported group. The families are written one after the other, so
// that each is contiguous.
template <class F>
void each(const Groups& groups, F f) {
  for (const auto& [name, group] : groups) {
    if (group.shown) f(std::string_view(name), group);
  }
}

template <class F>
void each_thread(const Groups& groups, F f) {
  each(groups, [&](std::string_view name, const Group& group) {
    for (const auto& [comm, threads] : group.threads) {
      if (threads.count != 0) f(name, std::string_view(comm), threads);
    }
  });
}

void write_counters(MetricSink& out, const Groups& groups) {
  auto switches = out.counter("namedprocess_namegroup_context_switches_total", "Context switches");
  each(groups, [&](auto name, const Group& g) {
    const auto& c = g.counted.counters;
    switches.add({{"groupname", name}, {"ctxswitchtype", "voluntary"}}, c.voluntary_switches);
    switches.add({{"groupname", name}, {"ctxswitchtype", "nonvoluntary"}}, c.involuntary_switches);
  });
  auto cpu = out.counter("namedprocess_namegroup_cpu_seconds_total", "Cpu user usage in seconds");
  each(groups, [&](auto name, const Group& g) {
    cpu.add({{"groupname", name}, {"mode", "user"}}, seconds(g.counted.cpu.user_ns));
    cpu.add({{"groupname", name}, {"mode", "system"}}, seconds(g.counted.cpu.system_ns));
  });
  const auto simple = [&](std::string_view family, std::string_view help, auto member) {
    auto values = out.counter(family, help);
    each(groups, [&](auto name, const Group& g) {
      values.add({{"groupname", name}}, g.counted.counters.*member);
    });
  };
  simple("namedprocess_namegroup_major_page_faults_total", "Major page faults",
         &task_counters::major_faults);
  simple("namedprocess_namegroup_minor_page_faults_total", "Minor page faults",
         &task_counters::minor_faults);
  simple("namedprocess_namegroup_read_bytes_total", "number of bytes read by this group",
         &task_counters::read_bytes);
  simple("namedprocess_namegroup_write_bytes_total", "number of bytes written by this group",
         &task_counters::write_bytes);
  auto wait = out.counter("namedprocess_namegroup_runqueue_wait_seconds_total",
                          "Time that threads waited on a run queue before they ran.");
  each(groups, [&](auto name, const Group& g) {
    wait.add({{"groupname", name}}, seconds(g.counted.counters.run_delay_ns));
  });
}

void write_blocked(MetricSink& out, const Groups& groups, const GroupMetricsOptions& options) {
  if (!options.blocked_io && !options.blocked_other) return;
  auto blocked =
      out.counter("namedprocess_namegroup_blocked_seconds_total",
                  "Time that threads slept uninterruptibly: for I/O, or something else.");
  each(groups, [&](auto name, const Group& g) {
    const auto& c = g.counted.counters;
    const auto add = [&](std::string_view reason, std::uint64_t ns) {
      blocked.add({{"groupname", name}, {"reason", reason}}, seconds(ns));
    };
    if (options.blocked_io) add("io", c.blocked_io_ns);
    if (options.blocked_other) add("other", c.blocked_other_ns);
  });
}

void write_throttled(MetricSink& out, const Groups& groups) {
  auto throttled = out.counter("namedprocess_namegroup_cpu_quota_throttled_seconds_total",
                               "Time that CPU quotas kept run queues from running processes of "
                               "the group, summed over CPUs.");
  each(groups, [&](auto name, const Group& g) {
    if (g.throttled_ns) throttled.add({{"groupname", name}}, seconds(*g.throttled_ns));
  });
}

// Only of groups that have any: 30 series each.
void write_times(MetricSink& out, const Groups& groups, std::string_view family,
                 std::string_view help, Times Group::*member) {
  auto times = out.histogram(family, help);
  each(groups, [&](auto name, const Group& g) {
    const Times& of = g.*member;
    if (!of.empty()) times.add({{"groupname", name}}, seconds_of(of.slots, of.sum_ns));
  });
}

// Where a control group has the name of a group, it is one with it.
void write_block(MetricSink& out, const Groups& groups, const GroupMetricsOptions& options) {
  if (options.block_owners == nullptr) return;
  constexpr std::array<std::string_view, BLOCK_OWNER_OPS> kOps{"read", "write"};
  auto latency = out.histogram("namedprocess_namegroup_block_io_latency_seconds",
                               "Time of block requests that the group made, from making one to its "
                               "completion.");
  const auto add = [&](std::string_view name, const BlockTimes& times) {
    for (std::size_t op = 0; op < kOps.size(); ++op) {
      if (times[op].empty()) continue;
      latency.add({{"groupname", name}, {"op", kOps[op]}},
                  seconds_of(times[op].slots, times[op].sum_ns));
    }
  };
  const auto& owners = *options.block_owners;
  each(groups, [&](auto name, const Group& g) {
    const auto same = owners.find(name);
    auto times = g.block;
    for (std::size_t op = 0; same != owners.end() && op < times.size(); ++op) {
      times[op] += same->second[op];
    }
    add(name, times);
  });
  for (const auto& [name, times] : owners) {
    const auto group = groups.find(name);
    if (group == groups.end() || !group->second.shown) add(name, times);
  }
}

// Only of groups that had to do with TCP.
void write_tcp(MetricSink& out, const Groups& groups, const GroupMetricsOptions& options) {
  const auto simple = [&](std::string_view family, std::string_view help, auto member) {
    auto values = out.counter(family, help);
    each(groups, [&](auto name, const Group& g) {
      if (!g.tcp.empty()) values.add({{"groupname", name}}, g.tcp.*member);
    });
  };
  if (!options.tcp) return;
  simple("namedprocess_namegroup_tcp_accepts_total",
         "TCP connections that others opened and the group used.", &TcpTotals::accepts);
  simple("namedprocess_namegroup_tcp_connects_total",
         "TCP connections that the group tried to open.", &TcpTotals::connects);
  simple("namedprocess_namegroup_tcp_retransmits_total",
         "TCP segments that were sent again from sockets that the group was the first to use.",
         &TcpTotals::retransmits);
  if (!options.tcp_bytes) return;
  simple("namedprocess_namegroup_tcp_received_bytes_total",
         "Bytes that the group read from TCP sockets.", &TcpTotals::received_bytes);
  simple("namedprocess_namegroup_tcp_sent_bytes_total",
         "Bytes that the group wrote to TCP sockets.", &TcpTotals::sent_bytes);
}

void write_memory(MetricSink& out, const Groups& groups) {
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  auto memory =
      out.gauge("namedprocess_namegroup_memory_bytes", "number of bytes of memory in use");
  each(groups, [&](auto name, const Group& g) {
    memory.add({{"groupname", name}, {"memtype", "resident"}}, g.gauges.resident_pages * page);
    memory.add({{"groupname", name}, {"memtype", "virtual"}}, g.gauges.virtual_pages * page);
    memory.add({{"groupname", name}, {"memtype", "swapped"}}, g.gauges.swapped_pages * page);
    if (g.gauges.sampled == 0) return;
    memory.add({{"groupname", name}, {"memtype", "proportionalResident"}},
               g.gauges.proportional_resident_bytes);
    memory.add({{"groupname", name}, {"memtype", "proportionalSwapped"}},
               g.gauges.proportional_swapped_bytes);
  });
  auto age = out.gauge("namedprocess_namegroup_proportional_memory_age_seconds",
                       "Age of the oldest sample in the group's proportional memory.");
  const auto now = std::chrono::steady_clock::now();
  each(groups, [&](auto name, const Group& g) {
    if (g.gauges.sampled == 0) return;
    age.add({{"groupname", name}},
            std::chrono::duration<double>(now - g.gauges.oldest_sample).count());
  });
  auto unsampled =
      out.gauge("namedprocess_namegroup_proportional_memory_missing_procs",
                "Processes that the group's proportional memory does not include yet.");
  each(groups, [&](auto name, const Group& g) {
    if (g.gauges.sampled == 0) return;
    unsampled.add({{"groupname", name}}, g.gauges.processes - g.gauges.sampled);
  });
}

void write_gauges(MetricSink& out, const Groups& groups, std::int64_t boot_time_ns) {
  const auto simple = [&](std::string_view family, std::string_view help, auto member) {
    auto values = out.gauge(family, help);
    each(groups, [&](auto name, const Group& g) {
      values.add({{"groupname", name}}, g.gauges.*member);
    });
  };
  simple("namedprocess_namegroup_num_procs", "number of processes in this group",
         &Gauges::processes);
  simple("namedprocess_namegroup_num_threads", "Number of threads", &Gauges::threads);
  simple("namedprocess_namegroup_open_filedesc", "number of open file descriptors for this group",
         &Gauges::open_fds);
  simple(
      "namedprocess_namegroup_worst_fd_ratio",
      "the worst (closest to 1) ratio between open fds and max fds among all procs in this group",
      &Gauges::worst_fd_ratio);
  write_memory(out, groups);
  auto oldest = out.gauge("namedprocess_namegroup_oldest_start_time_seconds",
                          "start time in seconds since 1970/01/01 of oldest process in group");
  each(groups, [&](auto name, const Group& g) {
    const auto start = static_cast<std::int64_t>(g.gauges.oldest_start_ns);
    oldest.add({{"groupname", name}}, start == 0 ? 0 : (boot_time_ns + start) / 1'000'000'000);
  });
  auto states =
      out.gauge("namedprocess_namegroup_states",
                "Number of processes in states Running, Sleeping, Waiting, Zombie, or Other");
  each(groups, [&](auto name, const Group& g) {
    for (std::size_t i = 0; i < kStates; ++i) {
      states.add({{"groupname", name}, {"state", kStateNames[i]}}, g.gauges.states[i]);
    }
  });
}

void write_waits(MetricSink& out, const Groups& groups, std::span<const std::string> names) {
  auto waits = out.gauge("namedprocess_namegroup_threads_wchan",
                         "Number of threads in this group waiting on each wchan");
  each(groups, [&](auto name, const Group& g) {
    for (std::size_t i = 0; i < g.gauges.waits.size(); ++i) {
      if (g.gauges.waits[i] == 0) continue;
      waits.add({{"groupname", name}, {"wchan", names[i]}}, g.gauges.waits[i]);
    }
  });
}

// By number, signal(7); the same on x86 and ARM.
constexpr std::array<std::string_view, 32> kSignalNames{
    "0",         "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};

std::string signal_name(std::uint32_t signal) {
  if (signal < kSignalNames.size()) return std::string(kSignalNames[signal]);
  return std::to_string(signal);  // a real-time one
}

void write_killed(MetricSink& out, const Groups& groups) {
  auto killed = out.counter("namedprocess_namegroup_processes_killed_total",
                            "Processes that a signal ended.");
  each(groups, [&](auto name, const Group& g) {
    for (const auto& [signal, count] : g.killed) {
      killed.add({{"groupname", name}, {"signal", signal_name(signal)}}, count);
    }
  });
}

void write_lifecycle(MetricSink& out, const Groups& groups, bool exits) {
  auto started = out.counter("namedprocess_namegroup_processes_started_total",
                             "Processes that began since this daemon did.");
  each(groups, [&](auto name, const Group& g) { started.add({{"groupname", name}}, g.started); });
  if (!exits) return;
  auto exited = out.counter("namedprocess_namegroup_processes_exited_total",
                            "Processes that ended: with status 0, another status, by a signal, by "
                            "the out-of-memory killer.");
  each(groups, [&](auto name, const Group& g) {
    for (std::size_t i = 0; i < kExitReasons; ++i) {
      exited.add({{"groupname", name}, {"reason", kReasonNames[i]}}, g.exited[i]);
    }
  });
  write_killed(out, groups);
}

void write_threads(MetricSink& out, const Groups& groups) {
  auto count = out.gauge("namedprocess_namegroup_thread_count",
                         "Number of threads in this group with same threadname");
  each_thread(groups, [&](auto name, auto comm, const ThreadGroup& t) {
    count.add({{"groupname", name}, {"threadname", comm}}, t.count);
  });
  auto cpu = out.counter("namedprocess_namegroup_thread_cpu_seconds_total",
                         "Cpu user/system usage in seconds");
  each_thread(groups, [&](auto name, auto comm, const ThreadGroup& t) {
    cpu.add({{"groupname", name}, {"threadname", comm}, {"mode", "user"}},
            seconds(t.counted.cpu.user_ns));
    cpu.add({{"groupname", name}, {"threadname", comm}, {"mode", "system"}},
            seconds(t.counted.cpu.system_ns));
  });
  // Families with one sample a thread name, or with two that differ in one more label.
  const auto pair = [&](std::string_view family, std::string_view help, std::string_view label,
                        std::string_view first, auto first_member, std::string_view second,
                        auto second_member) {
    auto values = out.counter(family, help);
    each_thread(groups, [&](auto name, auto comm, const ThreadGroup& t) {
      const auto& c = t.counted.counters;
      values.add({{"groupname", name}, {"threadname", comm}, {label, first}}, c.*first_member);
      values.add({{"groupname", name}, {"threadname", comm}, {label, second}}, c.*second_member);
    });
  };
  const auto single = [&](std::string_view family, std::string_view help, auto member) {
    auto values = out.counter(family, help);
    each_thread(groups, [&](auto name, auto comm, const ThreadGroup& t) {
      values.add({{"groupname", name}, {"threadname", comm}}, t.counted.counters.*member);
    });
  };
  pair("namedprocess_namegroup_thread_io_bytes_total",
       "number of bytes read/written by these threads", "iomode", "read",
       &task_counters::read_bytes, "write", &task_counters::write_bytes);
  single("namedprocess_namegroup_thread_major_page_faults_total",
         "Major page faults for these threads", &task_counters::major_faults);
  single("namedprocess_namegroup_thread_minor_page_faults_total",
         "Minor page faults for these threads", &task_counters::minor_faults);
  pair("namedprocess_namegroup_thread_context_switches_total", "Context switches for these threads",
       "ctxswitchtype", "voluntary", &task_counters::voluntary_switches, "nonvoluntary",
       &task_counters::involuntary_switches);
}

}  // namespace

void write_group_metrics(MetricSink& out, const Groups& groups,
                         const GroupMetricsOptions& options) {
  write_counters(out, groups);
  write_times(out, groups, "namedprocess_namegroup_runqueue_latency_seconds",
              "Time that threads waited on a run queue before they ran.", &Group::waits);
  write_times(out, groups, "namedprocess_namegroup_oncpu_slice_seconds",
              "Time that threads ran before they were switched out.", &Group::slices);
  write_blocked(out, groups, options);
  write_throttled(out, groups);
  write_block(out, groups, options);
  write_tcp(out, groups, options);
  write_gauges(out, groups, options.boot_time_ns);
  write_waits(out, groups, options.wait_names);
  write_lifecycle(out, groups, options.lifecycle);
  if (options.threads) write_threads(out, groups);
}

}  // namespace hx
