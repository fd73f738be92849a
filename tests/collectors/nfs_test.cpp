// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

// "proc4 N 0 1 2 ...": each method is called as often as its number says.
std::string numbered(const std::string& name, int count) {
  auto line = name + " " + std::to_string(count);
  for (int i = 0; i < count; ++i) line += " " + std::to_string(i);
  return line + "\n";
}

std::string requests(std::string_view proto, std::string_view method) {
  return "node_nfs_requests_total{method=\"" + std::string(method) + "\",proto=\"" +
         std::string(proto) + "\"}";
}

}  // namespace

TEST_CASE("nfs: packets, calls and methods by version of the protocol") {
  const TempHost host;
  host.write("proc/net/rpc/nfs", "net 70 71 69 45\nrpc 1218 374 1219\n" + numbered("proc2", 18) +
                                     numbered("proc3", 22) + numbered("proc4", 61));
  const auto scrape = scrape_collector("nfs", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_nfs_packets_total{protocol=\"udp\"}") == "71");
  CHECK(scrape.value("node_nfs_packets_total{protocol=\"tcp\"}") == "69");
  CHECK(scrape.value("node_nfs_connections_total") == "45");
  CHECK(scrape.value("node_nfs_rpcs_total") == "1218");
  CHECK(scrape.value("node_nfs_rpc_retransmissions_total") == "374");
  CHECK(scrape.value("node_nfs_rpc_authentication_refreshes_total") == "1219");
  CHECK(scrape.value(requests("2", "FsStat")) == "17");
  CHECK(scrape.value(requests("3", "Null")) == "0");
  CHECK(scrape.value(requests("3", "Commit")) == "21");
  CHECK(scrape.value(requests("4", "LayoutGet")) == "44");
  CHECK(scrape.value(requests("4", "GetDeviceInfo")) == "45");
  CHECK(scrape.value(requests("4", "Clone")) == "58");
  CHECK(parse_exposition(scrape.text).size() == 3 + 3 + 18 + 22 + 59);
}

TEST_CASE("nfs: an older kernel has fewer methods, a malformed number ends its line") {
  const TempHost host;
  host.write("proc/net/rpc/nfs", "net 1 2 x 4\nrpc\nproc4 3 7 8\nproc3\nproc9 1 1\n\n");
  const auto scrape = scrape_collector("nfs", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_nfs_packets_total{protocol=\"udp\"}") == "2");
  CHECK(scrape.value(requests("4", "Null")) == "7");
  CHECK(scrape.value(requests("4", "Read")) == "8");
  CHECK(parse_exposition(scrape.text).size() == 3);
}

TEST_CASE("nfs: without the client's module it is absent") {
  const TempHost host;
  CHECK(scrape_collector("nfs", host.fs()).status.error().is_absent());
}

}  // namespace hx::test
