// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/perf_event.h>

#include <map>
#include <set>
#include <thread>

#include "support/fixture_syscalls.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

using Event = std::pair<std::uint32_t, std::uint64_t>;  // type and config

// A kernel whose counters a test moves. One at a time: system calls are plain functions.
class FakeCounters {
 public:
  struct Reading {
    std::uint64_t count, enabled, running;
  };

  FakeCounters() { current_ = this; }
  ~FakeCounters() { current_ = nullptr; }

  Syscalls syscalls() const {
    Syscalls sys = fixture_syscalls();
    sys.perf_event_open = [](const perf_event_attr* event, int cpu) {
      return current_->open({event->type, event->config}, static_cast<std::uint32_t>(cpu));
    };
    sys.read = [](int fd, void* buffer, size_t) { return current_->read(fd, buffer); };
    sys.getrlimit = [](int, rlimit* limit) {
      limit->rlim_cur = current_->file_limit;
      return 0;
    };
    return sys;
  }

  std::map<Event, Reading> readings;    // of every CPU; there are no other events
  std::map<std::uint32_t, int> broken;  // CPUs and the error of their next opens
  rlim_t file_limit = 1024;
  int opens = 0;

 private:
  int open(const Event& event, std::uint32_t cpu) {
    ++opens;
    errno = broken.contains(cpu) ? broken[cpu] : readings.contains(event) ? 0 : ENOENT;
    if (errno != 0) return -1;
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    events_[fd] = event;
    return fd;
  }

  ssize_t read(int fd, void* buffer) const {
    *static_cast<Reading*>(buffer) = readings.at(events_.at(fd));
    return sizeof(Reading);
  }

  inline static FakeCounters* current_ = nullptr;
  std::map<int, Event> events_;
};

constexpr Event kSwitches{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES};
constexpr Event kCycles{PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES};

std::string cycles(const Scrape& scrape, const std::string& cpu = "0") {
  return scrape.value("node_perf_cpucycles_total{cpu=\"" + cpu + "\"}");
}
std::string switches(const Scrape& scrape, const std::string& cpu = "0") {
  return scrape.value("node_perf_context_switches_total{cpu=\"" + cpu + "\"}");
}

TempHost& with_cpus(TempHost& host, const std::string& list) {
  host.write("sys/devices/system/cpu/online", list + "\n");
  return host;
}

std::string failure(const CollectorOptions& options) {
  const TempHost host;
  const auto scrape = scrape_collector("perf", host.fs(), options, fixture_syscalls());
  REQUIRE_FALSE(scrape.status);
  return scrape.status.error().message();
}

std::set<std::string> metrics_with(const CollectorOptions& options) {
  TempHost host;
  with_cpus(host, "0");
  const auto scrape = scrape_collector("perf", host.fs(), options, fixture_syscalls());
  REQUIRE(scrape.status);
  std::set<std::string> names;
  for (const auto& [series, value] : parse_exposition(scrape.text)) {
    names.insert(series.substr(0, series.find('{')));
  }
  return names;
}

}  // namespace

TEST_CASE("perf: counters are opened once and read at each scrape") {
  TempHost host;
  with_cpus(host, "0-1");
  FakeCounters kernel;
  kernel.readings = {{kSwitches, {7, 100, 100}}};
  LiveCollector perf("perf", host.fs(), {}, kernel.syscalls());
  auto scrape = perf.scrape();
  REQUIRE(scrape.status);
  CHECK(switches(scrape, "0") == "7");
  CHECK(switches(scrape, "1") == "7");
  CHECK(parse_exposition(scrape.text).size() == 2);
  const int opens = kernel.opens;
  kernel.readings[kSwitches] = {9, 200, 200};
  scrape = perf.scrape();
  CHECK(switches(scrape) == "9");
  CHECK(kernel.opens == opens);
}

TEST_CASE("perf: events that take turns are scaled, and never fall") {
  TempHost host;
  with_cpus(host, "0");
  FakeCounters kernel;
  kernel.readings = {{kCycles, {0, 10, 0}}};
  LiveCollector perf("perf", host.fs(), {}, kernel.syscalls());
  CHECK(cycles(perf.scrape()) == "");  // has not had its turn
  kernel.readings[kCycles] = {1000, 40, 10};
  CHECK(cycles(perf.scrape()) == "4000");
  // A whole interval without work, and without waiting: over the whole life it would be 2800.
  kernel.readings[kCycles] = {1000, 140, 50};
  CHECK(cycles(perf.scrape()) == "4000");
  kernel.readings[kCycles] = {1000, 150, 50};
  CHECK(cycles(perf.scrape()) == "4000");
  // What it counts after a pause stands for the pause as well.
  kernel.readings[kCycles] = {1010, 170, 60};
  CHECK(cycles(perf.scrape()) == "4030");
}

