// SPDX-License-Identifier: Apache-2.0
#include "app/permissions.h"

#include <doctest/doctest.h>

#include "app/level_gate.h"
#include "app/options.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr const char* kParanoid = "proc/sys/kernel/perf_event_paranoid";

Options everything() {
  Options options;
  options.probes = {"block", "fault", "irq", "sched", "tcp"};
  options.collectors = {"loadavg", "perf"};
  return options;
}

std::vector<std::string> sources_left_out(int level) {
  std::vector<std::string> names;
  for (const auto& one : left_out_by(level, everything())) names.push_back(one.source);
  return names;
}

Result<CommandLine> parsed(std::vector<const char*> flags) {
  flags.insert(flags.begin(), "host_exporter");
  return parse_command_line(flags);
}

std::string text_of(Collector& unit) {
  std::string text;
  MetricSink out(text);
  CHECK(unit.collect(out));
  return text;
}

class Loads final : public Collector {
 public:
  explicit Loads(bool& alive) : alive_(alive) { alive_ = true; }
  ~Loads() override { alive_ = false; }
  Status collect(MetricSink& out) override {
    out.gauge("x", "X.").add(1);
    return {};
  }

 private:
  bool& alive_;
};

}  // namespace

TEST_CASE("permissions: a level is a number from -1 to 3, or the host's") {
  TempHost host;
  host.write(kParanoid, "2\n");
  for (const int level : {-1, 0, 1, 2, 3}) {
    const auto permissions = parse_permissions(std::to_string(level), host.fs());
    REQUIRE(permissions);
    CHECK(permissions->level == level);
    CHECK_FALSE(permissions->follows_host);
  }
  const auto of_host = parse_permissions("host", host.fs());
  REQUIRE(of_host);
  CHECK(of_host->level == 2);
  CHECK(of_host->follows_host);
  for (const char* text : {"", "-2", "4", "0x1", "1.5", "Host", "2 "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_permissions(text, host.fs()));
  }
}

TEST_CASE("permissions: values of the sysctl that only some kernels have are the nearest level") {
  TempHost host;
  for (const auto& [text, level] :
       {std::pair("4\n", 3), std::pair("-5\n", -1), std::pair("1\n", 1)}) {
    host.write(kParanoid, text);
    CHECK(read_host_level(host.fs()).value_or(99) == level);
  }
  host.write(kParanoid, "many\n");
  CHECK_FALSE(read_host_level(host.fs()));
}

TEST_CASE("permissions: each level leaves out what the one below it allows") {
  using Names = std::vector<std::string>;
  CHECK(sources_left_out(-1) == Names{});
  CHECK(sources_left_out(0) == Names{});
  CHECK(sources_left_out(1) == Names{"guarded_files", "perf"});
  CHECK(sources_left_out(2) == Names{"guarded_files", "perf", "task", "task_iter"});
  CHECK(sources_left_out(3) == Names{"block", "fault", "guarded_files", "irq", "perf", "sched",
                                     "task", "task_iter", "tcp"});
}

TEST_CASE("permissions: what is left out is switched off") {
  for (int level = kLeastParanoid; level <= kMostParanoid; ++level) {
    CAPTURE(level);
    auto options = everything();
    restrict_to(level, options);
    CHECK(options.process.read_guarded == (level <= 0));
    CHECK(options.process.gather_smaps == (level <= 0));
    CHECK(options.collectors.size() == (level <= 0 ? 2 : 1));
    CHECK(options.process.use_bpf == (level <= 1));
    CHECK(options.probe.sched_groups == (level <= 1));
    CHECK(options.probes.empty() == (level == 3));
    CHECK(left_out_by(level, options).empty());
  }
}

TEST_CASE("permissions: what is asked for by name and not allowed is bad input") {
  const auto says = [](std::vector<const char*> flags, std::string_view text) {
    const auto result = parsed(std::move(flags));
    return !result && result.error().message().find(text) != std::string::npos;
  };
  CHECK(says({"--permissions.paranoid=1", "--collector.perf"}, "--collector.perf: needs"));
  CHECK(says({"--permissions.paranoid=1", "--gather-smaps"}, "paranoid=0 or less, not 1"));
  CHECK(says({"--permissions.paranoid=2", "--bpf.sched.groups"}, "--bpf.sched.groups: needs"));
  CHECK(says({"--permissions.paranoid=3", "--probe.block"}, "--probe.block: needs"));
  CHECK(says({"--permissions.paranoid=7"}, "\"7\" is none of"));
  CHECK(parsed({"--permissions.paranoid=1", "--no-collector.perf", "--no-gather-smaps"}));
  CHECK(parsed({"--permissions.paranoid=0", "--collector.perf"}));
}

TEST_CASE("permissions: both levels are told, and the effective one is the stricter") {
  const auto level = std::make_shared<std::atomic<int>>(0);
  const auto unit = make_permission_level(-1, level, 1);
  const auto says = [&](std::string_view line) {
    return text_of(*unit).find(line) != std::string::npos;
  };
  CHECK(says("host_exporter_permission_level{kind=\"configured\"} -1\n"));
  CHECK(says("host_exporter_permission_level{kind=\"effective\"} 1\n"));
  *level = 2;
  CHECK(says("host_exporter_permission_level{kind=\"effective\"} 2\n"));
}

TEST_CASE("level gate: a unit ends for good when its level rises") {
  bool alive = false;
  const auto level = std::make_shared<std::atomic<int>>(0);
  const auto gated = gate(std::make_unique<Loads>(alive), allows_guarded, level);
  std::string text;
  MetricSink out(text);
  CHECK(gated->collect(out));
  *level = 1;
  CHECK(alive);
  CHECK_FALSE(gated->collect(out));
  CHECK_FALSE(alive);
  *level = 0;
  CHECK_FALSE(gated->collect(out));
}

}  // namespace hx::test
