// SPDX-License-Identifier: Apache-2.0
#include "base/bus.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "support/fake_bus.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

using namespace std::chrono_literals;
using Fault = FakeBus::Fault;
using Number = std::optional<std::uint64_t>;
using Text = std::optional<std::string>;

constexpr const char* kPath = "/a/b";
constexpr const char* kInterface = "x.y.Z";
const std::string kNumber = "/a/b x.y.Z.Number";
constexpr auto kLong = 60s;  // never reached: the machine may be busy

const Bus::Peer kPeer{.socket = "run/bus", .service = "x.y", .is_direct = false};

// A service with one number, and what asks it.
struct Setup {
  TempHost host;
  FakeBus fake{host.dir() / "run/bus"};
  Bus bus{host.fs(), {}, kPeer};

  Setup() { fake.set(kNumber, std::uint64_t{7}); }

  // Asks for the number; nothing when the session fails.
  Number ask(std::chrono::milliseconds limit = kLong) {
    Number number;
    status = bus.begin(limit);
    bus.get(kPath, kInterface, "Number", number);
    status = bus.finish();
    return number;
  }
  Status status;
};

}  // namespace

TEST_CASE("bus: a property of another type, or that is not there, stays empty") {
  Setup s;
  s.fake.set("/a/b x.y.Z.Narrow", std::uint32_t{8});
  s.fake.set("/a/b x.y.Z.Text", "t");
  s.fake.set("/a/b x.y.Z.Flag", true);
  REQUIRE(s.bus.begin(kLong));
  Number number, narrow, of_text, of_flag, missing, of_other_interface;
  Text text, of_number;
  s.bus.get(kPath, kInterface, "Number", number);
  s.bus.get(kPath, kInterface, "Narrow", narrow);
  s.bus.get(kPath, kInterface, "Text", of_text);
  s.bus.get(kPath, kInterface, "Flag", of_flag);
  s.bus.get(kPath, kInterface, "Missing", missing);
  s.bus.get(kPath, "x.y.Other", "Number", of_other_interface);
  s.bus.get(kPath, kInterface, "Text", text);
  s.bus.get(kPath, kInterface, "Number", of_number);
  REQUIRE(s.bus.finish());
  CHECK(number == Number(7));
  CHECK(narrow == Number(8));
  CHECK(text == Text("t"));
  for (const auto& empty : {of_text, of_flag, missing, of_other_interface}) CHECK(!empty);
  CHECK(!of_number);
}

TEST_CASE("bus: all properties come as a dictionary, whatever else is in it") {
  Setup s;
  s.fake.set("/a/b x.y.Z.Double", 1.5);
  s.fake.set("/a/b x.y.Z.Flag", true);
  REQUIRE(s.bus.begin(kLong));
  std::vector<std::string> names;
  std::optional<bool> flag, of_number;
  s.bus.get_all(kPath, kInterface, [&](BusReply& reply) {
    REQUIRE(reply.enter('a', "{sv}"));
    while (reply.enter('e', "sv")) {
      const char* name = nullptr;
      REQUIRE(reply.read("s", &name));
      names.emplace_back(name);
      if (names.back() == "Flag") {
        flag = reply.read_flag();
      } else if (names.back() == "Number") {
        of_number = reply.read_flag();
      } else {
        CHECK(reply.skip_value());
      }
      CHECK(reply.leave());
    }
  });
  REQUIRE(s.bus.finish());
  CHECK(names == std::vector<std::string>{"Double", "Flag", "Number"});
  CHECK(flag == std::optional(true));
  CHECK(!of_number);
}

TEST_CASE("bus: more calls than a bus takes at once are all answered, over one connection") {
  Setup s;
  for (int session = 0; session < 2; ++session) {
    REQUIRE(s.bus.begin(kLong));
    std::vector<Number> numbers(500);
    for (auto& number : numbers) s.bus.get(kPath, kInterface, "Number", number);
    REQUIRE(s.bus.finish());
    for (const auto& number : numbers) CHECK(number == Number(7));
  }
  CHECK(s.fake.calls(kNumber) == 1000);
  CHECK(s.fake.connections() == 1);
}

TEST_CASE("bus: an error is one call's answer") {
  Setup s;
  s.fake.fail("/a/b x.y.Z.Denied", Fault::kRefuse);
  s.fake.fail("/a/b x.y.Z.Absent", Fault::kUnknown);
  REQUIRE(s.bus.begin(kLong));
  Status denied, absent, unknown;
  s.bus.call(kPath, kInterface, "Denied", [&](BusReply& r) { denied = r.status(); });
  s.bus.call(kPath, kInterface, "Absent", [&](BusReply& r) { absent = r.status(); });
  s.bus.call(kPath, kInterface, "Nothing", [&](BusReply& r) {
    unknown = r.status();
    const char* text = nullptr;
    CHECK(!r.read("s", &text));  // the error's text is no answer
  });
  Number number;
  s.bus.get(kPath, kInterface, "Number", number);
  REQUIRE(s.bus.finish());
  CHECK(denied.error().message() == "org.freedesktop.DBus.Error.AccessDenied");
  CHECK(!denied.error().is_absent());
  CHECK(absent.error().is_absent());
  CHECK(unknown.error().message() == "org.freedesktop.DBus.Error.UnknownMethod");
  CHECK(number == Number(7));
}

