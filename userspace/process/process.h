// SPDX-License-Identifier: Apache-2.0
// The name-group target: processes aggregated into named groups (namedprocess_*).
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/event_log.h"
#include "base/host_fs.h"
#include "metrics/collector.h"
#include "metrics/sources.h"
#include "process/config.h"
#include "process/group_counts.h"
#include "process/source.h"

namespace hx {

// Settings with process-exporter's flag names and defaults; bpf is our own.
struct ProcessOptions {
  std::string config_path;             // -config.path: YAML with process_names
  std::string procnames, namemapping;  // its forms for the command line; they exclude the file
  bool groups_all = true;  // without any of the three, group every process that has a command line
                           // by {{.Comm}}; else none
  bool children = true;    // unmatched processes join the group of a tracked ancestor
  bool threads = true;     // emit the thread_* series
  bool recheck = false;    // look at unmatched processes again on every scrape
  std::chrono::nanoseconds recheck_time_limit{0};  // not 0: recheck, but only younger ones
  bool rematch_on_exec = false;                    // move a process to the group of its new name
  bool remove_empty_groups = false;
  unsigned max_groups = 2000;  // further names are summed in one group, "other (limit)"
  bool gather_smaps = true;    // proportional memory, sampled in the background
  bool use_bpf = true;         // false: /proc only
  bool read_guarded = true;    // files that ptrace(2)'s rule guards: io, wchan, smaps_rollup
};

// The configuration that the options ask for. An error is bad input and names file, line and key.
Result<Config> read_groups_config(const ProcessOptions& options);

// Births and deaths from the kernel; null where BPF is not to be had, for the reason recorded in
// `sources`. Made before the probes, so that the sched probe can report to it.
std::unique_ptr<LifeSource> open_life_source(const HostFs& fs, const ProcessOptions& options,
                                             Sources& sources);

class NameGroups : public Collector {
 public:
  // Reads the configuration again; what is wrong with it leaves the old one in force. Thread-safe.
  virtual Status reload() = 0;
  // From now on no file is read that ptrace(2)'s rule guards. Thread-safe.
  virtual void leave_guarded_files() = 0;
};

// Opens the source of the living and takes the first reading; what works is recorded in `sources`.
// `lives` and `events`, where births and deaths are written down, may be null. `fs`, `sources` and
// `events` outlive the result.
Result<std::unique_ptr<NameGroups>> make_process_groups(const HostFs& fs,
                                                        const ProcessOptions& options,
                                                        Config config,
                                                        std::unique_ptr<LifeSource> lives,
                                                        Sources& sources, GroupSources counts = {},
                                                        EventLog* events = nullptr);

}  // namespace hx
