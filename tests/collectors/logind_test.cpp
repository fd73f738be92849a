// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/exposition.h"
#include "support/fake_bus.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

const std::string kManager = "/org/freedesktop/login1 org.freedesktop.login1.Manager.";

// Types times classes times near and far, for each seat.
constexpr std::size_t kSeriesOfSeat = 7 * 5 * 2;

struct Setup {
  TempHost host;
  FakeBus fake{host.dir() / "run/dbus/system_bus_socket"};

  Setup() {
    fake.answer(kManager + "ListSeats", list_seats({"seat0"}));
    fake.answer(kManager + "ListSessions",
                list_sessions({{"1", "seat0"}, {"2", ""}, {"3", ""}, {"c4", ""}}));
    add("1", false, "wayland", "greeter");
    add("2", true, "tty", "user");
    add("3", true, "tty", "user");
    add("c4", false, "hologram", "manager");
  }
  void add(const std::string& id, FakeBus::Value remote, FakeBus::Value type,
           FakeBus::Value session_class) {
    fake.set(name(id, "Active"), true);
    fake.set(name(id, "Class"), std::move(session_class));
    fake.set(name(id, "Remote"), std::move(remote));
    fake.set(name(id, "Timestamp"), std::uint64_t{1'700'000'000'000'000});
    fake.set(name(id, "Type"), std::move(type));
  }
  static std::string name(const std::string& id, const std::string& property) {
    return session_path(id) + " org.freedesktop.login1.Session." + property;
  }
  Scrape scrape() const {
    auto result = scrape_collector("logind", host.fs());
    CHECK(bad_exposition_line(result.text) == "");
    return result;
  }
};

// The sum over all series.
int sessions_in(const Scrape& scrape) {
  int sum = 0;
  for (const auto& [series, value] : parse_exposition(scrape.text)) sum += std::stoi(value);
  return sum;
}

}  // namespace

TEST_CASE("logind: sessions are counted by seat, type and class, with zeros for what is not") {
  const Setup s;
  const auto scrape = s.scrape();
  REQUIRE(scrape.status);
  const std::string sessions = "node_logind_sessions";
  CHECK(scrape.value(sessions +
                     R"({class="greeter",remote="false",seat="seat0",type="wayland"})") == "1");
  CHECK(scrape.value(sessions + R"({class="user",remote="true",seat="",type="tty"})") == "2");
  // What nobody knew when the names were chosen.
  CHECK(scrape.value(sessions + R"({class="other",remote="false",seat="",type="other"})") == "1");
  CHECK(scrape.value(sessions + R"({class="user",remote="true",seat="seat0",type="tty"})") == "0");
  CHECK(parse_exposition(scrape.text).size() == 2 * kSeriesOfSeat);
  CHECK(sessions_in(scrape) == 4);
}

TEST_CASE("logind: a session that has ended meanwhile, or is odd, is left out") {
  Setup s;
  s.fake.remove(Setup::name("1", "Type"));
  s.fake.set(Setup::name("2", "Remote"), "yes");
  s.fake.set(Setup::name("3", "Class"), std::uint32_t{1});
  CHECK(sessions_in(s.scrape()) == 1);
  s.fake.fail(Setup::name("c4", ""), FakeBus::Fault::kRefuse);
  const auto scrape = s.scrape();
  CHECK(scrape.status);
  CHECK(sessions_in(scrape) == 0);
}

TEST_CASE("logind: hostile seats give a well-formed text") {
  Setup s;
  s.fake.answer(kManager + "ListSeats", list_seats({"", "se\"at", "seat0", "seat0"}));
  s.fake.answer(kManager + "ListSessions", list_sessions({{"1", "se\"at"}, {"2", "unknown"}}));
  const auto scrape = s.scrape();
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 3 * kSeriesOfSeat);
  CHECK(sessions_in(scrape) == 1);
}

TEST_CASE("logind: without a bus or logind it is absent; lists that are none are errors") {
  CHECK(scrape_collector("logind", TempHost().fs()).status.error().is_absent());
  for (const std::string list : {"ListSeats", "ListSessions"}) {
    Setup s;
    s.fake.answer(kManager + list, [](sd_bus_message* reply) {
      return sd_bus_message_append(reply, "s", "nothing");
    });
    CHECK(s.scrape().status.error().message() == list + ": Bad message");
    s.fake.fail(kManager + list, FakeBus::Fault::kUnknown);
    CHECK(s.scrape().status.error().is_absent());
  }
}

}  // namespace hx::test
