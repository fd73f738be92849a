// SPDX-License-Identifier: Apache-2.0
// Composes the name-group target: sources -> tracker -> metrics.
#include "process/process.h"

#include <mutex>

#include "base/log.h"
#include "process/block_owners.h"
#include "process/blocked_time.h"
#include "process/drainer.h"
#include "process/event_recorder.h"
#include "process/group_counts.h"
#include "process/group_metrics.h"
#include "process/procfs_stat.h"
#include "process/tracker.h"

namespace hx {
namespace {

// Ended processes that are remembered between two snapshots, 300 bytes each.
constexpr std::size_t kMaxEnded = 8192;

// When this host booted, in nanoseconds since the epoch: btime of /proc/stat, whole seconds, which
// is what process-exporter's start times are counted from.
Result<std::int64_t> read_boot_time(const HostFs& fs) {
  const auto text = fs.read("proc/stat");
  if (!text) return text.error();
  const auto seconds = parse_boot_time(*text);
  if (!seconds) return Error{EBADMSG, "parse proc/stat: no btime"};
  return *seconds * 1'000'000'000;
}

class ProcessGroups final : public NameGroups {
 public:
  ProcessGroups(const HostFs& fs, const ProcessOptions& options, Config config,
                std::unique_ptr<SnapshotSource> snapshots, std::unique_ptr<LifeSource> lives,
                const GroupSources& counts, EventLog* events, std::int64_t boot_time_ns,
                Sources& sources)
      : options_(options),
        sources_(sources),
        config_(std::move(config)),
        facts_(fs, options.read_guarded),
        snapshots_(std::move(snapshots)),
        lives_(std::move(lives)),
        boot_time_ns_(boot_time_ns),
        tcp_(counts.tcp),
        blocked_(fs),
        tracker_(config_, facts_,
                 {.children = options.children,
                  .recheck = options.recheck || options.recheck_time_limit.count() != 0,
                  .recheck_age_ns = static_cast<std::uint64_t>(options.recheck_time_limit.count()),
                  .rematch_on_exec = options.rematch_on_exec,
                  .remove_empty_groups = options.remove_empty_groups,
                  .max_groups = options.max_groups,
                  .deaths_are_told = lives_ != nullptr,
                  .first_reading_ns = snapshots_->now_ns(),
                  .boot_time_ns = boot_time_ns}) {
    if (options.read_guarded) sampler_.emplace(fs, options.gather_smaps);
    if (events != nullptr && lives_) {
      recorder_.emplace(tracker_, *events);
      events->add_source([this] { drain(); });
    }
    if (counts.numbers) counts_.emplace(counts);
    if (counts.block_cgroups) block_owners_.emplace(fs, counts.block_cgroups);
    const auto first = read();  // the baseline: what ran before is not counted
    if (!first) log_warning("first reading of the processes: " + first.error().message());
    find_blocked();
    sample_newcomers();
    if (lives_) drainer_.emplace(lives_->event_fd(), [this] { drain(); });
  }

  Status collect(MetricSink& out) override {
    const std::lock_guard lock(mutex_);
    if (sampler_) {
      for (const auto& sample : sampler_->take()) tracker_.on_sample(sample);
    }
    const auto ok = read();
    sample_newcomers();
    if (!ok) ++scrape_errors_;
    if (ok) {
      const auto blocked = find_blocked();
      write_group_metrics(out, tracker_.groups(),
                          {.threads = options_.threads,
                           .lifecycle = lives_ != nullptr,
                           .blocked_io = blocked.io,
                           .blocked_other = blocked.other,
                           .boot_time_ns = boot_time_ns_,
                           .wait_names = tracker_.wait_names(),
                           .block_owners = block_owners_ ? &block_owners_->times() : nullptr,
                           .tcp = tcp_ != nullptr,
                           .tcp_bytes = tcp_ != nullptr && tcp_->has_bytes()});
    }
    write_throttled(out);
    write_scrape_counters(out);
    write_parts(out);
    write_lost(out);
    write_limits(out);
    return ok;
  }

  Status reload() override {
    auto config = read_groups_config(options_);
    const std::lock_guard lock(mutex_);
    reload_failed_ = !config;
    if (!config) return config.error();
    config_ = std::move(*config);
    tracker_.use(config_);
    if (counts_) counts_->forget_names();
    return {};
  }

