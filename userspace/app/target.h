// SPDX-License-Identifier: Apache-2.0
// What one scrape target is made of: its registry, filled, and the queue its scrapes run in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/options.h"
#include "base/host_fs.h"
#include "base/shared_reads.h"
#include "metrics/instruments.h"
#include "metrics/registry.h"
#include "metrics/scrape_queue.h"
#include "metrics/sources.h"
#include "process/process.h"

namespace hx {

// What a target is to have, and where it is served.
struct TargetPlan {
  std::string title;
  bool has_node = false, has_groups = false;
  std::vector<std::string> addresses;
};

// By personality, and one for both if options.single_target.
std::vector<TargetPlan> plan_targets(const Options& options);

class Target {
 public:
  Registry& registry() noexcept { return registry_; }
  // Made when first asked for; it has a thread.
  ScrapeQueue& queue();
  const std::string& title() const noexcept { return title_; }
  const Sources& sources() const noexcept { return *sources_; }
  // Null: this target has no name groups. Lives as long as the target.
  NameGroups* groups() const noexcept { return groups_; }
  // Ends what this level does not allow: at once, or as soon as it answers. Where the host decides
  // the level only.
  void restrict_to(int level);
  // Null: single events are not for anybody to see.
  EventLog* events() noexcept;

 private:
  friend Result<std::vector<std::unique_ptr<Target>>> make_targets(const Options& options);

  Target(const TargetPlan& plan, const Options& options);
  void add(std::string_view name, CollectorPtr unit, bool (*allows)(int level));
  void leave_out(const std::vector<LeftOut>& sources);
  Status add_collectors();
  GroupSources add_probes(LifeSource* lives, bool for_groups);
  Status add_groups(Config config, std::unique_ptr<LifeSource> lives, GroupSources counts);
  void check_guarded_files();
  void add_self();

  const std::string title_;
  const bool has_node_, has_groups_;
  const Options options_;
  const SharedLevel level_;
  EventLog events_;
  const HostFs fs_, own_fs_;
  SharedReads shared_, own_shared_;
  Sources* sources_;              // owned by the registry
  NameGroups* groups_ = nullptr;  // the same
  HandlerInstruments instruments_;
  Registry registry_;
  std::unique_ptr<ScrapeQueue> queue_;
};

using Targets = std::vector<std::unique_ptr<Target>>;

// Those of plan_targets(), in its order. Bad input is an error, and is found before anything is
// loaded into the kernel; sources that do not work are recorded in their target.
Result<Targets> make_targets(const Options& options);

}  // namespace hx