TEST_CASE("perf: what the hardware lacks is left out, and the rest is served") {
  TempHost host;
  with_cpus(host, "0");
  for (const int code : {ENOENT, EOPNOTSUPP, EINVAL, ENODEV, ENXIO, ENOSYS}) {
    CAPTURE(code);
    FakeCounters kernel;
    kernel.readings = {{kSwitches, {1, 1, 1}}};
    host.write("sys/devices/system/cpu/online", "0-1\n");
    kernel.broken[1] = code;
    const auto scrape = scrape_collector("perf", host.fs(), {}, kernel.syscalls());
    REQUIRE(scrape.status);
    CHECK(switches(scrape, "0") == "1");
    CHECK(switches(scrape, "1") == "");
  }
}

TEST_CASE("perf: a host without any of the events lacks them") {
  TempHost host;
  FakeCounters kernel;
  const auto scrape = scrape_collector("perf", with_cpus(host, "0-3").fs(), {}, kernel.syscalls());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().is_absent());
}

TEST_CASE("perf: a CPU that goes off line loses its counters, one that returns starts again") {
  TempHost host;
  with_cpus(host, "0-1");
  FakeCounters kernel;
  kernel.readings = {{kSwitches, {50, 100, 100}}};
  LiveCollector perf("perf", host.fs(), {}, kernel.syscalls());
  CHECK(switches(perf.scrape(), "1") == "50");
  with_cpus(host, "0");
  kernel.readings[kSwitches] = {60, 200, 200};
  auto scrape = perf.scrape();
  CHECK(switches(scrape, "0") == "60");
  CHECK(switches(scrape, "1") == "");
  with_cpus(host, "0-1");
  kernel.readings[kSwitches] = {70, 300, 300};
  CHECK(switches(perf.scrape(), "1") == "70");

  SUBCASE("also where it was gone between two scrapes, which only stops the clock") {
    const int opens = kernel.opens;
    kernel.readings[kSwitches] = {3, 300, 300};
    CHECK(switches(perf.scrape(), "1") == "3");
    CHECK(kernel.opens > opens);
  }
}

TEST_CASE("perf: without privileges it names the capability and the sysctl") {
  TempHost host;
  with_cpus(host, "0-1");
  host.write("proc/sys/kernel/perf_event_paranoid", "3\n");
  FakeCounters kernel;
  kernel.readings = {{kSwitches, {1, 1, 1}}};
  kernel.broken = {{0, EACCES}, {1, EACCES}};
  LiveCollector perf("perf", host.fs(), {}, kernel.syscalls());
  auto scrape = perf.scrape();
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() ==
        "open performance counters (needs CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8, or "
        "kernel.perf_event_paranoid at 0 instead of 3): Permission denied");
  CHECK(kernel.opens == 1);

  SUBCASE("but not one that is not in the way") {
    host.write("proc/sys/kernel/perf_event_paranoid", "-1\n");
    kernel.broken = {{0, EPERM}};
    CHECK(perf.scrape().status.error().message() ==
          "open performance counters (needs CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8): "
          "Operation not permitted");
  }
  SUBCASE("and serves as soon as it may") {
    kernel.broken.clear();
    scrape = perf.scrape();
    CHECK(scrape.status);
    CHECK(switches(scrape, "1") == "1");
  }
}

TEST_CASE("perf: half of the descriptors are left to others, CPUs that fit are served") {
  TempHost host;
  with_cpus(host, "0-255");
  FakeCounters kernel;
  kernel.readings = {{kSwitches, {1, 1, 1}}};
  kernel.file_limit = 200;
  LiveCollector perf("perf", host.fs(), {}, kernel.syscalls());
  auto scrape = perf.scrape();
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().code == EMFILE);
  CHECK(scrape.status.error().message().find("limit of open files, 200,") != std::string::npos);
  CHECK(parse_exposition(scrape.text).size() == 3);  // of 30 events each

  kernel.file_limit = RLIM_INFINITY;
  kernel.readings[kSwitches] = {2, 2, 2};
  scrape = perf.scrape();
  CHECK(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 256);
}

