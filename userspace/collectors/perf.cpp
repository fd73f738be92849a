// SPDX-License-Identifier: Apache-2.0
// Counters that the kernel keeps for whoever asks: of the CPUs' hardware, of its own software
// events and of tracepoints; see perf_event_open(2).
#include <linux/perf_event.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include "base/cpu_list.h"
#include "base/fd.h"
#include "collectors/collector.h"
#include "collectors/perf_events.h"

namespace hx {
namespace {

// Not every CPU has every event, and a hypervisor may give none: those are left out.
bool is_lacking(int code) {
  switch (code) {
    case EINVAL:  // writes to the instruction cache, for one
    case ENODEV:  // the CPU is off line
    case ENOENT:
    case ENOSYS:
    case ENXIO:
    case EOPNOTSUPP: return true;
    default: return false;
  }
}

// One event on one CPU.
class Counter {
 public:
  explicit Counter(Fd fd) : fd_(std::move(fd)) {}

  // False when it counts no longer: a CPU that goes off line loses its events for good, and the
  // time that they were enabled stands still.
  bool update(const Syscalls& sys);
  // Nothing while the hardware has not had room for the event.
  std::optional<double> total() const {
    return known_.running == 0 ? std::nullopt : std::optional(total_);
  }

 private:
  struct Reading {  // as kReadFormat orders it; times in nanoseconds
    std::uint64_t count = 0, enabled = 0, running = 0;
  };

  Fd fd_;
  Reading known_;
  std::uint64_t enabled_ = 0;  // at the last reading
  double total_ = 0;
};

constexpr std::uint64_t kReadFormat =
    PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;

// More events than the hardware can count take turns. What one has counted in its turns of this
// interval stands for the whole interval; over the whole life, the sum could fall.
bool Counter::update(const Syscalls& sys) {
  Reading now;
  if (sys.read(fd_.get(), &now, sizeof now) != sizeof now || now.enabled == enabled_) return false;
  enabled_ = now.enabled;
  if (now.running == known_.running) return true;
  total_ += static_cast<double>(now.count - known_.count) *
            static_cast<double>(now.enabled - known_.enabled) /
            static_cast<double>(now.running - known_.running);
  known_ = now;
  return true;
}

struct Cpu {
  std::string label;
  std::vector<std::optional<Counter>> counters;  // by event; nothing where it lacks the event

  bool update(const Syscalls& sys) {
    return std::all_of(counters.begin(), counters.end(), [&](std::optional<Counter>& counter) {
      return !counter || counter->update(sys);
    });
  }
};

class Perf final : public Collector {
 public:
  Perf(const Context& context, std::vector<PerfEvent> events, std::optional<CpuList> chosen)
      : fs_(context.fs),
        sys_(context.sys),
        events_(std::move(events)),
        chosen_(std::move(chosen)),
        online_(context.fs, "sys/devices/system/cpu/online") {}

  Status collect(MetricSink& out) override {
    auto cpus = read_cpu_list(online_);
    if (!cpus) return cpus.error();
    if (chosen_) {
      CpuList both;
      std::set_intersection(cpus->begin(), cpus->end(), chosen_->begin(), chosen_->end(),
                            std::back_inserter(both));
      cpus->swap(both);
    }
    for (auto cpu = cpus_.begin(); cpu != cpus_.end();) {
      const bool online = std::binary_search(cpus->begin(), cpus->end(), cpu->first);
      cpu = online && cpu->second.update(sys_) ? std::next(cpu) : cpus_.erase(cpu);
    }
    const auto opened = open_missing(*cpus);
    write(out);
    if (!opened) return opened;
    if (cpus_.empty() && !events_.empty()) return Error{ENODEV, "open performance counters"};
    return {};
  }

 private:
  Status open_missing(const CpuList& cpus);
  Status open(std::uint32_t number, Cpu& cpu);
  Result<std::uint64_t> config_of(const PerfEvent& event) const;
  Status check_room() const;
  Error refused(int code) const;
  void write(MetricSink& out) const;

