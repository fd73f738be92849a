// SPDX-License-Identifier: Apache-2.0
// Readers of the kernel programs that feed node metrics. A probe is a collector whose factory
// loads and attaches one BPF object; each may fail alone.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/event_log.h"
#include "base/host_fs.h"
#include "metrics/collector.h"
#include "metrics/sources.h"
#include "process/group_counts.h"
#include "process/source.h"

namespace hx {

struct ProbeOptions {
  bool sched_per_cpu = false;                     // --bpf.sched.per-cpu
  bool sched_groups = true;                       // --bpf.sched.groups
  bool sched_slices = false;                      // --bpf.sched.slices
  bool block_owners = true;                       // --bpf.block.owners
  bool block_split = false;                       // --bpf.block.split
  std::chrono::nanoseconds slow_io{100'000'000};  // --bpf.slow-io
};

// Outlives the making of probes.
struct ProbeContext {
  const HostFs& fs;
  ProbeOptions options{};
  // The name groups' source of births and deaths, if there is one: the sched probe reports the
  // deaths to it, so that only one program runs on each switch.
  LifeSource* lives = nullptr;
  // Where to leave what is counted by name group; null: nobody wants it.
  GroupSources* groups = nullptr;
  // Where to say what part of a probe works; null: nobody wants to know.
  Sources* sources = nullptr;
  // Where to write single events down; null: nobody may see them.
  EventLog* events = nullptr;

  // Says what became of a part of a probe.
  void tell(std::string source, const Status& status) const {
    if (sources == nullptr) return;
    if (status) {
      sources->up(std::move(source));
    } else {
      sources->down(std::move(source), status.error());
    }
  }
};

struct ProbeEntry {
  std::string_view name;  // as in --probe.NAME, host_exporter_source_up and bpf/NAME.bpf.c
  std::string_view help;
  bool enabled_by_default;
  Result<CollectorPtr> (*make)(const ProbeContext& context);
};

// In the order in which they are made: sched first, on whose groups the others may count.
std::span<const ProbeEntry> probe_table() noexcept;

}  // namespace hx