TEST_CASE("perf: the flags choose CPUs and events") {
  CollectorOptions options;
  CHECK(metrics_with(options).size() == 26);  // of the 30, see fixture_syscalls.cpp
  options.perf_disable_hardware_profilers = options.perf_disable_cache_profilers = true;
  CHECK(metrics_with(options) ==
        std::set<std::string>{"node_perf_context_switches_total", "node_perf_cpu_migrations_total",
                              "node_perf_major_faults_total", "node_perf_minor_faults_total",
                              "node_perf_page_faults_total"});
  options.perf_software_profilers = {"MajorFault", "ContextSwitch"};
  CHECK(metrics_with(options) ==
        std::set<std::string>{"node_perf_context_switches_total", "node_perf_major_faults_total"});
  options.perf_disable_software_profilers = true;
  CHECK(metrics_with(options).empty());
  options.perf_disable_hardware_profilers = options.perf_disable_cache_profilers = false;
  options.perf_hardware_profilers = {"RefCpuCycles"};
  options.perf_cache_profilers = {"LLWriteMiss", "BPUReadHit"};
  CHECK(metrics_with(options) == std::set<std::string>{"node_perf_cache_ll_write_misses_total",
                                                       "node_perf_ref_cpucycles_total"});

  TempHost host;
  with_cpus(host, "0-3,5");
  options.perf_cpus = "1-5:2,7";
  const auto scrape = scrape_collector("perf", host.fs(), options, fixture_syscalls());
  CHECK(scrape.value("node_perf_ref_cpucycles_total{cpu=\"3\"}") != "");
  CHECK(scrape.value("node_perf_ref_cpucycles_total{cpu=\"5\"}") != "");
  CHECK(parse_exposition(scrape.text).size() == 6);
}

TEST_CASE("perf: tracepoints have the number that tracefs tells") {
  TempHost host;
  with_cpus(host, "0");
  FakeCounters kernel;
  kernel.readings = {{{PERF_TYPE_TRACEPOINT, 325}, {11, 1, 1}}};
  CollectorOptions options;
  options.perf_tracepoint = {"sched:sched_switch"};
  const auto scrape = [&] {
    return scrape_collector("perf", host.fs(), options, kernel.syscalls());
  };
  CHECK(scrape().status.error().message() ==
        "tracepoint: open sys/kernel/debug/tracing/events/sched/sched_switch/id: No such file or "
        "directory (is tracefs mounted?)");
  CHECK_FALSE(scrape().status.error().is_absent());
  for (const std::string root : {"sys/kernel/debug/tracing/", "sys/kernel/tracing/"}) {
    host.write(root + "events/sched/sched_switch/id", "325\n");
    CHECK(scrape().value("node_perf_sched_sched_switch{cpu=\"0\"}") == "11");
    CHECK(scrape().text.find("HELP node_perf_sched_sched_switch Perf tracepoint "
                             "sched:sched_switch\n") != std::string::npos);
    host.write(root + "events/sched/sched_switch/id", "x\n");
    CHECK(scrape().status.error().message().find(root) != std::string::npos);
  }
}

TEST_CASE("perf: bad options are one line that names the flag and the value") {
  CollectorOptions options;
  options.perf_cpus = "0,x";
  CHECK(failure(options) ==
        "--collector.perf.cpus: \"0,x\" is not an ascending list of CPUs such as 0-3,8");
  options = {};
  options.perf_software_profilers = {"PageFault", "pagefault"};
  CHECK(failure(options) ==
        "--collector.perf.software-profilers: \"pagefault\" is none of "
        "PageFault|ContextSwitch|CpuMigration|MinorFault|MajorFault");
  options = {};
  options.perf_hardware_profilers = {"PageFault"};
  CHECK(failure(options).starts_with("--collector.perf.hardware-profilers: \"PageFault\" is none"));
  options = {};
  options.perf_cache_profilers = {""};
  CHECK(failure(options).starts_with("--collector.perf.cache-profilers: \"\" is none"));
  for (const std::string bad :
       {"sched", ":", "sched:", ":x", "a:b:c", "../../x:y", "a:b c", "a/b:c", "a-b:c"}) {
    CAPTURE(bad);
    options = {};
    options.perf_tracepoint = {bad};
    CHECK(failure(options) ==
          "--collector.perf.tracepoint: \"" + bad + "\" is not a name such as sched:sched_switch");
  }
  options.perf_tracepoint = {"a:b_c", "a_b:c"};
  CHECK(failure(options) ==
        "--collector.perf.tracepoint: a_b:c would be node_perf_a_b_c, which is there already");
}

TEST_CASE("perf: this machine's context switches are counted") {
  const HostFs fs({});
  CollectorOptions options;
  options.perf_disable_hardware_profilers = options.perf_disable_cache_profilers = true;
  LiveCollector perf("perf", fs, options);
  const auto all_switches = [&] {
    const auto scrape = perf.scrape();
    double sum = 0;
    for (const auto& [series, value] : parse_exposition(scrape.text)) {
      if (series.starts_with("node_perf_context_switches_total")) sum += std::stod(value);
    }
    return std::pair(scrape.status, sum);
  };
  const auto [status, before] = all_switches();
  if (!status) {
    MESSAGE("not here: ", status.error().message());
    return;
  }
  for (int i = 0; i < 100; ++i) std::this_thread::sleep_for(std::chrono::microseconds(50));
  CHECK(all_switches().second >= before + 100);
}

}  // namespace hx::test
