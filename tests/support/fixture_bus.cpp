// SPDX-License-Identifier: Apache-2.0
#include "support/fixture_bus.h"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "support/fake_bus.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::uint64_t kStarted = 1'764'000'000'123'456;

void add_systemd(FakeBus& fake) {
  const std::string manager = "/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager.";
  fake.set(manager + "Version", "252.38-1~deb12u1");
  fake.set(manager + "Virtualization", "kvm");
  fake.set(manager + "SystemState", "degraded");

  const std::vector<FakeUnit> units{{"backup.service", "loaded", "inactive"},
                                    {"backup.timer"},
                                    {"data.mount"},
                                    {"gone.service", "not-found", "inactive"},
                                    {"multi-user.target"},
                                    {"nginx.service", "loaded", "reloading"},
                                    {"php@8.2.service", "loaded", "failed"},
                                    {"ssh.socket"}};
  fake.answer(manager + "ListUnits", list_units(units));
  const std::string of = " org.freedesktop.systemd1.";
  for (const auto& unit : units) {
    if (unit.name.ends_with(".service")) fake.set(unit.path() + of + "Service.Type", "notify");
  }
  fake.set(units[0].path() + of + "Service.Type", "oneshot");
  fake.set(units[1].path() + of + "Timer.LastTriggerUSec", kStarted);
  fake.set(units[7].path() + of + "Socket.NAccepted", std::uint32_t{42});
  fake.set(units[7].path() + of + "Socket.NConnections", std::uint32_t{3});
  fake.set(units[7].path() + of + "Socket.NRefused", std::uint32_t{1});
}

void add_logind(FakeBus& fake) {
  struct Properties {
    FakeSession session;
    bool remote;
    std::string type, session_class;
  };
  const std::vector<Properties> all{{{"1", "seat0"}, false, "wayland", "user"},
                                    {{"2", ""}, true, "tty", "user"},
                                    {{"3", ""}, true, "tty", "user"},
                                    {{"c1", ""}, false, "unspecified", "manager"}};
  std::vector<FakeSession> sessions;
  for (const auto& one : all) {
    sessions.push_back(one.session);
    const auto name = session_path(one.session.id) + " org.freedesktop.login1.Session.";
    fake.set(name + "Class", one.session_class);
    fake.set(name + "Id", one.session.id);
    fake.set(name + "Remote", one.remote);
    fake.set(name + "Timestamp", kStarted);
    fake.set(name + "Type", one.type);
  }
  const std::string manager = "/org/freedesktop/login1 org.freedesktop.login1.Manager.";
  fake.answer(manager + "ListSeats", list_seats({"seat0"}));
  fake.answer(manager + "ListSessions", list_sessions(sessions));
}

struct FixtureBus {
  TempHost host;
  std::string socket = host.dir() / "bus";
  FakeBus fake{socket};

  FixtureBus() {
    add_systemd(fake);
    add_logind(fake);
  }
};

}  // namespace

int connect_fixture_bus(int socket, const sockaddr*, socklen_t) {
  static const FixtureBus bus;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, bus.socket.c_str(), sizeof address.sun_path - 1);
  // The fixture's sockets are none.
  const Fd connected(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int status =
      ::connect(connected.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return status == 0 && ::dup3(connected.get(), socket, O_CLOEXEC) >= 0 ? 0 : -1;
}

}  // namespace hx::test
