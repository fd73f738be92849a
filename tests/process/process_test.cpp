// SPDX-License-Identifier: Apache-2.0
// The name-group target as a whole, on the /proc of a made-up host.
#include "process/process.h"

#include <doctest/doctest.h>

#include <map>

#include "process/proc_tree.h"
#include "support/scrape.h"

namespace hx::test {
namespace {

using namespace std::string_literals;

struct Target {
  TempHost host;
  Sources sources;
  CollectorPtr unit;
  Status status;

  Target() { host.write("proc/stat", "btime 1700000000\n"); }

  void start(const ProcessOptions& options = {}) {
    auto made = make_process_groups(host.fs(), options, default_config(), nullptr, sources);
    REQUIRE_MESSAGE(made, made.error().message());
    unit = std::move(*made);
  }

  std::map<std::string, std::string> scrape() {
    std::string text;
    MetricSink out(text);
    status = unit->collect(out);
    return parse_exposition(text);
  }
};

std::string of(const std::string& family, const std::string& labels) {
  return "namedprocess_namegroup_" + family + "{" + labels + "}";
}

}  // namespace

TEST_CASE("process groups: /proc alone is enough, and the first reading is the baseline") {
  Target target;
  write_process(target.host, 5,
                {.comm = "web", .user_ticks = 1000, .start_ticks = 250, .cmdline = "/bin/web\0"s});
  write_process(target.host, 6, {.comm = "kthread", .ppid = 2, .flags = kPfKthread});
  target.start();
  write_process(target.host, 5,
                {.comm = "web", .user_ticks = 1150, .start_ticks = 250, .cmdline = "/bin/web\0"s});
  auto series = target.scrape();
  REQUIRE(target.status);
  CHECK(series[of("num_procs", R"(groupname="web")")] == "1");
  CHECK(series[of("cpu_seconds_total", R"(groupname="web",mode="user")")] == "1.5");
  CHECK(series[of("oldest_start_time_seconds", R"(groupname="web")")] == "1700000002");
  CHECK(series.count(of("num_procs", R"(groupname="kthread")")) == 0);
  CHECK(series[R"(host_exporter_process_cpu_seconds_total{kind="matched"})"] == "1.5");
  CHECK(series["namedprocess_scrape_errors"] == "0");
  CHECK(series["namedprocess_scrape_procread_errors"] == "0");
  CHECK(series["namedprocess_scrape_partial_errors"] == "0");
  // Another host's /proc: no kernel source was tried.
  CHECK(target.sources.states().size() == 1);
  CHECK(target.sources.states()[0].source == "blocked_time");
  // Nobody tells of deaths here.
  CHECK(series.count(of("processes_exited_total", R"(groupname="web",reason="exit")")) == 0);
}

TEST_CASE("process groups: files that cannot be read are counted, the scrape goes on") {
  Target target;
  target.host.remove(write_process(target.host, 5, {.comm = "a", .cmdline = "a"}) + "/io");
  target.host.write(write_process(target.host, 6, {.comm = "b", .cmdline = "b"}) + "/status", "?");
  target.start();
  target.scrape();
  auto series = target.scrape();
  REQUIRE(target.status);
  CHECK(series["namedprocess_scrape_procread_errors"] == "3");
  CHECK(series["namedprocess_scrape_partial_errors"] == "3");
  CHECK(series[of("num_procs", R"(groupname="a")")] == "1");
  CHECK(series.count(of("num_procs", R"(groupname="b")")) == 0);
}

TEST_CASE("process groups: a scrape without a listing counts as an error and shows no group") {
  Target target;
  write_process(target.host, 5, {.comm = "a", .cmdline = "a"});
  target.start();
  std::filesystem::rename(target.host.dir() / "proc", target.host.dir() / "away");
  for (const char* errors : {"1", "2"}) {
    auto series = target.scrape();
    CHECK_FALSE(target.status);
    CHECK(series["namedprocess_scrape_errors"] == errors);
    CHECK(series.count(of("num_procs", R"(groupname="a")")) == 0);
  }
  std::filesystem::rename(target.host.dir() / "away", target.host.dir() / "proc");
  auto series = target.scrape();
  CHECK(series[of("num_procs", R"(groupname="a")")] == "1");
  CHECK(series["namedprocess_scrape_errors"] == "2");
}

TEST_CASE("process groups: thread families only where they are wanted, states always") {
  for (const bool threads : {true, false}) {
    CAPTURE(threads);
    Target target;
    write_process(target.host, 5, {.comm = "a", .threads = 2, .cmdline = "a"});
    write_thread(target.host, 5, 5, {.comm = "a"});
    write_thread(target.host, 5, 6, {.comm = "w", .state = 'R'});
    ProcessOptions options;
    options.threads = threads;
    target.start(options);
    auto series = target.scrape();
    CHECK(series.count(of("thread_count", R"(groupname="a",threadname="w")")) == threads);
    CHECK(series[of("num_threads", R"(groupname="a")")] == "2");
    CHECK(series[of("states", R"(groupname="a",state="Running")")] == "1");
    CHECK(series[of("states", R"(groupname="a",state="Sleeping")")] == "1");
  }
}

TEST_CASE("process groups: time blocked by I/O is told while the kernel accounts it") {
  Target target;
  const auto series = of("blocked_seconds_total", R"(groupname="web",reason="io")");
  const auto write = [&](unsigned long ticks) {
    write_process(target.host, 5, {.comm = "web", .blocked_ticks = ticks, .cmdline = "web"});
  };
  const auto reason = [&] { return target.sources.states().at(0).reason; };
  const auto* const kSwitch = "proc/sys/kernel/task_delayacct";

  SUBCASE("by a switch") {
    target.host.write(kSwitch, "0\n");
    write(100);
    target.start();
    CHECK(target.scrape().count(series) == 0);
    CHECK(reason().find("task_delayacct") != std::string::npos);
    CHECK(target.sources.states().at(0).is_left_out);
    target.host.write(kSwitch, "1\n");
    write(350);
    CHECK(target.scrape()[series] == "2.5");
    CHECK(reason().empty());
    target.host.write(kSwitch, "0\n");
    CHECK(target.scrape().count(series) == 0);
    target.host.write(kSwitch, "1\n");
    CHECK(target.scrape()[series] == "2.5");
    write(10);  // it does not go backwards
    CHECK(target.scrape()[series] == "2.5");
  }
  SUBCASE("by who has it, where there is no switch") {
    write(0);
    target.start();
    CHECK(target.scrape().count(series) == 0);
    CHECK(reason() == "left out by the kernel");
    write(50);
    CHECK(target.scrape()[series] == "0.5");
    CHECK(reason().empty());
  }
}

TEST_CASE("process groups: a /proc without the time of boot is refused") {
  Target target;
  for (const std::string& text : {""s, "cpu 1 2 3\n"s, "btime\n"s, "btime x\n"s, "btime 1 2\n"s}) {
    CAPTURE(text);
    target.host.write("proc/stat", text);
    const auto made =
        make_process_groups(target.host.fs(), {}, default_config(), nullptr, target.sources);
    REQUIRE_FALSE(made);
    CHECK(made.error().message() == "parse proc/stat: no btime: Bad message");
  }
  target.host.remove("proc/stat");
  CHECK_FALSE(make_process_groups(target.host.fs(), {}, default_config(), nullptr, target.sources));
}

}  // namespace hx::test
