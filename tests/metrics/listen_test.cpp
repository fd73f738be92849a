// SPDX-License-Identifier: Apache-2.0
#include "metrics/listen.h"

#include <doctest/doctest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "support/http_client.h"

namespace hx::test {
namespace {

bool host_has_ipv6() {
  Fd fd(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr_in6 loopback{};
  loopback.sin6_family = AF_INET6;
  loopback.sin6_addr = in6addr_loopback;
  return fd && ::bind(fd.get(), reinterpret_cast<sockaddr*>(&loopback), sizeof loopback) == 0;
}

}  // namespace

TEST_CASE("listen: an address of one host, port 0 takes a free one") {
  for (const char* address : {"127.0.0.1:0", "localhost:0"}) {
    if (address[0] == 'l' && ::gethostbyname("localhost") == nullptr) continue;  // a bare chroot
    CAPTURE(std::string(address));
    const auto socket = listen_on(address);
    REQUIRE(socket);
    CHECK(socket->port > 0);
    CHECK(socket->address == "127.0.0.1:" + std::to_string(socket->port));
    CHECK_NOTHROW(HttpClient(socket->port));
  }
}

TEST_CASE("listen: an empty or unspecified host is every address of both families") {
  for (const char* address : {":0", "0.0.0.0:0", "[::]:0"}) {
    CAPTURE(std::string(address));
    const auto socket = listen_on(address);
    REQUIRE(socket);
    CHECK_NOTHROW(HttpClient(socket->port));  // connects by IPv4
    if (host_has_ipv6()) CHECK(socket->address == "[::]:" + std::to_string(socket->port));
  }
}

TEST_CASE("listen: an IPv6 address is that family alone") {
  if (!host_has_ipv6()) return;
  const auto socket = listen_on("[::1]:0");
  REQUIRE(socket);
  CHECK(socket->address == "[::1]:" + std::to_string(socket->port));
  CHECK_THROWS(HttpClient(socket->port));
}

TEST_CASE("listen: a port in use is one line that names the address and the likely holder") {
  const auto first = listen_on("127.0.0.1:0");
  REQUIRE(first);
  for (const auto& address : {first->address, ":" + std::to_string(first->port)}) {
    const auto second = listen_on(address);
    REQUIRE_FALSE(second);
    const auto message = second.error().message();
    CHECK(message.starts_with("cannot listen on " + address + ": Address already in use"));
    CHECK(message.find("node_exporter") != std::string::npos);
    CHECK(message.find('\n') == std::string::npos);
  }
}

TEST_CASE("listen: what is no address is refused by name") {
  for (const char* address :
       {"", ":", "9100", "localhost", "localhost:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:http", "::1:9100", "[::1]", "[]:0", "[::1:0", "a b:0", "127.0.0.1:80 "}) {
    CAPTURE(std::string(address));
    const auto socket = listen_on(address);
    REQUIRE_FALSE(socket);
    CHECK(socket.error().message().starts_with("cannot listen on "));
  }
  CHECK_FALSE(listen_on("192.0.2.1:0"));  // nobody's address (RFC 5737)
}

}  // namespace hx::test
