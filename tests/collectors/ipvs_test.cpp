// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kStats =
    "   Total Incoming Outgoing         Incoming         Outgoing\n"
    "   Conns  Packets  Packets            Bytes            Bytes\n"
    " 16AA370 E33656E5        0     51D8C8883AB3                0\n";

constexpr std::string_view kBackends =
    "IP Virtual Server version 1.2.1 (size=4096)\n"
    "Prot LocalAddress:Port Scheduler Flags\n"
    "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n"
    "TCP  C0A80016:0CEA wlc\n"
    "  -> C0A85216:0CEA      Tunnel  100    248        2\n"
    "  -> C0A85318:0CEA      Tunnel  50     1          3\n"
    "TCP  [2620:0000:0000:0000:0000:0000:0000:0001]:0050 sh\n"
    "  -> [2620:0000:0000:0000:0000:0000:0000:0002]:0050 Route 1 7 8\n"
    "FWM  10001000 wlc\n"
    "  -> C0A83215:0000      Route   20     64         1\n";

}  // namespace

TEST_CASE("ipvs: totals, and the backends of addresses and of marks") {
  const TempHost host;
  host.write("proc/net/ip_vs_stats", kStats);
  host.write("proc/net/ip_vs", kBackends);
  const auto scrape = scrape_collector("ipvs", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_ipvs_connections_total") == "23765872");
  CHECK(scrape.value("node_ipvs_incoming_packets_total") == "3811989221");
  CHECK(scrape.value("node_ipvs_outgoing_packets_total") == "0");
  CHECK(scrape.value("node_ipvs_incoming_bytes_total") == "89991519156915");
  CHECK(scrape.value("node_ipvs_outgoing_bytes_total") == "0");
  const std::string ipv4 =
      R"({local_address="192.168.0.22",local_mark="",local_port="3306",proto="TCP",)"
      R"(remote_address="192.168.82.22",remote_port="3306"})";
  CHECK(scrape.value("node_ipvs_backend_weight" + ipv4) == "100");
  CHECK(scrape.value("node_ipvs_backend_connections_active" + ipv4) == "248");
  CHECK(scrape.value("node_ipvs_backend_connections_inactive" + ipv4) == "2");
  CHECK(scrape.value(R"(node_ipvs_backend_weight{local_address="2620::1",local_mark="",)"
                     R"(local_port="80",proto="TCP",remote_address="2620::2",remote_port="80"})") ==
        "1");
  CHECK(scrape.value(R"(node_ipvs_backend_weight{local_address="",local_mark="10001000",)"
                     R"(local_port="0",proto="FWM",remote_address="192.168.50.21",)"
                     R"(remote_port="0"})") == "20");
  CHECK(parse_exposition(scrape.text).size() == 5 + 4 * 3);
}

TEST_CASE("ipvs: backends are added up by the labels asked for") {
  const TempHost host;
  host.write("proc/net/ip_vs_stats", kStats);
  host.write("proc/net/ip_vs", kBackends);
  CollectorOptions options;
  options.ipvs_backend_labels = "proto,,local_port,proto";
  auto scrape = scrape_collector("ipvs", host.fs(), options);
  CHECK(scrape.value(R"(node_ipvs_backend_weight{local_port="3306",proto="TCP"})") == "150");
  options.ipvs_backend_labels = "";
  scrape = scrape_collector("ipvs", host.fs(), options);
  CHECK(scrape.value("node_ipvs_backend_weight") == "171");
  options.ipvs_backend_labels = "proto,port";
  CHECK(scrape_collector("ipvs", host.fs(), options).status.error().message() ==
        "--collector.ipvs.backend-labels: unknown label \"port\"");
}

TEST_CASE("ipvs: broken services and backends are passed over") {
  const TempHost host;
  host.write("proc/net/ip_vs_stats", kStats);
  host.write("proc/net/ip_vs",
             "  -> C0A85216:0CEA Tunnel 1 2 3\nTCP nowhere\n  -> C0A85216:0CEA Tunnel 1 2 3\n"
             "UDP C0A80016:0CEA rr\n  -> C0A8521:0CEA Tunnel 1 2 3\n  -> C0A85216:10000 T 1 2 3\n"
             "  -> [::g]:0050 T 1 2 3\n  -> C0A85216:0CEA Tunnel 1 2\n  -> \n  -> x\n\n");
  const auto scrape = scrape_collector("ipvs", host.fs());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 5);
}

TEST_CASE("ipvs: without the module it is absent, short statistics are an error") {
  const TempHost host;
  CHECK(scrape_collector("ipvs", host.fs()).status.error().is_absent());
  for (const std::string text : {"", "a\nb\n", "a\nb\n1 2 3 4\n", "a\nb\n1 2 x 4 5\n"}) {
    CAPTURE(text);
    host.write("proc/net/ip_vs_stats", text);
    CHECK(scrape_collector("ipvs", host.fs()).status.error().message() ==
          "parse proc/net/ip_vs_stats: Bad message");
  }
}

}  // namespace hx::test
