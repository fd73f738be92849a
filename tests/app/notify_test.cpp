// SPDX-License-Identifier: Apache-2.0
#include "app/notify.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "base/fd.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

// What a manager that listens at `path` ('@' first: the abstract name space) is told.
std::string told(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (path[0] == '@') address.sun_path[0] = '\0';
  const Fd manager(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  REQUIRE(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  notify_manager("READY=1");
  ::unsetenv("NOTIFY_SOCKET");
  std::array<char, 64> text;
  const auto got = ::recv(manager.get(), text.data(), text.size(), 0);
  return got < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(got));
}

}  // namespace

TEST_CASE("notify: the manager gets one datagram, by path or abstract name") {
  const TempHost host;
  CHECK(told((host.dir() / "notify").string()) == "READY=1");
  CHECK(told("@hx-notify-" + std::to_string(::getpid())) == "READY=1");
}

TEST_CASE("notify: no manager, or one that is gone, is no problem") {
  notify_manager("READY=1");
  for (const auto& path : {std::string("/no/such/socket"), std::string(), std::string(500, 'x')}) {
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    notify_manager("READY=1");
  }
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace hx::test
