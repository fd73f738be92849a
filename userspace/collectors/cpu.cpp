// SPDX-License-Identifier: Apache-2.0
// CPU time from /proc/stat, see proc_stat(5); which CPUs are online, isolated and throttled from
// sysfs, see Documentation/admin-guide/cputopology.rst and
// Documentation/ABI/testing/sysfs-devices-system-cpu.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "base/cpu_list.h"
#include "collectors/collector.h"

namespace hx {

Result<CollectorPtr> make_cpu_info(const Context& context);  // what --collector.cpu.info adds

namespace {

constexpr std::uint64_t kUnpluggedSeconds = 3;

// Columns of a "cpuN" line. Guest time is part of user and nice.
constexpr std::array<std::string_view, 8> kModes{"user",   "nice", "system",  "idle",
                                                 "iowait", "irq",  "softirq", "steal"};
enum Column : std::size_t { kIdle = 3, kGuest = 8, kGuestNice = 9, kColumns = 10 };

struct CpuTime {
  std::uint32_t cpu = 0;
  std::array<std::uint64_t, kColumns> ticks{};
};

// Nothing for the other lines of the file; "cpu" without a number is the sum of all.
std::optional<CpuTime> parse_cpu_time(std::string_view line) {
  auto name = next_field(line);
  if (!name.starts_with("cpu")) return std::nullopt;
  name.remove_prefix(3);
  const auto cpu = to_number<std::uint32_t>(name);
  if (!cpu) return std::nullopt;
  CpuTime time{*cpu, {}};
  for (auto& ticks : time.ticks) {
    const auto value = to_u64(next_field(line));
    if (!value) return std::nullopt;
    ticks = *value;
  }
  return time;
}

// CPU times as counters that never go backwards. The kernel's idle and iowait may step back a
// little when a CPU leaves idle: every column is held at its highest. A CPU whose idle time fell by
// seconds was unplugged and has begun anew.
class CpuTimes {
 public:
  explicit CpuTimes(std::uint64_t ticks_per_second)
      : unplugged_ticks_(kUnpluggedSeconds * ticks_per_second) {}

  Status update(std::string_view stat) {
    std::vector<CpuTime> now;
    now.reserve(cpus_.size());
    auto known = cpus_.cbegin();  // both ascend by CPU
    std::string_view line;
    while (next_line(stat, line)) {
      auto time = parse_cpu_time(line);
      if (!time || (!now.empty() && time->cpu <= now.back().cpu)) continue;
      while (known != cpus_.cend() && known->cpu < time->cpu) ++known;
      if (known != cpus_.cend() && known->cpu == time->cpu) hold(known->ticks, time->ticks);
      now.push_back(*time);
    }
    if (now.empty()) return Error{EBADMSG, "parse proc/stat"};
    cpus_ = std::move(now);
    return {};
  }

  const std::vector<CpuTime>& cpus() const noexcept { return cpus_; }

 private:
  using Ticks = decltype(CpuTime::ticks);

  void hold(const Ticks& before, Ticks& now) const {
    if (before[kIdle] > now[kIdle] && before[kIdle] - now[kIdle] >= unplugged_ticks_) return;
    for (std::size_t i = 0; i < kColumns; ++i) now[i] = std::max(now[i], before[i]);
  }

  std::uint64_t unplugged_ticks_;
  std::vector<CpuTime> cpus_;
};

// What sysfs says about the CPUs. Their places in the topology change only when CPUs go on or off
// line: the files of the throttles are looked for again only then.
class Topology {
 public:
  explicit Topology(const HostFs& fs)
      : fs_(fs),
        isolated_(fs, "sys/devices/system/cpu/isolated"),
        online_(fs, "sys/devices/system/cpu/online"),
        present_(fs, "sys/devices/system/cpu/present") {}

  Status collect(MetricSink& out) {
    const auto isolated = read_cpu_list(isolated_);
    if (!isolated) return isolated.error();
    const auto online = read_cpu_list(online_);
    if (!online) return online.error();
    const auto present = read_cpu_list(present_);
    if (!present) return present.error();
    if (known_online_ != *online) {
      look_around(*present);
      known_online_ = *online;
    }

    auto isolation = out.gauge(
        "node_cpu_isolated",
        "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.");
    for (const auto cpu : *isolated) isolation.add({{"cpu", std::to_string(cpu)}}, 1);
    if (tells_online_) add_online(out, *online, *present);
    add_throttles(out);
    return {};
  }

