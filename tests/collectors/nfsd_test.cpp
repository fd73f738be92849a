// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

std::string requests(std::string_view proto, std::string_view method) {
  return "node_nfsd_requests_total{method=\"" + std::string(method) + "\",proto=\"" +
         std::string(proto) + "\"}";
}

}  // namespace

TEST_CASE("nfsd: each line of the server's statistics is exported") {
  const TempHost host;
  host.write("proc/net/rpc/nfsd",
             "rc 1 6 18622\nfh 4 0 0 0 0\nio 157286400 72864\nth 8 0 0.000 0.000\n"
             "ra 32 1 2 3 4 5 6 7 8 9 10 11\nnet 18628 1 18627 6\nrpc 18628 6 1 2 3\n"
             "proc2 2 9 69\nproc3 3 9 112 5\nproc4 2 2 10853\nproc4ops 4 0 0 0 1098\n"
             "wdeleg_getattr 15\n");
  const auto scrape = scrape_collector("nfsd", host.fs());
  REQUIRE(scrape.status);
  const auto value = [&](std::string_view name) {
    return scrape.value("node_nfsd_" + std::string(name));
  };
  CHECK(value("reply_cache_hits_total") == "1");
  CHECK(value("reply_cache_misses_total") == "6");
  CHECK(value("reply_cache_nocache_total") == "18622");
  CHECK(value("file_handles_stale_total") == "4");
  CHECK(value("disk_bytes_read_total") == "157286400");
  CHECK(value("disk_bytes_written_total") == "72864");
  CHECK(value("server_threads") == "8");
  CHECK(value("read_ahead_cache_size_blocks") == "32");
  CHECK(value("read_ahead_cache_not_found_total") == "11");
  CHECK(value("packets_total{proto=\"udp\"}") == "1");
  CHECK(value("packets_total{proto=\"tcp\"}") == "18627");
  CHECK(value("connections_total") == "6");
  CHECK(value("server_rpcs_total") == "18628");
  CHECK(value("rpc_errors_total{error=\"fmt\"}") == "1");
  CHECK(value("rpc_errors_total{error=\"auth\"}") == "2");
  CHECK(value("rpc_errors_total{error=\"cInt\"}") == "3");
  CHECK(scrape.value(requests("2", "GetAttr")) == "69");
  CHECK(scrape.value(requests("3", "SetAttr")) == "5");
  CHECK(scrape.value(requests("4", "Access")) == "1098");
  CHECK(scrape.value(requests("4", "WdelegGetattr")) == "15");
  CHECK(scrape.value(requests("3", "Null")).empty());
  CHECK(parse_exposition(scrape.text).size() == 16 + 1 + 2 + 1 + 1);
}

TEST_CASE("nfsd: operations that have no name are not exported") {
  const TempHost host;
  std::string ops = "proc4ops 72";
  for (int i = 0; i < 72; ++i) ops += " " + std::to_string(i);
  host.write("proc/net/rpc/nfsd", ops);
  const auto scrape = scrape_collector("nfsd", host.fs());
  CHECK(scrape.value(requests("4", "PutFH")) == "22");
  CHECK(scrape.value(requests("4", "Read")) == "25");
  CHECK(scrape.value(requests("4", "SetAttr")) == "34");
  CHECK(scrape.value(requests("4", "SetClientID")) == "35");
  CHECK(scrape.value(requests("4", "RelLockOwner")) == "39");
  CHECK(parse_exposition(scrape.text).size() == 35);
}

TEST_CASE("nfsd: broken lines give no metrics, no file is absent") {
  const TempHost host;
  CHECK(scrape_collector("nfsd", host.fs()).status.error().is_absent());
  host.write("proc/net/rpc/nfsd", "\nrc\nio x 1\nproc2\nproc3 22\nwdeleg_getattr\nth -1 0\n");
  const auto scrape = scrape_collector("nfsd", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
