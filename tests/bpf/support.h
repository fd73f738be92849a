// SPDX-License-Identifier: Apache-2.0
// Real work for kernel programs to count, and a scrape of one unit.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "metrics/collector.h"
#include "metrics/sources.h"
#include "probes/probe.h"
#include "process/process.h"

namespace hx::test {

// The row of the probe of that name.
const ProbeEntry& probe_entry(std::string_view name);
// That probe; fails the test case where it cannot be made.
CollectorPtr make_probe(std::string_view name, const ProbeContext& context);

// The series of one collect(), labels sorted; fails the test case when collect() fails.
std::map<std::string, double> scrape(Collector& unit);

// Why a source is down; empty when it is up, or nobody has spoken of it.
std::string reason_of(const Sources& sources, std::string_view source);

// Whether a source is down; it must not be but on kernels that have no task storage either.
bool is_too_old(const Sources& sources, std::string_view source);

// Forks, runs `child` and ends with its result; the parent waits and gets the wait status.
int run_child(const std::function<int()>& child);
// Forks and executes the file; waits for its end.
int run_program(const std::string& file, const std::vector<std::string>& args);
void pin_to_cpu0();
// Starts `path ARGS` on CPU 0.
pid_t start_pinned(const std::string& path, std::vector<std::string> args);
// Stops all threads of a process: who is stopped waits for no CPU, and nothing is in between when
// what it waited or ran is read in two places.
void stop(pid_t pid);
// Kills it and waits for its end.
void end(pid_t pid);
// Field 2 of schedstat of all its threads, in seconds.
double waited(pid_t pid);
// Uses the CPU for that long.
void spin_ms(int ms);
void sleep_ms(int ms);
double cpu_seconds(const rusage& usage);
rusage usage_of_children();

// A copy of a small program under a name of its own, so that its group has one; removed at the end.
class NamedProgram {
 public:
  NamedProgram(std::string_view source, std::string_view name);
  ~NamedProgram();
  const std::string& path() const noexcept { return path_; }

 private:
  std::string dir_, path_;
};

// The name groups alone, fed by the kernel programs that are theirs; fails the test case where one
// of these is down.
struct NameGroups {
  HostFs fs{HostRoots{}};
  Sources sources;
  CollectorPtr unit;

  explicit NameGroups(const ProcessOptions& options = {});
  // Scrapes until `series` is at least `value`: a process is reaped before its last switch, by a
  // moment that a loaded machine stretches. After ten seconds the tests see what is missing.
  std::map<std::string, double> scrape_until(const std::string& series, double value);
};

// The name groups with sched and, if one is named, a probe that counts by them, as the daemon puts
// them together.
struct CountedGroups {
  HostFs fs{HostRoots{}};
  Sources sources;
  GroupSources counts;
  CollectorPtr sched, node, groups;

  explicit CountedGroups(std::string_view probe = {}, Config config = default_config(),
                         const ProbeOptions& options = {});
};

// A process of its own name, a child that waits until it may work; gone at the end.
class Worker {
 public:
  Worker(const char* name, const std::function<void()>& work);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  pid_t pid() const noexcept { return pid_; }
  void start() const;
  void wait() const;  // until it has done it

 private:
  int start_[2]{};
  pid_t pid_ = -1;
};

}  // namespace hx::test
