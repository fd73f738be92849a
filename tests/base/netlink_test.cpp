// SPDX-License-Identifier: Apache-2.0
#include "base/netlink.h"

#include <doctest/doctest.h>
#include <linux/rtnetlink.h>

#include <vector>

#include "support/fake_netlink.h"

namespace hx::test {
namespace {

struct Dump {
  Status status;
  std::vector<std::string> messages;
};

Dump dump(Netlink& netlink) {
  Dump result;
  result.status = netlink.dump(RTM_GETLINK, ifinfomsg{}, [&](std::uint16_t, std::string_view text) {
    result.messages.emplace_back(text);
  });
  return result;
}

// One dump with these datagrams as the answer.
Dump dump(std::vector<std::string> datagrams) {
  Syscalls sys;
  answer_netlink(sys, {{RTM_GETLINK, std::move(datagrams)}});
  Netlink netlink(NETLINK_ROUTE, sys);
  return dump(netlink);
}

}  // namespace

TEST_CASE("netlink: messages of all datagrams are given in order, to the end of the answer") {
  const auto result = dump({netlink_message(RTM_NEWLINK, "one") + netlink_message(RTM_NEWLINK, ""),
                            netlink_message(RTM_NEWLINK, "three"),
                            netlink_done() + netlink_message(RTM_NEWLINK, "behind")});
  CHECK(result.status);
  CHECK(result.messages == std::vector<std::string>{"one", "", "three"});
}

TEST_CASE("netlink: an answer that ends with an error is that error") {
  const auto done = dump({netlink_message(RTM_NEWLINK, "one"), netlink_done(EBUSY)});
  REQUIRE_FALSE(done.status);
  CHECK(done.status.error().message() == "netlink: dump: Device or resource busy");
  const auto refused = dump({netlink_message(NLMSG_ERROR, bytes_of(-EPERM))});
  REQUIRE_FALSE(refused.status);
  CHECK(refused.status.error().code == EPERM);
}

TEST_CASE("netlink: damaged datagrams are errors") {
  const auto message = netlink_message(RTM_NEWLINK, "content");
  auto too_long = message, too_short = message;
  too_long[0] = 127;
  too_short[0] = 3;
  for (const auto& datagram : {message.substr(0, 7), message.substr(0, 17), too_long, too_short}) {
    CHECK(dump({datagram, netlink_done()}).status.error().code == EBADMSG);
  }
  CHECK(dump({std::string()}).status.error().code == ECONNRESET);
  CHECK(dump({std::string(40'000, 'x')}).status.error().code == EMSGSIZE);
  CHECK(dump(std::vector<std::string>{}).status.error().message() ==
        "netlink: receive: Resource temporarily unavailable");
}

TEST_CASE("netlink: after an error the next dump begins with a new socket") {
  static int sockets;
  sockets = 0;
  Syscalls sys;
  answer_netlink(sys, {{RTM_GETLINK, {"damaged"}}});
  static int (*open_socket)(int, int, int);
  open_socket = sys.socket;
  sys.socket = [](int domain, int type, int protocol) {
    ++sockets;
    return open_socket(domain, type, protocol);
  };
  Netlink netlink(NETLINK_ROUTE, sys);
  CHECK_FALSE(dump(netlink).status);
  CHECK_FALSE(dump(netlink).status);
  CHECK(sockets == 2);
  answer_netlink(sys, {});
  CHECK(dump(netlink).status);
  CHECK(dump(netlink).status);
  CHECK(sockets == 3);
}

TEST_CASE("netlink: without the right to a socket the error says so") {
  Syscalls sys;
  sys.socket = [](int, int, int) {
    errno = EAFNOSUPPORT;
    return -1;
  };
  Netlink netlink(NETLINK_ROUTE, sys);
  CHECK(dump(netlink).status.error().message() ==
        "netlink: open a socket: Address family not supported by protocol");
}

TEST_CASE("netlink: attributes are walked without their flags and padding, up to a damaged one") {
  const auto text = netlink_attribute(1 | NLA_F_NESTED, "abc") + netlink_attribute(2, "");
  std::string_view rest = text;
  NetlinkAttribute attribute;
  REQUIRE(next_attribute(rest, attribute));
  CHECK(attribute.type == 1);
  CHECK(attribute.value == "abc");
  REQUIRE(next_attribute(rest, attribute));
  CHECK(attribute.type == 2);
  CHECK(attribute.value.empty());
  CHECK_FALSE(next_attribute(rest, attribute));
  rest = std::string_view(text).substr(0, 6);
  CHECK_FALSE(next_attribute(rest, attribute));
}

TEST_CASE("netlink: a structure may be shorter or longer than ours") {
  CHECK(read_struct<std::uint32_t>(std::string_view("\1", 1)) == 1);
  CHECK(read_struct<std::uint8_t>("\2\3") == 2);
  CHECK(after_struct<std::uint16_t>("ab..rest") == "rest");
  CHECK(after_struct<std::uint64_t>("short").empty());
}

TEST_CASE("netlink: the running kernel answers") {
  Netlink netlink(NETLINK_ROUTE, Syscalls{});
  for (int i = 0; i < 2; ++i) {
    const auto result = dump(netlink);
    REQUIRE(result.status);
    CHECK_FALSE(result.messages.empty());
  }
}

}  // namespace hx::test
