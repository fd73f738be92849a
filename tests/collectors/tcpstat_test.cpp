// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>

#include "support/fake_netlink.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

Scrape scrape_sockets(std::vector<std::string> datagrams) {
  const TempHost host;
  Syscalls sys;
  answer_netlink(sys, {{SOCK_DIAG_BY_FAMILY, std::move(datagrams)}});
  return scrape_collector("tcpstat", host.fs(), {}, sys);
}

std::string state(const Scrape& scrape, std::string_view name) {
  return scrape.value("node_tcp_connection_states{state=\"" + std::string(name) + "\"}");
}

}  // namespace

TEST_CASE("tcpstat: sockets of both families are counted by state, their queues added up") {
  const auto scrape = scrape_sockets(
      {tcp_message(AF_INET, TCP_ESTABLISHED, 10, 1) + tcp_message(AF_INET6, TCP_ESTABLISHED, 20, 2),
       tcp_message(AF_INET, TCP_LISTEN, 0, 128) + tcp_message(AF_INET, TCP_CLOSING),
       netlink_done()});
  REQUIRE(scrape.status);
  CHECK(state(scrape, "established") == "2");
  CHECK(state(scrape, "listen") == "1");
  CHECK(state(scrape, "closing") == "1");
  CHECK(state(scrape, "time_wait").empty());
  CHECK(state(scrape, "rx_queued_bytes") == "30");
  CHECK(state(scrape, "tx_queued_bytes") == "131");
}

TEST_CASE("tcpstat: a state that is new to us is unknown, a cut message is left out") {
  const auto whole = tcp_message(AF_INET, 200);
  const auto cut = netlink_message(SOCK_DIAG_BY_FAMILY, std::string(20, '\x02'));
  const auto scrape = scrape_sockets({whole + cut + netlink_message(99, "other"), netlink_done()});
  REQUIRE(scrape.status);
  CHECK(state(scrape, "unknown") == "1");
  CHECK(parse_exposition(scrape.text).size() == 3);
}

TEST_CASE("tcpstat: without any socket there is nothing to tell") {
  const auto scrape = scrape_sockets({netlink_done()});
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("tcpstat: a kernel without sock_diag lacks it, and half an answer exports nothing") {
  CHECK(scrape_sockets({netlink_done(ENOENT)}).status.error().is_absent());
  const auto scrape = scrape_sockets({tcp_message(AF_INET, TCP_LISTEN), netlink_done(ENOMEM)});
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("tcpstat: the running kernel tells of a socket that listens") {
  const TempHost host;
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::listen(socket.get(), 1) == 0);
  const auto scrape = scrape_collector("tcpstat", host.fs(), {}, Syscalls{}, 2);
  REQUIRE(scrape.status);
  CHECK_FALSE(state(scrape, "listen").empty());
  CHECK_FALSE(state(scrape, "rx_queued_bytes").empty());
}

}  // namespace hx::test
