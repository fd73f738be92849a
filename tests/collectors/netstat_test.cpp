// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr const char* kNetstat =
    "TcpExt: SyncookiesSent TCPRcvQDrop DelayedACKs\n"
    "TcpExt: 1 2 3\n"
    "IpExt: InNoRoutes InOctets\n"
    "IpExt: 4 18446744073709551615\n";
constexpr const char* kSnmp =
    "Ip: Forwarding DefaultTTL\n"
    "Ip: 2 64\n"
    "Tcp: MaxConn InErrs\n"
    "Tcp: -1 5\n";
constexpr const char* kSnmp6 =
    "Ip6InReceives                   \t6\n"
    "Ip6InOctets                     \t7\n"
    "Icmp6InMsgs                     \t8\n"
    "UdpLite6InErrors                \t9\n";

// The values of all series, by name.
std::map<std::string, std::string> series(const Scrape& scrape) {
  return parse_exposition(scrape.text);
}

class NetHost {
 public:
  NetHost() {
    host_.write("proc/net/netstat", kNetstat);
    host_.write("proc/net/snmp", kSnmp);
    host_.write("proc/net/snmp6", kSnmp6);
  }
  Scrape scrape(const CollectorOptions& options = {}) const {
    return scrape_collector("netstat", host_.fs(), options);
  }
  const TempHost* operator->() const noexcept { return &host_; }

 private:
  TempHost host_;
};

}  // namespace

TEST_CASE("netstat: the fields of the default expression are exported untyped from three files") {
  const NetHost host;
  const auto scrape = host.scrape();
  REQUIRE(scrape.status);
  CHECK(series(scrape) == std::map<std::string, std::string>{
                              {"node_netstat_TcpExt_SyncookiesSent", "1"},
                              {"node_netstat_TcpExt_TCPRcvQDrop", "2"},
                              {"node_netstat_IpExt_InOctets", "18446744073709551616"},
                              {"node_netstat_Ip_Forwarding", "2"},
                              {"node_netstat_Tcp_InErrs", "5"},
                              {"node_netstat_Ip6_InOctets", "7"},
                              {"node_netstat_Icmp6_InMsgs", "8"},
                              {"node_netstat_UdpLite6_InErrors", "9"},
                          });
  CHECK(scrape.text.find("# HELP node_netstat_Ip6_InOctets Statistic Ip6InOctets.\n"
                         "# TYPE node_netstat_Ip6_InOctets untyped\n") != std::string::npos);
}

TEST_CASE("netstat: another expression selects by protocol and field, an empty one all") {
  const NetHost host;
  CHECK(series(host.scrape({.netstat_fields = "^Tcp_Max"})) ==
        std::map<std::string, std::string>{{"node_netstat_Tcp_MaxConn", "-1"}});
  CHECK(series(host.scrape({.netstat_fields = ""})).size() == 3 + 2 + 2 + 2 + 4);
}

TEST_CASE("netstat: an invalid expression is refused by the name of its flag") {
  const NetHost host;
  CHECK(host.scrape({.netstat_fields = "("}).status.error().message() ==
        "--collector.netstat.fields: invalid regular expression \"(\": missing ): (");
}

TEST_CASE("netstat: without IPv6 the other protocols are exported") {
  const NetHost host;
  host->remove("proc/net/snmp6");
  const auto scrape = host.scrape();
  CHECK(scrape.status);
  CHECK(series(scrape).size() == 5);
}

TEST_CASE("netstat: without IPv4 it fails as absent") {
  const NetHost host;
  for (const std::string file : {"proc/net/snmp", "proc/net/netstat"}) {
    host->remove(file);
    const auto scrape = host.scrape();
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().message() == "open " + file + ": No such file or directory");
  }
}

TEST_CASE("netstat: a file without a good line is an error") {
  const NetHost host;
  for (const std::string file : {"proc/net/snmp6", "proc/net/snmp", "proc/net/netstat"}) {
    for (const std::string text : {"", "\n", "Tcp: InErrs\n", "Tcp: InErrs\nTcp: 1 2\n",
                                   "Tcp: InErrs\nUdp: 1\n", "Tcp6InErrs\n", "TcpInErrs 1\n"}) {
      CAPTURE(text);
      host->write(file, text);
      const auto scrape = host.scrape();
      REQUIRE_FALSE(scrape.status);
      CHECK(scrape.status.error().message() == "parse " + file + ": Bad message");
    }
  }
}

TEST_CASE("netstat: what is malformed is skipped alone") {
  const NetHost host;
  host->write("proc/net/netstat",
              "TcpExt: SyncookiesSent ListenDrops\n"
              "TcpExt: 1\n"
              "IpExt: InOctets OutOctets\n"
              "IpExt: x 2\n"
              "a\"b: InErrors\n"
              "a\"b: 3\n");
  host->write("proc/net/snmp6", "Ip6InOctets x\nIp6OutOctets 4\n6\xffInErrors 5\nIcmp6InMsgs");
  const auto scrape = host.scrape();
  REQUIRE(scrape.status);
  CHECK(series(scrape) == std::map<std::string, std::string>{
                              {"node_netstat_IpExt_OutOctets", "2"},
                              {"node_netstat_Ip_Forwarding", "2"},
                              {"node_netstat_Tcp_InErrs", "5"},
                              {"node_netstat_Ip6_OutOctets", "4"},
                          });
}

TEST_CASE("netstat: fields that appear later do not disturb the others") {
  const NetHost host;
  LiveCollector netstat("netstat", host->fs());
  netstat.scrape();
  host->write("proc/net/netstat",
              "TcpExt: ListenDrops SyncookiesSent\nTcpExt: 10 11\nIpExt: InOctets\nIpExt: 12\n");
  const auto scrape = netstat.scrape();
  CHECK(scrape.value("node_netstat_TcpExt_ListenDrops") == "10");
  CHECK(scrape.value("node_netstat_TcpExt_SyncookiesSent") == "11");
  CHECK(scrape.value("node_netstat_IpExt_InOctets") == "12");
  CHECK(scrape.value("node_netstat_Tcp_InErrs") == "5");
  CHECK(scrape.value("node_netstat_Ip6_InOctets") == "7");
}

TEST_CASE("netstat: values follow their fields when the kernel lists others") {
  const NetHost host;
  LiveCollector netstat("netstat", host->fs());
  const auto before = series(netstat.scrape());
  CHECK(series(netstat.scrape()) == before);
  host->write("proc/net/snmp",
              "Ip: DefaultTTL Forwarding\nIp: 64 1\n"
              "Udp: InErrors\nUdp: 12\nTcp: MaxConn InErrs\nTcp: -1 6\n");
  for (int i = 0; i < 2; ++i) {
    auto after = series(netstat.scrape());
    CHECK(after["node_netstat_Ip_Forwarding"] == "1");
    CHECK(after["node_netstat_Udp_InErrors"] == "12");
    CHECK(after["node_netstat_Tcp_InErrs"] == "6");
    CHECK(after["node_netstat_TcpExt_SyncookiesSent"] == "1");
    CHECK(after["node_netstat_Ip6_InOctets"] == "7");
    CHECK(after.size() == before.size() + 1);
  }
}

}  // namespace hx::test