  void leave_guarded_files() override {
    const std::lock_guard lock(mutex_);
    sampler_.reset();
  }

 private:
  void sample_newcomers() {
    const auto newcomers = tracker_.take_newcomers();
    if (sampler_) sampler_->add(newcomers);
  }

  LifeListener& life_listener() {
    if (recorder_) return *recorder_;
    return tracker_;
  }

  void drain() {
    const std::lock_guard lock(mutex_);
    tracker_.begin_lives(snapshots_->now_ns());
    auto ok = lives_->drain(life_listener());
    // Without scrapes only a snapshot tells the ended from the zombies.
    if (ok && tracker_.ended() > kMaxEnded) ok = read();
    if (!ok) log_warning(ok.error().message());
  }

  // Deaths first: who is in the snapshot was alive after them. The time before both: who was born
  // later may be in the snapshot without its birth having been told.
  Status read() {
    const auto now_ns = snapshots_->now_ns();
    tracker_.begin_lives(now_ns);
    if (lives_) {
      if (auto ok = lives_->drain(life_listener()); !ok) return ok;
    }
    tracker_.begin_snapshot(now_ns);
    auto ok = snapshots_->read(tracker_);
    if (!ok) return ok;
    tracker_.end_snapshot();
    const auto named = tracker_.take_named();
    if (counts_) ok = counts_->update(tracker_.groups(), tracker_.regrouped(), named);
    if (ok && block_owners_) ok = block_owners_->update();
    return ok;
  }

  BlockedTime::Kinds find_blocked() {
    const auto accounted = blocked_.accounted(
        {.io = tracker_.has_blocked_for_io(), .other = tracker_.has_blocked_otherwise()},
        snapshots_->has_statistics());
    blocked_.report(accounted, sources_);
    return accounted;
  }

  void write_throttled(MetricSink& out) {
    if (!tracker_.quotas().are_told()) return;
    out.counter("host_exporter_cpu_quota_throttled_seconds_total",
                "Time that CPU quotas kept run queues from running processes, summed over CPUs.")
        .add(static_cast<double>(tracker_.quotas().throttled_ns()) / 1e9);
  }

  void write_scrape_counters(MetricSink& out) {
    out.counter("namedprocess_scrape_errors",
                "general scrape errors: no proc metrics collected during a cycle")
        .add(scrape_errors_);
    out.counter("namedprocess_scrape_procread_errors",
                "incremented each time a proc's metrics collection fails")
        .add(snapshots_->read_errors());
    out.counter("namedprocess_scrape_partial_errors",
                "incremented each time a tracked proc's metrics collection fails partially, e.g. "
                "unreadable I/O stats")
        .add(snapshots_->partial_errors());
  }

  // Together these are all CPU time that tasks have used since this daemon began.
  void write_parts(MetricSink& out) {
    std::uint64_t matched = 0;
    for (const auto& [name, group] : tracker_.groups())
      matched += group.counted.counters.runtime_ns;
    auto parts =
        out.counter("host_exporter_process_cpu_seconds_total",
                    "CPU time of all processes: in groups, in none, of kernel threads, and "
                    "of those whose death event found no room.");
    const auto add = [&](std::string_view kind, std::uint64_t ns) {
      parts.add({{"kind", kind}}, static_cast<double>(ns) / 1e9);
    };
    add("matched", matched);
    add("unmatched", tracker_.unmatched().counted.counters.runtime_ns);
    add("kernel", tracker_.kernel_threads().counted.counters.runtime_ns);
    if (lives_) add("overflow", overflow_ns());
  }

  std::uint64_t overflow_ns() {
    const auto overflow = lives_->overflow_ns();
    if (overflow) {
      const auto credited = tracker_.credited_of_lost_ns();
      const std::uint64_t net = *overflow > credited ? *overflow - credited : 0;
      overflow_ns_ = std::max(overflow_ns_, net);
    }
    return overflow_ns_;
  }

  void write_lost(MetricSink& out) {
    if (!lives_) return;
    const auto lost = lives_->lost();
    auto dropped = out.counter("host_exporter_events_dropped_total",
                               "Events of kernel programs that found no room in their map.");
    dropped.add({{"map", "task_events"}},
                lost.forks + lost.execs + lost.thread_ends + lost.process_ends);
    dropped.add({{"map", "task_overflow"}}, lost.overflow_full);
  }