TEST_CASE("bus: what hangs costs the session's time, and the next session is not late") {
  Setup s;
  s.fake.fail(kNumber, Fault::kHang);
  CHECK(!s.ask(100ms));
  CHECK(s.status.error().message() == "wait for run/bus: Connection timed out");
  s.fake.fail(kNumber, Fault::kNone);
  CHECK(s.ask() == Number(7));
  CHECK(s.fake.connections() == 2);
}

TEST_CASE("bus: a peer that does not even greet costs the session's time") {
  const TempHost host;
  Bus bus(host.fs(), {}, kPeer);
  const FakeBus fake(host.dir() / "run/bus");
  Bus first(host.fs(), {}, kPeer);
  REQUIRE(first.begin(kLong));  // and the peer serves nobody else
  CHECK(bus.begin(50ms).error().code == ETIMEDOUT);
  CHECK(bus.finish().error().code == ETIMEDOUT);
}

TEST_CASE("bus: a peer that goes during a call, or talks nonsense, fails the session") {
  Setup s;
  for (const auto fault : {Fault::kHangUp, Fault::kGarbage}) {
    CAPTURE(static_cast<int>(fault));
    s.fake.fail(kNumber, fault);
    CHECK(!s.ask());
    CHECK(!s.status);
    CHECK(s.status.error().code != ETIMEDOUT);
    CHECK(!s.status.error().is_absent());
    s.fake.fail(kNumber, Fault::kNone);
    CHECK(s.ask() == Number(7));
  }
}

TEST_CASE("bus: a peer that goes between sessions is connected to anew, and no file stays open") {
  Setup s;
  REQUIRE(s.ask() == Number(7));
  const auto files = open_files();
  for (int i = 0; i < 20; ++i) {
    s.fake.hang_up();
    CHECK(s.ask() == Number(7));
  }
  CHECK(s.fake.connections() == 21);
  CHECK(open_files() <= files);
}

TEST_CASE("bus: a service of its own is asked without a bus between") {
  const TempHost host;
  FakeBus fake(host.dir() / "run/bus");
  fake.set(kNumber, std::uint64_t{9});
  Bus bus(host.fs(), {}, {.socket = "run/bus", .service = "x.y", .is_direct = true});
  REQUIRE(bus.begin(kLong));
  Number number;
  bus.get(kPath, kInterface, "Number", number);
  REQUIRE(bus.finish());
  CHECK(number == Number(9));
  CHECK(fake.calls("/org/freedesktop/DBus org.freedesktop.DBus.Hello") == 0);
}

TEST_CASE("bus: the first address of several that answers is connected to, not the socket") {
  const TempHost host;
  FakeBus fake(host.dir() / "run/other");
  fake.set(kNumber, std::uint64_t{9});
  const auto below = "unix:path=" + host.dir().string();
  Bus bus(host.fs(), {},
          {.socket = "run/bus",
           .service = "x.y",
           .is_direct = false,
           .address = below + "/none;" + below + "/run/other"});
  REQUIRE(bus.begin(kLong));
  Number number;
  bus.get(kPath, kInterface, "Number", number);
  REQUIRE(bus.finish());
  CHECK(number == Number(9));
}

TEST_CASE("bus: an address that nobody answers at, or that is none, is an error") {
  const TempHost host;
  for (const auto* address : {"unix:path=/nowhere/bus", "nonsense", "unix:"}) {
    Bus bus(host.fs(), {},
            {.socket = "run/bus", .service = "x.y", .is_direct = false, .address = address});
    const auto status = bus.begin(kLong);
    REQUIRE_FALSE(status);
    CHECK(status.error().message().find(address) != std::string::npos);
  }
}

TEST_CASE("bus: the environment may name another system bus") {
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  CHECK(Bus::on_system_bus("x.y").address.empty());
  CHECK(Bus::on_system_bus("x.y").socket == "run/dbus/system_bus_socket");
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/a", 1);
  CHECK(Bus::on_system_bus("x.y").address == "unix:path=/a");
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

TEST_CASE("bus: a path longer than a socket's address is connected to") {
  const TempHost host;
  const std::string deep = "proc/" + std::string(150, 'd');
  FakeBus fake(host.dir() / "run/bus");
  host.link(deep + "/run", (host.dir() / "run").native());
  const HostFs fs(
      {.procfs = "/proc", .sysfs = "/sys", .rootfs = host.dir() / deep, .udev_data = ""});
  Bus bus(fs, {}, kPeer);
  CHECK(bus.begin(kLong));
}

TEST_CASE("bus: without a socket there is no service, without a listener an error") {
  const TempHost host;
  Bus bus(host.fs(), {}, kPeer);
  CHECK(bus.begin(kLong).error().is_absent());
  Number number;
  bus.get(kPath, kInterface, "Number", number);
  CHECK(bus.finish().error().is_absent());
  host.write("run/bus", "");
  CHECK(bus.begin(kLong).error().message() == "connect to run/bus: Connection refused");
}

}  // namespace hx::test
