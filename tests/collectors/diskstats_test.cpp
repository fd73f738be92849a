// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kLine = "8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n";

std::string info(std::string_view fields) {
  return "node_disk_info{device=\"sda\",major=\"8\",minor=\"0\"," + std::string(fields) + "}";
}

}  // namespace

TEST_CASE("diskstats: sectors become bytes, milliseconds seconds, discards stay sectors") {
  const TempHost host;
  host.write("proc/diskstats", kLine);
  const auto scrape = scrape_collector("diskstats", host.fs());
  REQUIRE(scrape.status);
  const auto value = [&](std::string_view name) {
    return scrape.value("node_disk_" + std::string(name) + "{device=\"sda\"}");
  };
  CHECK(value("reads_completed_total") == "1");
  CHECK(value("reads_merged_total") == "2");
  CHECK(value("read_bytes_total") == "1536");
  CHECK(value("read_time_seconds_total") == "0.004");
  CHECK(value("writes_completed_total") == "5");
  CHECK(value("writes_merged_total") == "6");
  CHECK(value("written_bytes_total") == "3584");
  CHECK(value("write_time_seconds_total") == "0.008");
  CHECK(value("io_now") == "9");
  CHECK(value("io_time_seconds_total") == "0.01");
  CHECK(value("io_time_weighted_seconds_total") == "0.011");
  CHECK(value("discards_completed_total") == "12");
  CHECK(value("discards_merged_total") == "13");
  CHECK(value("discarded_sectors_total") == "14");
  CHECK(value("discard_time_seconds_total") == "0.015");
  CHECK(value("flush_requests_total") == "16");
  CHECK(value("flush_requests_time_seconds_total") == "0.017");
}

TEST_CASE("diskstats: a kernel without discards or flushes has none of their metrics") {
  const TempHost host;
  host.write("proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 16 sdb 1 2 3 4 5 6 7 8 9 10\n");
  const auto scrape = scrape_collector("diskstats", host.fs());
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 1 + 11);
  CHECK(scrape.value("node_disk_io_time_weighted_seconds_total{device=\"sda\"}") == "0.011");
}

TEST_CASE("diskstats: the serial number is the most telling of three") {
  const TempHost host;
  host.write("proc/diskstats", kLine);
  const auto serial = [&](std::string_view udev) {
    host.write("run/udev/data/b8:0", udev);
    return scrape_collector("diskstats", host.fs()).text;
  };
  const std::string long_one = "E:ID_SERIAL=long\n", short_one = "E:ID_SERIAL_SHORT=short\n";
  CHECK(serial(long_one).find("serial=\"long\"") != std::string::npos);
  CHECK(serial(long_one + short_one).find("serial=\"short\"") != std::string::npos);
  CHECK(serial("E:SCSI_IDENT_SERIAL=scsi\n" + long_one + short_one).find("serial=\"scsi\"") !=
        std::string::npos);
  CHECK(serial("S:ID_SERIAL=link\nE:ID_SERIAL\nE:\n").find("serial=\"\"") != std::string::npos);
}

TEST_CASE("diskstats: what udev knows is read again when its file or the device changes") {
  const TempHost host;
  host.write("proc/diskstats", kLine);
  LiveCollector diskstats("diskstats", host.fs());
  const auto unknown = info(R"(model="",path="",revision="",rotational="0",serial="",wwn="")");
  CHECK(diskstats.scrape().value(unknown) == "1");

  host.write("sys/block/sda/queue/rotational", "1\n");
  host.write("run/udev/data/b8:0", "E:ID_MODEL=one\n");
  CHECK(diskstats.scrape().value(
            info(R"(model="one",path="",revision="",rotational="1",serial="",wwn="")")) == "1");

  host.write("run/udev/data/b8:16", "E:ID_MODEL=other\n");
  host.write("proc/diskstats", "8 16 sda 1 2 3 4 5 6 7 8 9 10 11\n");
  CHECK(diskstats.scrape().text.find(R"(device="sda",major="8",minor="16",model="other")") !=
        std::string::npos);

  host.remove("run/udev/data/b8:16");
  CHECK(diskstats.scrape().text.find("model=\"\"") != std::string::npos);
}

