// SPDX-License-Identifier: Apache-2.0
#include "process/event_recorder.h"

#include <sys/wait.h>

#include <string>

namespace hx {
namespace {

std::string member(const char* name, std::uint64_t value) {
  return ",\"" + std::string(name) + "\":" + std::to_string(value);
}

// Seconds, since boot or of CPU time, to the nanosecond.
std::string seconds(const char* name, std::uint64_t ns) {
  auto fraction = std::to_string(ns % 1'000'000'000);
  fraction.insert(0, 9 - fraction.size(), '0');
  return ",\"" + std::string(name) + "\":" + std::to_string(ns / 1'000'000'000) + "." + fraction;
}

std::string process(const task_event& event) {
  return "\"pid\":" + std::to_string(event.tgid) + seconds("start_seconds", event.start_ns);
}

std::string comm(std::span<const char, TASK_COMM_BYTES> name) {
  return ",\"comm\":" + json_string(text_of(name));
}

}  // namespace

void EventRecorder::on_fork(const task_fork& fork) {
  events_.add("fork", process(fork.event) + member("ppid", fork.ppid));
  next_.on_fork(fork);
}

// Without the arguments: they may hold what nobody is to read here.
void EventRecorder::on_exec(const task_exec& exec, std::string_view args) {
  events_.add("exec", process(exec.event) + comm(exec.comm) + member("euid", exec.euid));
  next_.on_exec(exec, args);
}

void EventRecorder::on_process_end(const task_process_end& end) {
  const auto status = static_cast<int>(end.exit_code);
  events_.add("exit",
              process(end.event) + comm(end.comm) +
                  (WIFSIGNALED(status)
                       ? member("signal", static_cast<std::uint64_t>(WTERMSIG(status)))
                       : member("status", static_cast<std::uint64_t>(WEXITSTATUS(status)))) +
                  member("oom", end.oom) + seconds("cpu_seconds", end.totals.runtime_ns));
  next_.on_process_end(end);
}

}  // namespace hx
