// SPDX-License-Identifier: Apache-2.0
#include "app/doctor.h"

#include <doctest/doctest.h>

#include "support/temp_host.h"

namespace hx::test {
namespace {

Diagnosis diagnosis_of(const TempHost& host, std::vector<std::string_view> collectors) {
  Options options;
  options.roots = host.fs().roots();
  options.personality = Personality::kNodeExporter;
  options.collectors = std::move(collectors);
  auto diagnosis = diagnose(options);
  REQUIRE_MESSAGE(diagnosis, (diagnosis ? std::string() : diagnosis.error().message()));
  return std::move(*diagnosis);
}

bool has(const Diagnosis& diagnosis, std::string_view text) {
  return diagnosis.report.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("doctor: what this host has not is no illness, and pressure has a remedy") {
  TempHost host;
  host.write("proc/loadavg", "0.1 0.2 0.3 1/2 3\n");
  const auto diagnosis = diagnosis_of(host, {"loadavg", "nfs", "pressure"});
  CAPTURE(diagnosis.report);
  CHECK(diagnosis.healthy);
  CHECK(has(diagnosis, "1 of 3 have something to tell"));
  CHECK(has(diagnosis, "not on this host: nfs\n"));
  CHECK(has(diagnosis, "psi=1"));
}

TEST_CASE("doctor: a collector that fails is told with its reason") {
  TempHost host;
  host.write("proc/loadavg", "nonsense\n");
  const auto diagnosis = diagnosis_of(host, {"loadavg"});
  CAPTURE(diagnosis.report);
  CHECK_FALSE(diagnosis.healthy);
  CHECK(has(diagnosis, "loadavg               failed  parse proc/loadavg"));
}

TEST_CASE("doctor: missing privileges have a remedy whatever they are missed by") {
  CHECK(remedy_for("sched", "load sched: needs CAP_BPF").find("CAP_BPF") != std::string::npos);
  CHECK(remedy_for("rapl", "open sys/x: Permission denied").find("root") != std::string::npos);
  CHECK(remedy_for("perf", "needs kernel.perf_event_paranoid at 0").find("CAP_PERFMON") !=
        std::string::npos);
  CHECK(remedy_for("loadavg", "parse proc/loadavg: Bad message").empty());
}

TEST_CASE(
    "doctor: what somebody left out needs no privileges, what a switch turns on has a remedy") {
  CHECK(remedy_for("sched", "left out at level 3 of kernel.perf_event_paranoid").empty());
  CHECK(remedy_for("blocked_time", "left out by the kernel: kernel.task_delayacct is 0")
            .find("sysctl") != std::string::npos);
}

TEST_CASE("doctor: what is lost is told, and what is not lost is not") {
  CHECK(losses_of("# TYPE host_exporter_events_dropped_total counter\n"
                  "host_exporter_events_dropped_total{map=\"task_events\"} 0\n"
                  "host_exporter_events_dropped_total{map=\"task_overflow\"} 3\n"
                  "host_exporter_runqueue_tasks_lost_total 12\n"
                  "host_exporter_source_up{source=\"a\",reason=\"_lost_\"} 1\n"
                  "node_udp_dropped_total 7\n") ==
        "  host_exporter_events_dropped_total{map=\"task_overflow\"} 3\n"
        "  host_exporter_runqueue_tasks_lost_total 12\n");
}

}  // namespace hx::test