  void write_limits(MetricSink& out) {
    out.counter(
           "host_exporter_name_groups_over_limit_total",
           "Processes that went to the group \"other (limit)\" because of --process.max-groups.")
        .add(tracker_.over_limit());
    out.gauge("host_exporter_config_last_reload_successful",
              "Whether the name groups' configuration was good when it was last read.")
        .add(!reload_failed_);
  }

  const ProcessOptions options_;
  Sources& sources_;
  Config config_;
  ProcFacts facts_;
  std::unique_ptr<SnapshotSource> snapshots_;
  std::unique_ptr<LifeSource> lives_;  // null: deaths are not told
  const std::int64_t boot_time_ns_;
  const std::shared_ptr<const TcpSource> tcp_;  // null: not told by group
  BlockedTime blocked_;
  std::mutex mutex_;  // a scrape, or the drainer
  Tracker tracker_;
  std::optional<EventRecorder> recorder_;
  std::optional<GroupCounts> counts_;
  std::optional<BlockOwners> block_owners_;
  std::uint64_t scrape_errors_ = 0;
  bool reload_failed_ = false;
  std::uint64_t overflow_ns_ = 0;
  std::optional<Sampler> sampler_;  // not where it would read guarded files
  std::optional<Drainer> drainer_;  // last: its thread uses all of the above
};

bool wants_bpf(const HostFs& fs, const ProcessOptions& options) {
  // Another procfs than the kernel's own is read as it is: a fixture, another host's.
  return options.use_bpf && fs.roots().procfs == "/proc";
}

// Kernel programs tell the ids of the host, /proc those of its own pid namespace.
Status check_ids(const HostFs& fs) {
  constexpr std::string_view kHost = "pid:[4026531836]";  // PROC_PID_INIT_INO of the kernel
  const auto ours = fs.read_link("proc/self/ns/pid");
  if (!ours || *ours == kHost) return {};
  return Error{0, "this daemon is in a pid namespace of its own"};
}

template <class Source>
Result<std::unique_ptr<Source>> open_source(const HostFs& fs,
                                            Result<std::unique_ptr<Source>> (*make)()) {
  if (auto ok = check_ids(fs); !ok) return ok.error();
  return make();
}

}  // namespace

Result<Config> read_groups_config(const ProcessOptions& options) {
  const bool has_names = !options.procnames.empty() || !options.namemapping.empty();
  if (!options.config_path.empty()) {
    if (has_names) return Error{0, "--config.path excludes --procnames and --namemapping"};
    return read_config(options.config_path);
  }
  if (has_names) return config_of_flags(options.procnames, options.namemapping);
  return options.groups_all ? default_config() : Config();
}

std::unique_ptr<LifeSource> open_life_source(const HostFs& fs, const ProcessOptions& options,
                                             Sources& sources) {
  if (!wants_bpf(fs, options)) return nullptr;
  auto lives = open_source(fs, make_life_source);
  if (!lives) {
    sources.down("task", lives.error());
    return nullptr;
  }
  sources.up("task");
  return std::move(*lives);
}

Result<std::unique_ptr<NameGroups>> make_process_groups(
    const HostFs& fs, const ProcessOptions& options, Config config,
    std::unique_ptr<LifeSource> lives, Sources& sources, GroupSources counts, EventLog* events) {
  const auto boot_time_ns = read_boot_time(fs);
  if (!boot_time_ns) return boot_time_ns.error();

  std::unique_ptr<SnapshotSource> snapshots;
  if (!wants_bpf(fs, options)) {
    counts = {};
  } else {
    auto iterator = open_source(fs, make_iter_source);
    if (iterator) {
      snapshots = std::move(*iterator);
      sources.up("task_iter");
    } else {
      sources.down("task_iter", iterator.error());
      lives = nullptr;  // times of /proc are too coarse to go with those of the kernel
      counts = {};
    }
  }
  if (lives) {
    if (auto ok = lives->ensure_deaths(); !ok) {
      sources.down("task", ok.error());
      lives = nullptr;
    }
  }
  if (!snapshots) snapshots = make_procfs_source(fs, options.threads, options.read_guarded);
  return std::make_unique<ProcessGroups>(fs, options, std::move(config), std::move(snapshots),
                                         std::move(lives), counts, events, *boot_time_ns, sources);
}

}  // namespace hx
