// SPDX-License-Identifier: Apache-2.0
#include "collectors/perf_events.h"

#include <linux/perf_event.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "metrics/sink.h"

namespace hx {
namespace {

struct Row {
  std::string_view name;  // as the flags have it
  std::uint64_t config;
  std::string_view metric, help;  // behind "node_perf_", before "_total"
};

constexpr std::array kSoftware{
    Row{"PageFault", PERF_COUNT_SW_PAGE_FAULTS, "page_faults", "Number of page faults"},
    Row{"ContextSwitch", PERF_COUNT_SW_CONTEXT_SWITCHES, "context_switches",
        "Number of context switches"},
    Row{"CpuMigration", PERF_COUNT_SW_CPU_MIGRATIONS, "cpu_migrations",
        "Number of CPU process migrations"},
    Row{"MinorFault", PERF_COUNT_SW_PAGE_FAULTS_MIN, "minor_faults", "Number of minor page faults"},
    Row{"MajorFault", PERF_COUNT_SW_PAGE_FAULTS_MAJ, "major_faults", "Number of major page faults"},
};

constexpr std::array kHardware{
    Row{"CpuCycles", PERF_COUNT_HW_CPU_CYCLES, "cpucycles",
        "Number of CPU cycles (frequency scaled)"},
    Row{"CpuInstr", PERF_COUNT_HW_INSTRUCTIONS, "instructions", "Number of CPU instructions"},
    Row{"CacheRef", PERF_COUNT_HW_CACHE_REFERENCES, "cache_refs",
        "Number of cache references (non frequency scaled)"},
    Row{"CacheMisses", PERF_COUNT_HW_CACHE_MISSES, "cache_misses", "Number of cache misses"},
    Row{"BranchInstr", PERF_COUNT_HW_BRANCH_INSTRUCTIONS, "branch_instructions",
        "Number of CPU branch instructions"},
    Row{"BranchMisses", PERF_COUNT_HW_BRANCH_MISSES, "branch_misses",
        "Number of CPU branch misses"},
    Row{"StalledCyclesBackend", PERF_COUNT_HW_STALLED_CYCLES_BACKEND, "stalled_cycles_backend",
        "Number of stalled backend CPU cycles"},
    Row{"StalledCyclesFrontend", PERF_COUNT_HW_STALLED_CYCLES_FRONTEND, "stalled_cycles_frontend",
        "Number of stalled frontend CPU cycles"},
    Row{"RefCpuCycles", PERF_COUNT_HW_REF_CPU_CYCLES, "ref_cpucycles", "Number of CPU cycles"},
};

enum Op : std::uint64_t {
  kRead = PERF_COUNT_HW_CACHE_OP_READ,
  kWrite = PERF_COUNT_HW_CACHE_OP_WRITE
};
enum Outcome : std::uint64_t {
  kHit = PERF_COUNT_HW_CACHE_RESULT_ACCESS,
  kMiss = PERF_COUNT_HW_CACHE_RESULT_MISS
};
constexpr std::uint64_t cache(std::uint64_t which, Op op, Outcome outcome) {
  return which | op << 8 | outcome << 16;
}

// What upstream calls hits are the kernel's accesses.
constexpr std::array kCache{
    Row{"L1DataReadHit", cache(PERF_COUNT_HW_CACHE_L1D, kRead, kHit), "cache_l1d_read_hits",
        "Number L1 data cache read hits"},
    Row{"L1DataReadMiss", cache(PERF_COUNT_HW_CACHE_L1D, kRead, kMiss), "cache_l1d_read_misses",
        "Number L1 data cache read misses"},
    Row{"L1DataWriteHit", cache(PERF_COUNT_HW_CACHE_L1D, kWrite, kHit), "cache_l1d_write_hits",
        "Number L1 data cache write hits"},
    Row{"L1InstrReadMiss", cache(PERF_COUNT_HW_CACHE_L1I, kRead, kMiss),
        "cache_l1_instr_read_misses", "Number instruction L1 instruction read misses"},
    Row{"InstrTLBReadHit", cache(PERF_COUNT_HW_CACHE_ITLB, kRead, kHit),
        "cache_tlb_instr_read_hits", "Number instruction TLB read hits"},
    Row{"InstrTLBReadMiss", cache(PERF_COUNT_HW_CACHE_ITLB, kRead, kMiss),
        "cache_tlb_instr_read_misses", "Number instruction TLB read misses"},
    Row{"DataTLBReadHit", cache(PERF_COUNT_HW_CACHE_DTLB, kRead, kHit), "cache_tlb_data_read_hits",
        "Number of data TLB read hits"},
    Row{"DataTLBReadMiss", cache(PERF_COUNT_HW_CACHE_DTLB, kRead, kMiss),
        "cache_tlb_data_read_misses", "Number of data TLB read misses"},
    Row{"DataTLBWriteHit", cache(PERF_COUNT_HW_CACHE_DTLB, kWrite, kHit),
        "cache_tlb_data_write_hits", "Number of data TLB write hits"},
    Row{"DataTLBWriteMiss", cache(PERF_COUNT_HW_CACHE_DTLB, kWrite, kMiss),
        "cache_tlb_data_write_misses", "Number of data TLB write misses"},
    Row{"LLReadHit", cache(PERF_COUNT_HW_CACHE_LL, kRead, kHit), "cache_ll_read_hits",
        "Number last level read hits"},
    Row{"LLReadMiss", cache(PERF_COUNT_HW_CACHE_LL, kRead, kMiss), "cache_ll_read_misses",
        "Number last level read misses"},
    Row{"LLWriteHit", cache(PERF_COUNT_HW_CACHE_LL, kWrite, kHit), "cache_ll_write_hits",
        "Number last level write hits"},
    Row{"LLWriteMiss", cache(PERF_COUNT_HW_CACHE_LL, kWrite, kMiss), "cache_ll_write_misses",
        "Number last level write misses"},
    Row{"BPUReadHit", cache(PERF_COUNT_HW_CACHE_BPU, kRead, kHit), "cache_bpu_read_hits",
        "Number BPU read hits"},
    Row{"BPUReadMiss", cache(PERF_COUNT_HW_CACHE_BPU, kRead, kMiss), "cache_bpu_read_misses",
        "Number BPU read misses"},
};

struct Class {
  std::uint32_t type;
  std::span<const Row> rows;
  bool CollectorOptions::*disabled;
  std::vector<std::string> CollectorOptions::*chosen;
  std::string_view flag;  // of the chosen names
};

constexpr std::array<Class, 3> kClasses{{
    {PERF_TYPE_SOFTWARE, kSoftware, &CollectorOptions::perf_disable_software_profilers,
     &CollectorOptions::perf_software_profilers, "collector.perf.software-profilers"},
    {PERF_TYPE_HARDWARE, kHardware, &CollectorOptions::perf_disable_hardware_profilers,
     &CollectorOptions::perf_hardware_profilers, "collector.perf.hardware-profilers"},
    {PERF_TYPE_HW_CACHE, kCache, &CollectorOptions::perf_disable_cache_profilers,
     &CollectorOptions::perf_cache_profilers, "collector.perf.cache-profilers"},
}};

bool contains(std::span<const std::string> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Status check_names(const Class& events, std::span<const std::string> names) {
  for (const auto& name : names) {
    const auto is_it = [&](const Row& row) { return row.name == name; };
    if (std::any_of(events.rows.begin(), events.rows.end(), is_it)) continue;
    std::string what = "--" + std::string(events.flag) + ": \"" + name + "\" is none of";
    char separator = ' ';
    for (const auto& row : events.rows) {
      what += separator;
      what += row.name;
      separator = '|';
    }
    return Error{0, what};
  }
  return {};
}

// "sched:sched_switch".
Result<PerfEvent> parse_tracepoint(std::string_view text) {
  auto event = text;
  const auto subsystem = cut(event, ':');
  PerfEvent parsed{.metric = "node_perf_" + std::string(subsystem) + "_" + std::string(event),
                   .help = "Perf tracepoint " + std::string(text),
                   .type = PERF_TYPE_TRACEPOINT,
                   .tracepoint = std::string(subsystem) + "/" + std::string(event)};
  const bool is_name =
      parsed.metric.find(':') == std::string::npos && is_metric_name(parsed.metric);
  if (subsystem.empty() || event.empty() || !is_name) {
    return Error{0, "--collector.perf.tracepoint: \"" + std::string(text) +
                        "\" is not a name such as sched:sched_switch"};
  }
  return parsed;
}

}  // namespace

Result<std::vector<PerfEvent>> wanted_perf_events(const CollectorOptions& options) {
  std::vector<PerfEvent> wanted;
  for (const auto& events : kClasses) {
    const auto& chosen = options.*events.chosen;
    if (auto ok = check_names(events, chosen); !ok) return ok.error();
    if (options.*events.disabled) continue;
    for (const auto& row : events.rows) {
      if (!chosen.empty() && !contains(chosen, row.name)) continue;
      wanted.push_back({.metric = "node_perf_" + std::string(row.metric) + "_total",
                        .help = std::string(row.help),
                        .type = events.type,
                        .config = row.config});
    }
  }
  for (const auto& text : options.perf_tracepoint) {
    auto event = parse_tracepoint(text);
    if (!event) return event.error();
    const auto has_name = [&](const PerfEvent& other) { return other.metric == event->metric; };
    if (std::any_of(wanted.begin(), wanted.end(), has_name)) {
      return Error{0, "--collector.perf.tracepoint: " + text + " would be " + event->metric +
                          ", which is there already"};
    }
    wanted.push_back(std::move(*event));
  }
  return wanted;
}

}  // namespace hx
