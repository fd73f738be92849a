// SPDX-License-Identifier: Apache-2.0
#include "app/permissions.h"

#include <algorithm>
#include <array>

#include "app/options.h"
#include "base/text.h"

namespace hx {
namespace {

constexpr std::string_view kHost = "host";

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A source, its target, the levels that allow it, and whether the options ask for it.
struct Rule {
  std::string_view source;
  bool is_of_groups;
  bool (*allows)(int level);
  bool (*wanted)(const Options& options);
};
constexpr std::array<Rule, 9> kRules{{
    {"block", false, allows_programs, [](const Options& o) { return contains(o.probes, "block"); }},
    {"fault", false, allows_programs, [](const Options& o) { return contains(o.probes, "fault"); }},
    {"guarded_files", true, allows_guarded,
     [](const Options& o) { return o.process.read_guarded; }},
    {"irq", false, allows_programs, [](const Options& o) { return contains(o.probes, "irq"); }},
    {"perf", false, allows_guarded,
     [](const Options& o) { return contains(o.collectors, "perf"); }},
    {"sched", false, allows_programs, [](const Options& o) { return contains(o.probes, "sched"); }},
    {"task", true, allows_processes, [](const Options& o) { return o.process.use_bpf; }},
    {"task_iter", true, allows_processes, [](const Options& o) { return o.process.use_bpf; }},
    {"tcp", false, allows_programs, [](const Options& o) { return contains(o.probes, "tcp"); }},
}};

class PermissionLevel final : public Collector {
 public:
  PermissionLevel(int configured, SharedLevel in_force, int enough_for)
      : configured_(configured), in_force_(std::move(in_force)), enough_for_(enough_for) {}

  Status collect(MetricSink& out) override {
    auto level = out.gauge("host_exporter_permission_level",
                           "What may be read and told, -1 to 3, higher is stricter: as "
                           "configured, and as the host and our capabilities allow.");
    level.add({{"kind", "configured"}}, configured_);
    level.add({{"kind", "effective"}}, std::max(in_force_->load(), enough_for_));
    return {};
  }

 private:
  const int configured_;
  const SharedLevel in_force_;
  const int enough_for_;
};

}  // namespace

Result<Permissions> parse_permissions(std::string_view text, const HostFs& fs) {
  if (text == kHost) {
    const auto level = read_host_level(fs);
    if (!level) return level.error();
    return Permissions{.level = *level, .follows_host = true, .left_out = {}};
  }
  const auto level = to_number<int>(text);
  if (!level || *level < kLeastParanoid || *level > kMostParanoid) {
    return Error{0, "\"" + std::string(text) + "\" is none of -1, 0, 1, 2, 3, host"};
  }
  return Permissions{.level = *level, .follows_host = false, .left_out = {}};
}

Result<int> read_host_level(const HostFs& fs) {
  const auto level = fs.read_i64("proc/sys/kernel/perf_event_paranoid");
  if (!level) return level.error();
  return static_cast<int>(std::clamp<std::int64_t>(*level, kLeastParanoid, kMostParanoid));
}

std::vector<LeftOut> left_out_by(int level, const Options& options) {
  const std::string_view decided_by =
      options.permissions.follows_host ? "kernel.perf_event_paranoid" : "--permissions.paranoid";
  std::vector<LeftOut> left_out;
  for (const auto& rule : kRules) {
    if (rule.allows(level) || !rule.wanted(options)) continue;
    left_out.push_back(
        {.source = std::string(rule.source),
         .reason = "left out at level " + std::to_string(level) + " of " + std::string(decided_by),
         .is_of_groups = rule.is_of_groups});
  }
  return left_out;
}

void restrict_to(int level, Options& options) {
  if (!allows_events(level)) std::erase(options.probes, "slow_io");
  if (!allows_programs(level)) options.probes.clear();
  if (!allows_processes(level)) {
    options.process.use_bpf = false;
    options.probe.sched_groups = false;
    options.probe.block_owners = false;
  }
  if (!allows_guarded(level)) {
    options.process.read_guarded = false;
    options.process.gather_smaps = false;
    std::erase(options.collectors, "perf");
  }
}

CollectorPtr make_permission_level(int configured, SharedLevel in_force, int enough_for) {
  return std::make_unique<PermissionLevel>(configured, std::move(in_force), enough_for);
}

}  // namespace hx