TEST_CASE("diskstats: a device of the device mapper is told with those that it lies on") {
  const TempHost host;
  host.write("proc/diskstats", "253 0 dm-0 1 2 3 4 5 6 7 8 9 10 11\n" + std::string(kLine));
  host.make_dir("sys/block/dm-0/slaves/sdb");
  host.make_dir("sys/block/dm-0/slaves/sda");
  host.make_dir("sys/block/sda/slaves/sdc");
  host.write("run/udev/data/b253:0", "E:DM_NAME=root\n");
  LiveCollector diskstats("diskstats", host.fs());
  const auto below = [](const Scrape& scrape, std::string_view device) {
    return scrape.value("node_disk_device_mapper_backing_device_info{backing_device=\"" +
                        std::string(device) + "\",device=\"dm-0\"}");
  };
  auto scrape = diskstats.scrape();
  CHECK(below(scrape, "sda") == "1");
  CHECK(below(scrape, "sdb") == "1");
  CHECK(scrape.text.find("sdc") == std::string::npos);

  // udev writes its file anew when the table has been replaced.
  host.remove("sys/block/dm-0/slaves/sdb");
  host.write("run/udev/data/b253:0", "E:DM_NAME=new_root\n");
  scrape = diskstats.scrape();
  CHECK(below(scrape, "sda") == "1");
  CHECK(below(scrape, "sdb").empty());
}

TEST_CASE("diskstats: a device that has gone takes its series along") {
  const TempHost host;
  LiveCollector diskstats("diskstats", host.fs());
  host.write("proc/diskstats", kLine);
  CHECK(diskstats.scrape().text.find("sda") != std::string::npos);
  host.write("proc/diskstats", "");
  const auto scrape = diskstats.scrape();
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("diskstats: partitions and memory disks are left out unless asked for") {
  const TempHost host;
  host.write("proc/diskstats",
             "1 0 ram0 0 0 0 0 0 0 0 0 0 0 0\n8 0 sda 0 0 0 0 0 0 0 0 0 0 0\n"
             "8 1 sda1 0 0 0 0 0 0 0 0 0 0 0\n259 1 nvme0n1p1 0 0 0 0 0 0 0 0 0 0 0\n");
  CollectorOptions options;
  const auto has = [&](std::string_view device) {
    return !scrape_collector("diskstats", host.fs(), options)
                .value("node_disk_io_now{device=\"" + std::string(device) + "\"}")
                .empty();
  };
  CHECK(has("sda"));
  CHECK_FALSE(has("ram0"));
  CHECK_FALSE(has("sda1"));
  CHECK_FALSE(has("nvme0n1p1"));
  options.diskstats_device_include = "^sda";
  CHECK(has("sda"));
  CHECK(has("sda1"));
  CHECK_FALSE(has("ram0"));
  options.diskstats_device_exclude = "^x";
  CHECK(scrape_collector("diskstats", host.fs(), options).status.error().message() ==
        "--collector.diskstats.device-include and --collector.diskstats.device-exclude exclude "
        "each other");
}

TEST_CASE("diskstats: a malformed line costs that line only, a name counts once") {
  const TempHost host;
  host.write("proc/diskstats",
             "\n8\n8 0\n8 0 short 1 2\n8 0 word 1 2 3 4 x 6 7 8 9 10 11\n"
             "8 0 minus -1 2 3 4 5 6 7 8 9 10 11\n8 0 huge 18446744073709551616 2 3 4 5 6 7 8 9\n"
             "../x ../y path 1 2 3 4 5 6 7 8 9 10 11\n" +
                 std::string(kLine) +
                 "8 0 sda 99 2 3 4 5 6 7 8 9 10 11\n8 1 \"\\ 1 2 3 4 5 6 7 8 9 10 11");
  const auto scrape = scrape_collector("diskstats", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_disk_reads_completed_total{device=\"sda\"}") == "1");
  CHECK(scrape.value(R"(node_disk_reads_completed_total{device="\"\\"})") == "1");
  CHECK(parse_exposition(scrape.text).size() == 1 + 17 + 1 + 11);
}

TEST_CASE("diskstats: a missing file is absent") {
  const TempHost host;
  const auto scrape = scrape_collector("diskstats", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().is_absent());
}

}  // namespace hx::test
