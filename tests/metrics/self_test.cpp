// SPDX-License-Identifier: Apache-2.0
#include "metrics/self.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <array>

#include "base/fd.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

Scrape scrape(const HostFs& fs, Syscalls sys = {}) {
  Scrape result;
  MetricSink out(result.text);
  SharedReads shared(fs, sys);
  result.status = make_self(fs, shared.netstat, sys)->collect(out);
  return result;
}

// Fields 3 to 22 of proc_pid_stat(5) behind a name that is made to confuse.
constexpr const char* kStat =
    "42 (a) R (b) S 1 42 42 0 -1 4194560 100 0 2 0 30 12 0 0 20 0 5 0 12345 987654144 250 "
    "18446744073709551615 1 1\n";

void fill(const TempHost& host) {
  host.write("proc/stat", "cpu  1 2 3\nbtime 1700000000\nprocesses 9\n");
  host.write("proc/self/stat", kStat);
  host.write("proc/self/statm", "241126 250 100 50 0 900 0\n");
  host.write("proc/net/netstat",
             "TcpExt: SyncookiesSent InOctets\nTcpExt: 1 99\n"
             "IpExt: InNoRoutes InOctets OutOctets\nIpExt: 0 1234567 7654321\n");
  for (const char* fd : {"0", "1", "2", "3"}) host.write(std::string("proc/self/fd/") + fd, "");
}

}  // namespace

TEST_CASE("self: process_* from the files of the process") {
  const TempHost host;
  fill(host);
  const auto result = scrape(host.fs(), {.clock_gettime = [](clockid_t clock, timespec* now) {
                               CHECK(clock == CLOCK_PROCESS_CPUTIME_ID);
                               *now = {.tv_sec = 2, .tv_nsec = 250'000'000};
                               return 0;
                             }});
  CHECK(result.status);
  CHECK(result.value("process_cpu_seconds_total") == "2.25");
  CHECK(result.value("process_open_fds") == "3");
  CHECK(result.value("process_virtual_memory_bytes") ==
        std::to_string(241126 * ::sysconf(_SC_PAGESIZE)));
  CHECK(result.value("process_resident_memory_bytes") ==
        std::to_string(250 * ::sysconf(_SC_PAGESIZE)));
  CHECK(result.value("process_start_time_seconds") == "1700000123.45");
  CHECK(result.value("process_network_receive_bytes_total") == "1234567");
  CHECK(result.value("process_network_transmit_bytes_total") == "7654321");
}

TEST_CASE("self: the limits are those of this process; no limit is the largest number") {
  const TempHost host;
  fill(host);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  const auto result = scrape(host.fs());
  CHECK(to_double(result.value("process_max_fds")) == static_cast<double>(files.rlim_cur));
  CHECK(to_double(result.value("process_virtual_memory_max_bytes")).value_or(0) > 0);
}

TEST_CASE("self: damaged memory is an error, a missing network table and start are not") {
  const TempHost host;
  fill(host);
  host.remove("proc/net/netstat");
  CHECK(scrape(host.fs()).status);
  for (const char* text : {"", "42 (a) S 1 2 3", "42 a S 1 2 3", ")", "42 (a"}) {
    CAPTURE(std::string(text));
    host.write("proc/self/stat", text);
    const auto result = scrape(host.fs());
    CHECK(result.status);
    CHECK(result.value("process_start_time_seconds").empty());
  }
  for (const char* text : {"", "12", "12 x"}) {
    CAPTURE(std::string(text));
    host.write("proc/self/statm", text);
    const auto result = scrape(host.fs());
    REQUIRE_FALSE(result.status);
    CHECK(result.status.error().code == EBADMSG);
  }
}

TEST_CASE("self: a real process has a plausible start, memory and processor time") {
  const HostFs fs(HostRoots{});
  const auto result = scrape(fs);
  CHECK(result.status);
  CHECK(to_double(result.value("process_resident_memory_bytes")).value_or(0) > 1e6);
  CHECK(to_double(result.value("process_cpu_seconds_total")).value_or(0) > 0);
  CHECK(to_double(result.value("process_open_fds")).value_or(0) >= 3);
  const auto now = static_cast<double>(::time(nullptr));
  const auto start = to_double(result.value("process_start_time_seconds")).value_or(0);
  CHECK(start <= now + 1);
  CHECK(start > now - 3600);
}

TEST_CASE("self: the open descriptors of a real process are counted without one for the counting") {
  const HostFs fs(HostRoots{});
  const auto listed = fs.list("proc/self/fd");
  REQUIRE(listed);
  CHECK(scrape(fs).value("process_open_fds") == std::to_string(listed->size() - 1));
  const std::array<Fd, 3> more{Fd(::dup(0)), Fd(::dup(0)), Fd(::dup(0))};
  CHECK(scrape(fs).value("process_open_fds") == std::to_string(listed->size() - 1 + more.size()));
}

TEST_CASE("self: build information under our name and those of the replaced exporters") {
  std::string text;
  MetricSink out(text);
  CHECK(make_build_info({"node_exporter", "process_exporter"})->collect(out));
  const auto series = parse_exposition(text);
  CHECK(series.size() == 3);
  CHECK(text.find("host_exporter_build_info{version=\"" HX_VERSION "\"") != std::string::npos);
  for (const char* name : {"node_exporter_build_info{", "process_exporter_build_info{"}) {
    CHECK(text.find(name) != std::string::npos);
  }
  for (const char* label :
       {"branch=", "goarch=", "goos=\"linux\"", "goversion=", "revision=", "tags=", "version="}) {
    CHECK(text.find(label, text.find("# HELP node_exporter")) != std::string::npos);
  }
}

}  // namespace hx::test