 private:
  void look_around(const CpuList& present) {
    core_throttles_.clear();
    package_throttles_.clear();
    for (const auto cpu : present) {
      const auto dir = "sys/devices/system/cpu/cpu" + std::to_string(cpu);
      const auto package = fs_.read_u64(dir + "/topology/physical_package_id");
      const auto core = fs_.read_u64(dir + "/topology/core_id");
      if (!package || !core) continue;
      // The threads of a core, and the cores of a package, share one count.
      const auto core_count = dir + "/thermal_throttle/core_throttle_count";
      if (fs_.exists(core_count)) core_throttles_.try_emplace({*package, *core}, fs_, core_count);
      const auto package_count = dir + "/thermal_throttle/package_throttle_count";
      if (fs_.exists(package_count)) package_throttles_.try_emplace(*package, fs_, package_count);
    }
    // As upstream: where the first CPU cannot be unplugged, none is reported.
    tells_online_ = fs_.exists("sys/devices/system/cpu/cpu0/online");
  }

  static void add_online(MetricSink& out, const CpuList& online, const CpuList& present) {
    auto family = out.gauge("node_cpu_online", "CPUs that are online and being scheduled.");
    for (const auto cpu : present) {
      const bool is_online = std::binary_search(online.begin(), online.end(), cpu);
      family.add({{"cpu", std::to_string(cpu)}}, is_online ? 1 : 0);
    }
  }

  // A count that cannot be read belongs to a CPU that has gone meanwhile.
  void add_throttles(MetricSink& out) {
    auto cores = out.counter("node_cpu_core_throttles_total",
                             "Number of times this CPU core has been throttled.");
    for (auto& [place, file] : core_throttles_) {
      const auto package = std::to_string(place.first), core = std::to_string(place.second);
      if (const auto count = file.read_u64()) {
        cores.add({{"package", package}, {"core", core}}, *count);
      }
    }
    auto packages = out.counter("node_cpu_package_throttles_total",
                                "Number of times this CPU package has been throttled.");
    for (auto& [package, file] : package_throttles_) {
      if (const auto count = file.read_u64()) {
        packages.add({{"package", std::to_string(package)}}, *count);
      }
    }
  }

  const HostFs& fs_;
  HotFile isolated_, online_, present_;
  std::optional<CpuList> known_online_;
  bool tells_online_ = false;
  std::map<std::pair<std::uint64_t, std::uint64_t>, HotFile> core_throttles_;  // package, core
  std::map<std::uint64_t, HotFile> package_throttles_;
};

class Cpu final : public Collector {
 public:
  Cpu(const Context& context, CollectorPtr info)
      : with_guest_(context.options.cpu_guest),
        ticks_per_second_(context.sys.sysconf(_SC_CLK_TCK)),
        stat_(context.shared.stat),
        times_(static_cast<std::uint64_t>(ticks_per_second_)),
        topology_(context.fs),
        info_(std::move(info)) {}

  Status collect(MetricSink& out) override {
    auto ok = stat_.read([this](std::string_view stat) { return times_.update(stat); });
    if (!ok) return ok;
    add_times(out);
    if (with_guest_) add_guest_times(out);
    if (ok = topology_.collect(out); !ok) return ok;
    return info_ ? info_->collect(out) : Status();
  }

 private:
  double seconds(std::uint64_t ticks) const {
    return static_cast<double>(ticks) / static_cast<double>(ticks_per_second_);
  }

  void add_times(MetricSink& out) const {
    auto family = out.counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.");
    for (const auto& time : times_.cpus()) {
      const auto cpu = std::to_string(time.cpu);
      for (std::size_t i = 0; i < kModes.size(); ++i) {
        family.add({{"cpu", cpu}, {"mode", kModes[i]}}, seconds(time.ticks[i]));
      }
    }
  }

  void add_guest_times(MetricSink& out) const {
    auto family = out.counter("node_cpu_guest_seconds_total",
                              "Seconds the CPUs spent in guests (VMs) for each mode.");
    for (const auto& time : times_.cpus()) {
      const auto cpu = std::to_string(time.cpu);
      family.add({{"cpu", cpu}, {"mode", "user"}}, seconds(time.ticks[kGuest]));
      family.add({{"cpu", cpu}, {"mode", "nice"}}, seconds(time.ticks[kGuestNice]));
    }
  }

  bool with_guest_;
  long ticks_per_second_;
  SharedFile& stat_;
  CpuTimes times_;
  Topology topology_;
  CollectorPtr info_;  // null: not wanted
};

}  // namespace

Result<CollectorPtr> make_cpu(const Context& context) {
  CollectorPtr info;
  if (context.options.wants_cpu_info()) {
    auto made = make_cpu_info(context);
    if (!made) return made.error();
    info = std::move(*made);
  }
  return std::make_unique<Cpu>(context, std::move(info));
}

}  // namespace hx
