// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <limits>

#include "support/exposition.h"
#include "support/fake_bus.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

using Fault = FakeBus::Fault;

const std::string kManager = "/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.";
constexpr auto kInfinity = std::numeric_limits<std::uint64_t>::max();

// The name of a unit's property.
std::string of(const FakeUnit& unit, const std::string& property) {
  return unit.path() + " org.freedesktop.systemd1." + property;
}

const FakeUnit kWeb{"web.service"};
const FakeUnit kJob{"job.service", "loaded", "failed"};
const FakeUnit kLost{"lost.service", "not-found", "inactive"};
const FakeUnit kTimer{"job.timer"};
const FakeUnit kSocket{"web.socket"};
const FakeUnit kMount{"data.mount"};

// A manager with one unit of each kind.
struct Setup {
  TempHost host;
  FakeBus fake;

  explicit Setup(const char* socket = "run/dbus/system_bus_socket") : fake(host.dir() / socket) {
    fake.set(kManager + "Version", "252.38-1~deb12u1");
    fake.set(kManager + "Virtualization", "");
    fake.set(kManager + "SystemState", "running");
    list({kWeb, kJob, kLost, kTimer, kSocket, kMount});
    fake.set(of(kWeb, "Service.Type"), "notify");
    fake.set(of(kWeb, "Service.NRestarts"), std::uint32_t{3});
    fake.set(of(kWeb, "Service.TasksCurrent"), std::uint64_t{12});
    fake.set(of(kWeb, "Service.TasksMax"), std::uint64_t{512});
    fake.set(of(kWeb, "Unit.ActiveEnterTimestamp"), std::uint64_t{1'700'000'000'250'000});
    fake.set(of(kJob, "Service.Type"), "oneshot");
    fake.set(of(kJob, "Service.NRestarts"), std::uint32_t{0});
    fake.set(of(kJob, "Service.TasksCurrent"), kInfinity);
    fake.set(of(kJob, "Service.TasksMax"), kInfinity);
    fake.set(of(kTimer, "Timer.LastTriggerUSec"), std::uint64_t{1'700'000'000'500'000});
    fake.set(of(kSocket, "Socket.NAccepted"), std::uint32_t{42});
    fake.set(of(kSocket, "Socket.NConnections"), std::uint32_t{3});
    fake.set(of(kSocket, "Socket.NRefused"), std::uint32_t{1});
    fake.set(of(kMount, "Mount.Type"), "ext4");
  }

  void list(std::vector<FakeUnit> units) {
    fake.answer(kManager + "ListUnits", list_units(std::move(units)));
  }
  Scrape scrape(const CollectorOptions& options = {}) const {
    auto result = scrape_collector("systemd", host.fs(), options);
    CHECK(bad_exposition_line(result.text) == "");
    return result;
  }
};

std::size_t count_of(const Scrape& scrape, std::string_view prefix) {
  std::size_t count = 0;
  for (const auto& [series, value] : parse_exposition(scrape.text)) {
    count += series.starts_with(prefix) ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("systemd: the manager, a summary of all units, and the state of those of interest") {
  const Setup s;
  const auto scrape = s.scrape();
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_systemd_version{version="252.38-1~deb12u1"})") == "252.38");
  CHECK(scrape.value(R"(node_systemd_virtualization_info{virtualization_type="none"})") == "1");
  CHECK(scrape.value("node_systemd_system_running") == "1");
  CHECK(scrape.value(R"(node_systemd_units{state="active"})") == "4");
  CHECK(scrape.value(R"(node_systemd_units{state="inactive"})") == "1");
  CHECK(scrape.value(R"(node_systemd_units{state="failed"})") == "1");
  CHECK(scrape.value(R"(node_systemd_units{state="activating"})") == "0");
  const std::string web = R"(node_systemd_unit_state{name="web.service",state=")";
  CHECK(scrape.value(web + R"(active",type="notify"})") == "1");
  CHECK(scrape.value(web + R"(failed",type="notify"})") == "0");
  CHECK(scrape.value(
            R"(node_systemd_unit_state{name="job.service",state="failed",type="oneshot"})") == "1");
  CHECK(scrape.value(R"(node_systemd_unit_state{name="web.socket",state="active",type=""})") ==
        "1");
  CHECK(count_of(scrape, "node_systemd_unit_state") == 4 * 5);
  CHECK(scrape.value(R"(node_systemd_timer_last_trigger_seconds{name="job.timer"})") ==
        "1700000000.5");
  CHECK(scrape.value(R"(node_systemd_socket_accepted_connections_total{name="web.socket"})") ==
        "42");
  CHECK(scrape.value(R"(node_systemd_socket_current_connections{name="web.socket"})") == "3");
  CHECK(scrape.value(R"(node_systemd_socket_refused_connections_total{name="web.socket"})") == "1");
}

TEST_CASE("systemd: what costs more is asked for with its flag only") {
  const Setup s;
  auto scrape = s.scrape();
  for (const auto* family : {"service_restart_total", "unit_tasks", "unit_start_time"}) {
    CHECK(count_of(scrape, "node_systemd_" + std::string(family)) == 0);
  }
  CHECK(s.fake.calls(of(kWeb, "Service.Type")) == 1);
  for (const auto* property : {"Service.NRestarts", "Service.TasksMax", "Service.TasksCurrent",
                               "Unit.ActiveEnterTimestamp"}) {
    CHECK(s.fake.calls(of(kWeb, property)) == 0);
  }
  // What the filter leaves out is not asked about.
  CHECK(s.fake.calls(of(kMount, "Mount.Type")) == 0);
  CHECK(s.fake.calls(of(kLost, "Service.Type")) == 0);

  CollectorOptions options;
  options.systemd_enable_restarts_metrics = true;
  options.systemd_enable_start_time_metrics = true;
  options.systemd_enable_task_metrics = true;
  scrape = s.scrape(options);
  CHECK(scrape.value(R"(node_systemd_service_restart_total{name="web.service"})") == "3");
  CHECK(scrape.value(R"(node_systemd_service_restart_total{name="job.service"})") == "0");
  CHECK(scrape.value(R"(node_systemd_unit_tasks_current{name="web.service"})") == "12");
  CHECK(scrape.value(R"(node_systemd_unit_tasks_max{name="web.service"})") == "512");
  CHECK(count_of(scrape, "node_systemd_unit_tasks") == 2);
  CHECK(scrape.value(R"(node_systemd_unit_start_time_seconds{name="web.service"})") ==
        "1700000000.25");
  CHECK(scrape.value(R"(node_systemd_unit_start_time_seconds{name="job.service"})") == "0");
  // An active unit that does not say since when is left out.
  CHECK(count_of(scrape, "node_systemd_unit_start_time") == 2);
}

TEST_CASE("systemd: units are included and excluded by their whole names") {
  const Setup s;
  CollectorOptions options;
  options.systemd_unit_exclude = "web";
  options.systemd_unit_include = R"(.+\.(service|mount))";
  auto scrape = s.scrape(options);
  CHECK(count_of(scrape, "node_systemd_unit_state") == 3 * 5);
  CHECK(scrape.value(R"(node_systemd_unit_state{name="data.mount",state="active",type="ext4"})") ==
        "1");
  options.systemd_unit_exclude = R"(web\.service|data.*)";
  scrape = s.scrape(options);
  CHECK(count_of(scrape, R"(node_systemd_unit_state{name="job.service")") == 5);
  CHECK(count_of(scrape, "node_systemd_unit_state") == 5);
  CHECK(scrape.value(R"(node_systemd_units{state="active"})") == "4");
  options.systemd_unit_include = "(";
  CHECK(s.scrape(options).status.error().message().starts_with(
      "--collector.systemd.unit-include: invalid regular expression"));
}

TEST_CASE("systemd: properties that are missing or odd cost only themselves") {
  Setup s;
  s.fake.remove(of(kWeb, "Service.Type"));
  s.fake.set(of(kJob, "Service.Type"), std::uint32_t{1});
  s.fake.remove(of(kSocket, "Socket.NRefused"));  // as before systemd 239
  s.fake.set(of(kSocket, "Socket.NConnections"), "many");
  s.fake.fail(of(kTimer, "Timer.LastTriggerUSec"), Fault::kRefuse);
  s.fake.remove(kManager + "Virtualization");
  const auto scrape = s.scrape();
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_systemd_unit_state{name="web.service",state="active",type=""})") ==
        "1");
  CHECK(scrape.value(R"(node_systemd_unit_state{name="job.service",state="failed",type=""})") ==
        "1");
  CHECK(count_of(scrape, "node_systemd_socket") == 1);
  CHECK(count_of(scrape, "node_systemd_timer") == 0);
  CHECK(scrape.value(R"(node_systemd_virtualization_info{virtualization_type="unknown"})") == "1");

  s.fake.remove(kManager + "SystemState");
  const auto without_state = s.scrape();
  CHECK(without_state.status.error().message() == "no SystemState");
  CHECK(count_of(without_state, "node_systemd_unit_state") == 4 * 5);
}

TEST_CASE("systemd: a version is its first number of three digits") {
  Setup s;
  for (const auto& [version, series] : {
           std::pair{"v256-rc3", R"({version="v256-rc3"} 256)"},
           std::pair{"systemd 12 257.7.1", R"({version="systemd 12 257.7.1"} 257.7)"},
           std::pair{"239", R"({version="239"} 239)"},
           std::pair{"251.", R"({version="251."} 251)"},
           std::pair{"25 26.999", R"({version="25 26.999"} 999)"},
           std::pair{"12.34", R"({version=""} 0)"},
           std::pair{"", R"({version=""} 0)"},
       }) {
    const std::string of(version);
    CAPTURE(of);
    s.fake.set(kManager + "Version", version);
    CHECK(s.scrape().text.find("\nnode_systemd_version" + std::string(series) + '\n') !=
          std::string::npos);
  }
}

TEST_CASE("systemd: hostile units give a well-formed text") {
  Setup s;
  const std::string odd = "a\"\\\xc3\xa9.service";
  s.list({kWeb,
          kWeb,
          {odd, "loaded", "sta\"te"},
          {"", "loaded", ""},
          {".socket"},
          {"of two\nlines.service", "loaded", "failed"}});  // which the filter's .+ does not match
  const auto scrape = s.scrape();
  REQUIRE(scrape.status);
  CHECK(count_of(scrape, "node_systemd_unit_state") == 3 * 5);
  CHECK(scrape.value(R"(node_systemd_units{state="sta\"te"})") == "1");
  CHECK(scrape.value(R"(node_systemd_units{state="active"})") == "3");
}

TEST_CASE("systemd: a list that is refused, or is none, is an error") {
  Setup s;
  s.fake.answer(kManager + "ListUnits",
                [](sd_bus_message* reply) { return sd_bus_message_append(reply, "s", "nothing"); });
  CHECK(s.scrape().status.error().message() == "ListUnits: Bad message");
  s.fake.fail(kManager + "ListUnits", Fault::kRefuse);
  CHECK(s.scrape().status.error().message() == "org.freedesktop.DBus.Error.AccessDenied");
  s.fake.fail(kManager + "ListUnits", Fault::kUnknown);
  CHECK(s.scrape().status.error().is_absent());
  s.fake.fail(kManager + "ListUnits", Fault::kHangUp);
  CHECK(!s.scrape().status);
}

TEST_CASE("systemd: one connection is kept, and made again when it has gone") {
  Setup s;
  LiveCollector collector("systemd", s.host.fs());
  for (int i = 0; i < 3; ++i) CHECK(collector.scrape().status);
  CHECK(s.fake.connections() == 1);
  s.fake.hang_up();
  CHECK(collector.scrape().status);
  CHECK(s.fake.connections() == 2);
  s.fake.fail(of(kSocket, "Socket.NAccepted"), Fault::kHangUp);
  const auto failed = collector.scrape();
  CHECK(!failed.status);
  CHECK(failed.text.empty());
  s.fake.fail(of(kSocket, "Socket.NAccepted"), Fault::kNone);
  CHECK(collector.scrape().status);
}

TEST_CASE("systemd: the manager's own socket is asked with its flag only") {
  const Setup s("run/systemd/private");
  CHECK(s.scrape().status.error().is_absent());
  CollectorOptions options;
  options.systemd_private = true;
  const auto scrape = s.scrape(options);
  REQUIRE(scrape.status);
  CHECK(count_of(scrape, "node_systemd_unit_state") == 4 * 5);
}

}  // namespace hx::test
