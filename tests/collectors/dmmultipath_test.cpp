// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

void write_device(const TempHost& host, const std::string& suspended) {
  host.write("sys/block/dm-5/dm/uuid", "mpath-3600\n");
  host.write("sys/block/dm-5/dm/name", "mpathA\n");
  host.write("sys/block/dm-5/dm/suspended", suspended);
  host.write("sys/block/dm-5/size", "2048\n");
  for (const auto& [path, state] :
       {std::pair{"sdi", "running\n"}, {"sdj", "offline\n"}, {"nvme0n1", "live\n"}}) {
    host.write("sys/block/dm-5/slaves/" + std::string(path) + "/dev", "");
    host.write("sys/block/" + std::string(path) + "/device/state", state);
  }
  host.make_dir("sys/block/dm-5/slaves/gone");
}

}  // namespace

TEST_CASE("dmmultipath: a device has a size, and paths that work or do not") {
  const TempHost host;
  write_device(host, "0\n");
  const auto scrape = scrape_collector("dmmultipath", host.fs());
  REQUIRE(scrape.status);
  const std::string device = R"({device="mpathA",sysfs_name="dm-5"})";
  CHECK(scrape.value("node_dmmultipath_device_active" + device) == "1");
  CHECK(scrape.value("node_dmmultipath_device_size_bytes" + device) == "1048576");
  CHECK(scrape.value("node_dmmultipath_device_paths" + device) == "3");
  CHECK(scrape.value("node_dmmultipath_device_paths_active" + device) == "2");
  CHECK(scrape.value("node_dmmultipath_device_paths_failed" + device) == "1");
  CHECK(scrape.value(
            R"(node_dmmultipath_path_state{device="mpathA",path="sdj",state="offline"})") == "1");
  CHECK(scrape.value(R"(node_dmmultipath_device_info{device="mpathA",sysfs_name="dm-5",)"
                     R"(uuid="mpath-3600"})") == "1");
}

TEST_CASE("dmmultipath: a suspended device is not active") {
  const TempHost host;
  write_device(host, "1\n");
  CHECK(scrape_collector("dmmultipath", host.fs())
            .value(R"(node_dmmultipath_device_active{device="mpathA",sysfs_name="dm-5"})") == "0");
}

TEST_CASE("dmmultipath: other devices and broken ones have no metrics") {
  const TempHost host;
  CHECK(scrape_collector("dmmultipath", host.fs()).status.error().is_absent());
  host.write("sys/block/dm-0/dm/uuid", "LVM-1\n");
  host.write("sys/block/sda/dm/uuid", "mpath-1\n");
  host.write("sys/block/dm-1/dm/uuid", "mpath-1\n");
  host.write("sys/block/dm-2/dm/uuid", "mpath-2\n");
  host.write("sys/block/dm-2/dm/name", "broken\n");
  host.write("sys/block/dm-2/dm/suspended", "x\n");
  host.write("sys/block/dm-2/size", "1\n");
  const auto scrape = scrape_collector("dmmultipath", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
