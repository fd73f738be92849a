// SPDX-License-Identifier: Apache-2.0
#include "app/target.h"

#include <algorithm>
#include <future>

#include "app/level_gate.h"
#include "app/privileges.h"
#include "collectors/collector.h"
#include "metrics/self.h"
#include "probes/costs.h"
#include "probes/probe.h"
#include "process/process.h"

namespace hx {
namespace {

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<TargetPlan> plan_targets(const Options& options) {
  TargetPlan node{"Node metrics", true, false, options.node_addresses};
  TargetPlan groups{"Name-group metrics", false, true, options.process_addresses};
  if (options.personality == Personality::kNodeExporter) return {std::move(node)};
  if (options.personality == Personality::kProcessExporter) return {std::move(groups)};
  if (options.single_target) return {{"All metrics", true, true, options.node_addresses}};
  return {std::move(node), std::move(groups)};
}

Target::Target(const TargetPlan& plan, const Options& options)
    : title_(plan.title),
      has_node_(plan.has_node),
      has_groups_(plan.has_groups),
      options_(options),
      level_(std::make_shared<std::atomic<int>>(options.permissions.level)),
      fs_(options.roots),
      own_fs_(HostRoots{}),
      shared_(fs_, {}),
      own_shared_(own_fs_, {}),
      registry_({.limit = options.collector_timeout}) {
  std::vector<std::string> stands_for;
  if (plan.has_node) stands_for.emplace_back("node_exporter");
  if (plan.has_groups) stands_for.emplace_back("process_exporter");
  registry_.at_begin([this] {
    shared_.begin_scrape();
    own_shared_.begin_scrape();
  });
  registry_.add_unnamed(make_build_info(stands_for));
  auto sources = std::make_unique<Sources>();
  sources_ = sources.get();
  registry_.add_unnamed(std::move(sources));
}

void Target::add(std::string_view name, CollectorPtr unit, bool (*allows)(int level)) {
  if (options_.permissions.follows_host) unit = gate(std::move(unit), allows, level_);
  registry_.add(std::string(name), std::move(unit));
}

Status Target::add_collectors() {
  const Context context{.fs = fs_,
                        .options = options_.collector,
                        .timeout = options_.collector_timeout,
                        .shared = shared_};
  for (const auto& row : collector_table()) {
    if (!contains(options_.collectors, row.name)) continue;
    auto collector = row.make(context);
    if (!collector) return collector.error();
    if (row.name == "perf") {
      add(row.name, std::move(*collector), allows_guarded);
    } else {
      registry_.add(std::string(row.name), std::move(*collector));
    }
  }
  return {};
}

// Returns what the probes have for the name groups.
GroupSources Target::add_probes(LifeSource* lives, bool for_groups) {
  GroupSources counts;
  const ProbeContext context{.fs = fs_,
                             .options = options_.probe,
                             .lives = lives,
                             .groups = for_groups ? &counts : nullptr,
                             .sources = sources_,
                             .events = events()};
  for (const auto& row : probe_table()) {
    if (!contains(options_.probes, row.name)) continue;
    auto probe = row.make(context);
    if (probe) {
      add(row.name, std::move(*probe), row.name == "slow_io" ? allows_events : allows_programs);
      sources_->up(std::string(row.name));
    } else {
      sources_->down(std::string(row.name), probe.error());
    }
  }
  return counts;
}

Status Target::add_groups(Config config, std::unique_ptr<LifeSource> lives, GroupSources counts) {
  const MakeGroups make_plain = [this]() -> Result<std::unique_ptr<NameGroups>> {
    auto options = options_;
    hx::restrict_to(kMostParanoid, options);
    auto again = read_groups_config(options.process);
    if (!again) return again.error();
    return make_process_groups(fs_, options.process, std::move(*again), nullptr, *sources_);
  };
  auto groups = make_process_groups(fs_, options_.process, std::move(config), std::move(lives),
                                    *sources_, std::move(counts), events());
  if (!groups) return groups.error();
  if (options_.permissions.follows_host) groups = gate(std::move(*groups), make_plain, level_);
  groups_ = groups->get();
  registry_.add_unnamed(std::move(*groups));
  check_guarded_files();
  return {};
}

void Target::check_guarded_files() {
  if (!options_.process.read_guarded) return;
  if (allows_guarded(level_within(capabilities()))) {
    sources_->up("guarded_files");
  } else {
    sources_->down("guarded_files",
                   Error{0, "those of other users need CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"});
  }
}

void Target::leave_out(const std::vector<LeftOut>& sources) {
  for (const auto& [source, reason, is_of_groups] : sources) {
    if (is_of_groups ? has_groups_ : has_node_) sources_->leave_out(source, reason);
  }
}

void Target::restrict_to(int level) {
  *level_ = level;
  if (!allows_events(level)) events_.close();
  leave_out(left_out_by(level, options_));
  ScrapeJob job;
  std::promise<void> done;
  job.done = [&done] { done.set_value(); };
  if (queue().submit(job)) done.get_future().wait();
}

void Target::add_self() {
  const bool is_own = fs_.roots().procfs == own_fs_.roots().procfs;
  registry_.add_unnamed(make_self(own_fs_, (is_own ? shared_ : own_shared_).netstat));
  registry_.add_unnamed(std::make_unique<Instruments>(instruments_.collectable()));
}

EventLog* Target::events() noexcept { return allows_events(*level_) ? &events_ : nullptr; }

ScrapeQueue& Target::queue() {
  if (!queue_) {
    queue_ = std::make_unique<ScrapeQueue>(registry_, instruments_, options_.max_requests);
  }
  return *queue_;
}

Result<Targets> make_targets(const Options& options) {
  Targets targets;
  Target *node = nullptr, *groups = nullptr;
  for (const auto& plan : plan_targets(options)) {
    auto& target = *targets.emplace_back(new Target(plan, options));
    if (plan.has_node) node = &target;
    if (plan.has_groups) groups = &target;
  }

  Config config;
  if (groups != nullptr) {
    auto read = read_groups_config(options.process);
    if (!read) return read.error();
    config = std::move(*read);
  }
  if (node != nullptr) {
    if (auto ok = node->add_collectors(); !ok) return ok.error();
  }
  std::unique_ptr<LifeSource> lives;
  if (groups != nullptr) lives = open_life_source(groups->fs_, options.process, *groups->sources_);
  GroupSources counts;
  if (node != nullptr) counts = node->add_probes(lives.get(), lives != nullptr);
  if (groups != nullptr) {
    auto ok = groups->add_groups(std::move(config), std::move(lives), std::move(counts));
    if (!ok) return ok.error();
  }

  for (const auto& target : targets) target->leave_out(options.permissions.left_out);
  auto& first = *targets.front();
  first.registry().add_unnamed(
      make_permission_level(options.permissions.level, first.level_, level_within(capabilities())));
  first.registry().add_unnamed(make_program_costs());
  if (node != nullptr && !options.disable_exporter_metrics) node->add_self();
  if (groups != nullptr && groups != node) groups->add_self();
  return targets;
}

}  // namespace hx