  const HostFs& fs_;
  Syscalls sys_;
  std::vector<PerfEvent> events_;
  std::optional<CpuList> chosen_;  // of the flag
  HotFile online_;
  std::map<std::uint32_t, Cpu> cpus_;  // each with a counter at least
};

// Ends at the first failure, which would be that of all others as well; the next scrape tries
// again.
Status Perf::open_missing(const CpuList& cpus) {
  for (const auto number : cpus) {
    if (cpus_.contains(number)) continue;
    if (auto ok = check_room(); !ok) return ok;
    Cpu cpu{.label = std::to_string(number), .counters = {}};
    if (auto ok = open(number, cpu); !ok) return ok;
    cpu.update(sys_);
    const auto is_there = [](const auto& counter) { return counter.has_value(); };
    if (std::any_of(cpu.counters.begin(), cpu.counters.end(), is_there)) {
      cpus_.emplace(number, std::move(cpu));
    }
  }
  return {};
}

Status Perf::open(std::uint32_t number, Cpu& cpu) {
  for (const auto& event : events_) {
    const auto config = config_of(event);
    if (!config) return config.error();
    perf_event_attr wanted{};
    wanted.size = sizeof wanted;
    wanted.type = event.type;
    wanted.config = *config;
    wanted.read_format = kReadFormat;
    wanted.exclude_hv = 1;
    Fd fd(sys_.perf_event_open(&wanted, static_cast<int>(number)));
    if (!fd && !is_lacking(errno)) return refused(errno);
    cpu.counters.push_back(fd ? std::optional<Counter>(std::move(fd)) : std::nullopt);
  }
  return {};
}

Result<std::uint64_t> Perf::config_of(const PerfEvent& event) const {
  if (event.tracepoint.empty()) return event.config;
  const auto file = "events/" + event.tracepoint + "/id";
  auto id = fs_.read_u64("sys/kernel/tracing/" + file);
  if (!id && id.error().is_absent()) id = fs_.read_u64("sys/kernel/debug/tracing/" + file);
  // It was asked for by name: that there is none is worth more than a debug line.
  if (!id) return Error{0, "tracepoint: " + id.error().message() + " (is tracefs mounted?)"};
  return id;
}

// The daemon's other files and connections need descriptors too.
Status Perf::check_room() const {
  rlimit limit{};
  if (sys_.getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  if ((cpus_.size() + 1) * events_.size() <= limit.rlim_cur / 2) return {};
  return Error{EMFILE, "open " + std::to_string(events_.size()) +
                           " performance counters a CPU (raise the limit of open files, " +
                           std::to_string(limit.rlim_cur) +
                           ", or choose with --collector.perf.cpus and the like)"};
}

Error Perf::refused(int code) const {
  std::string what = "open performance counters";
  if (code == EACCES || code == EPERM) {
    what += " (needs CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8";
    const auto paranoid = fs_.read_i64("proc/sys/kernel/perf_event_paranoid");
    if (paranoid && *paranoid > 0) {
      what += ", or kernel.perf_event_paranoid at 0 instead of " + std::to_string(*paranoid);
    }
    what += ")";
  }
  return {code, what};
}

void Perf::write(MetricSink& out) const {
  for (std::size_t i = 0; i < events_.size(); ++i) {
    auto family = out.counter(events_[i].metric, events_[i].help);
    for (const auto& [number, cpu] : cpus_) {
      const auto total = cpu.counters[i] ? cpu.counters[i]->total() : std::nullopt;
      if (total) family.add({{"cpu", cpu.label}}, *total);
    }
  }
}

}  // namespace

Result<CollectorPtr> make_perf(const Context& context) {
  auto events = wanted_perf_events(context.options);
  if (!events) return events.error();
  std::optional<CpuList> chosen;
  if (const auto& text = context.options.perf_cpus; !text.empty()) {
    chosen = parse_cpu_list(text);
    if (!chosen) {
      return Error{0, "--collector.perf.cpus: \"" + text +
                          "\" is not an ascending list of CPUs such as 0-3,8"};
    }
  }
  return std::make_unique<Perf>(context, std::move(*events), std::move(chosen));
}

}  // namespace hx
