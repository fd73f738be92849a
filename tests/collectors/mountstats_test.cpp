// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kMountstats =
    "device rootfs mounted on / with fstype rootfs\n"
    "device srv:/a mounted on /mnt/a with fstype nfs4 statvers=1.1\n"
    "\topts:\trw,vers=4.0\n\tage:\t13968\n\tsec:\tflavor=1\n"
    "\tevents:\t52 226 0 0 1 13 398 0 0 331 0 47 0 0 77 0 0 78 9 4 0 0 0 0 0 0 6 \n"
    "\tbytes:\t1 2 3 4 5 6 7 8 \n\tRPC iostats version: 1.0  p/v: 100003/4 (nfs)\n"
    "\txprt:\ttcp 832 1 2 9 11 6428 6427 3 12154 5 24 26 5726\n"
    "\txprt:\ttcp 833 7 2 9 11 6428 6427 3 12154 5 24 26 5726\n"
    "\tper-op statistics\n\t        READ: 1298 1299 4 207680 1210292152 6 79386 79407\n\n";

constexpr std::string_view kMountinfo =
    "40 1 0:35 / /mnt/a rw shared:20 - nfs4 srv:/a rw,vers=4.0,addr=192.168.1.1\n";

std::string labels(const std::string& more = {}) {
  return R"({export="srv:/a",mountaddr="192.168.1.1",)" + more + R"(protocol="tcp"})";
}

}  // namespace

TEST_CASE("mountstats: an NFS mount has bytes, events, transports and operations") {
  const TempHost host;
  host.write("proc/self/mountstats", kMountstats);
  host.write("proc/self/mountinfo", kMountinfo);
  const auto scrape = scrape_collector("mountstats", host.fs());
  REQUIRE(scrape.status);
  const auto value = [&](const std::string& name, const std::string& more = {}) {
    return scrape.value("node_mountstats_nfs_" + name + labels(more));
  };
  CHECK(value("age_seconds_total") == "13968");
  CHECK(value("mountpoint_info", R"(mountpoint="/mnt/a",)") == "1");
  CHECK(value("read_bytes_total") == "1");
  CHECK(value("write_pages_total") == "8");
  CHECK(value("event_inode_revalidate_total") == "52");
  CHECK(value("event_vfs_file_release_total") == "78");
  CHECK(value("event_truncation_total") == "4");
  CHECK(value("event_pnfs_write_total") == "6");
  CHECK(scrape.value(R"(node_mountstats_nfs_transport_bind_total{export="srv:/a",)"
                     R"(mountaddr="192.168.1.1",protocol="tcp",transport="1"})") == "7");
  const auto transport = [&](const std::string& name) {
    return scrape.value(
        "node_mountstats_nfs_transport_" + name +
        R"({export="srv:/a",mountaddr="192.168.1.1",protocol="tcp",transport="0"})");
  };
  CHECK(transport("bind_total") == "1");
  CHECK(transport("connect_total") == "2");
  CHECK(transport("idle_time_seconds") == "11");
  CHECK(transport("sends_total") == "6428");
  CHECK(transport("receives_total") == "6427");
  CHECK(transport("bad_transaction_ids_total") == "3");
  CHECK(transport("backlog_queue_total") == "5");
  CHECK(transport("maximum_rpc_slots") == "24");
  CHECK(transport("sending_queue_total") == "26");
  CHECK(transport("pending_queue_total") == "5726");
  const std::string read = R"(operation="READ",)";
  CHECK(value("operations_requests_total", read) == "1298");
  CHECK(value("operations_transmissions_total", read) == "1299");
  CHECK(value("operations_major_timeouts_total", read) == "4");
  CHECK(value("operations_sent_bytes_total", read) == "207680");
  CHECK(value("operations_received_bytes_total", read) == "1210292152");
  CHECK(value("operations_queue_time_seconds_total", read) == "0.006");
  CHECK(value("operations_response_time_seconds_total", read) == "79.386");
  CHECK(value("operations_request_time_seconds_total", read) == "79.407");
  CHECK(parse_exposition(scrape.text).size() == 2 + 8 + 26 + 2 * 10 + 8);
}

TEST_CASE("mountstats: an export that is mounted twice is counted once and shown twice") {
  const TempHost host;
  host.write("proc/self/mountstats",
             std::string(kMountstats) +
                 "device srv:/a mounted on /mnt/b with fstype nfs4 statvers=1.1\n\tage:\t1\n"
                 "\txprt:\ttcp 1 9 9 9 9 9 9 9 9 9 9 9 9\n");
  host.write("proc/self/mountinfo",
             std::string(kMountinfo) + "41 1 0:35 / /mnt/b rw - nfs4 srv:/a rw,addr=192.168.1.1\n");
  const auto scrape = scrape_collector("mountstats", host.fs());
  CHECK(scrape.value("node_mountstats_nfs_age_seconds_total" + labels()) == "13968");
  CHECK(scrape.value("node_mountstats_nfs_mountpoint_info" + labels(R"(mountpoint="/mnt/b",)")) ==
        "1");
}

TEST_CASE("mountstats: udp and rdma have other columns, an unknown transport none") {
  const TempHost host;
  host.write("proc/self/mountinfo", "");
  const auto sends = [&](const std::string& xprt) {
    host.write("proc/self/mountstats",
               "device a mounted on /b with fstype nfs statvers=1.1\n xprt: " + xprt + "\n");
    const auto protocol = xprt.substr(0, xprt.find(' '));
    return scrape_collector("mountstats", host.fs())
        .value(R"(node_mountstats_nfs_transport_sends_total{export="a",mountaddr="",protocol=")" +
               protocol + R"(",transport="0"})");
  };
  CHECK(sends("udp 832 1 55 6 7 8 9") == "55");
  CHECK(sends("rdma 832 1 2 3 4 66 6 7 8 9 10 11") == "66");
  CHECK(sends("local 832 1 2 3 4 5 6").empty());
}

TEST_CASE("mountstats: broken lines are passed over, missing files are absent") {
  const TempHost host;
  CHECK(scrape_collector("mountstats", host.fs()).status.error().is_absent());
  host.write("proc/self/mountstats",
             "device\ndevice a\ndevice a mounted on /b with fstype nfs statvers=1.1\n\tage: x\n"
             "bytes: 1 x\nxprt: tcp\nper-op statistics\nREAD\n: 1\nWRITE: -1\n");
  CHECK(scrape_collector("mountstats", host.fs()).status.error().is_absent());
  host.write("proc/self/mountinfo", "\n1\n1 2 3 4 5 6 -\n1 2 3 / /b rw - x\n");
  const auto scrape = scrape_collector("mountstats", host.fs());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 3);
}

}  // namespace hx::test
