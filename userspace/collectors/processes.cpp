// SPDX-License-Identifier: Apache-2.0
// How many processes and threads there are, by state, from /proc/PID/stat and the threads' files
// below it, see proc_pid_stat(5), and their limits, see proc_sys_kernel(5).
#include <map>
#include <optional>

#include "collectors/collector.h"

namespace hx {
namespace {

using StateCounts = std::map<std::string, std::uint64_t, std::less<>>;

struct Task {
  std::string state;  // a letter
  std::uint64_t threads = 0;
};

// The name, in parentheses, may hold anything: the fields begin behind the last one.
std::optional<Task> parse_stat(std::string_view text) {
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  const auto state = next_field(text);
  for (int field = 4; field < 20; ++field) next_field(text);
  const auto threads = to_u64(next_field(text));
  if (state.size() != 1 || !threads) return std::nullopt;
  return Task{std::string(state), *threads};
}

void add_states(MetricSink& out, std::string_view name, std::string_view help,
                std::string_view label, const StateCounts& states) {
  auto family = out.gauge(name, help);
  for (const auto& [state, count] : states) family.add({{label, state}}, count);
}

class Processes final : public Collector {
 public:
  explicit Processes(const Context& context)
      : fs_(context.fs),
        pid_max_(context.fs, "proc/sys/kernel/pid_max"),
        threads_max_(context.fs, "proc/sys/kernel/threads-max") {}

  Status collect(MetricSink& out) override {
    const auto census = take_census();
    if (!census) return census.error();
    out.gauge("node_processes_threads", "Allocated threads in system").add(census->threads);
    const auto threads_max = threads_max_.read_u64();
    if (!threads_max) return threads_max.error();
    out.gauge("node_processes_max_threads", "Limit of threads in the system").add(*threads_max);
    add_states(out, "node_processes_state", "Number of processes in each state.", "state",
               census->process_states);
    add_states(out, "node_processes_threads_state", "Number of threads in each state.",
               "thread_state", census->thread_states);
    const auto pid_max = pid_max_.read_u64();
    if (!pid_max) return pid_max.error();
    out.gauge("node_processes_pids", "Number of PIDs").add(census->processes);
    out.gauge("node_processes_max_processes", "Number of max PIDs limit").add(*pid_max);
    return {};
  }

 private:
  struct Census {
    std::uint64_t processes = 0, threads = 0;
    StateCounts process_states, thread_states;
  };

  // A task that ends meanwhile has no file to read any more, or an empty one, and does not count.
  Result<Census> take_census() const {
    const auto names = fs_.list("proc");
    if (!names) return names.error();
    Census census;
    for (const auto& pid : *names) {
      if (!to_u64(pid)) continue;
      const auto dir = "proc/" + pid;
      const auto process = parse_stat(fs_.read(dir + "/stat").value_or({}));
      if (!process) continue;
      ++census.processes;
      census.threads += process->threads;
      ++census.process_states[process->state];
      count_threads(dir + "/task", pid, process->state, census.thread_states);
    }
    return census;
  }

  void count_threads(const std::string& dir, const std::string& pid, const std::string& state,
                     StateCounts& states) const {
    for (const auto& tid : fs_.list(dir).value_or({})) {
      if (tid == pid) {  // the first thread's state is the process's
        ++states[state];
        continue;
      }
      const auto thread = parse_stat(fs_.read(dir + "/" + tid + "/stat").value_or({}));
      if (thread) ++states[thread->state];
    }
  }

  const HostFs& fs_;
  HotFile pid_max_, threads_max_;
};

}  // namespace

Result<CollectorPtr> make_processes(const Context& context) {
  return std::make_unique<Processes>(context);
}

}  // namespace hx
