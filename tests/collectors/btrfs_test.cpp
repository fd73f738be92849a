// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <linux/btrfs.h>

#include <cerrno>
#include <cstring>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

const std::string kDir = "sys/fs/btrfs/01020304-0506-0708-090a-0b0c0d0e0f10/";
const std::string kUuid = R"(uuid="01020304-0506-0708-090a-0b0c0d0e0f10"})";

void write_filesystem(const TempHost& host) {
  host.write(kDir + "label", "data\n");
  host.write(kDir + "allocation/global_rsv_size", "16777216\n");
  host.write(kDir + "allocation/data/bytes_reserved", "4096\n");
  host.write(kDir + "allocation/data/total_bytes", "1\n");
  host.write(kDir + "allocation/data/raid5/total_bytes", "2147483648\n");
  host.write(kDir + "allocation/data/raid5/used_bytes", "808189952\n");
  host.write(kDir + "devices/sda/size", "2048\n");
  host.write(kDir + "devices/sdb/size", "4096\n");
  host.write(kDir + "devices/sdc/size", "4096\n");
  host.write("sys/fs/btrfs/features/acl", "0\n");
}

// Devices 1 and 3 of that file system.
int fake_ioctl(int, unsigned long request, void* argument) {
  if (request == BTRFS_IOC_FS_INFO) {
    auto& info = *static_cast<btrfs_ioctl_fs_info_args*>(argument);
    for (std::size_t i = 0; i < sizeof info.fsid; ++i) info.fsid[i] = static_cast<__u8>(i + 1);
    info.max_id = 3;
    info.num_devices = 2;
    return 0;
  }
  if (request == BTRFS_IOC_DEV_INFO) {
    auto& device = *static_cast<btrfs_ioctl_dev_info_args*>(argument);
    if (device.devid != 1 && device.devid != 3) {
      errno = ENODEV;
      return -1;
    }
    std::memset(device.uuid, static_cast<int>(device.devid), sizeof device.uuid);
    device.total_bytes = 1000;
    device.bytes_used = device.devid == 1 ? 400 : 1001;
    std::strcpy(reinterpret_cast<char*>(device.path), device.devid == 1 ? "/dev/sda" : "sdb");
    return 0;
  }
  if (request == BTRFS_IOC_GET_DEV_STATS) {
    auto& stats = *static_cast<btrfs_ioctl_get_dev_stats*>(argument);
    for (unsigned i = 0; i < 5; ++i) stats.values[i] = stats.devid * 10 + i;
    return 0;
  }
  errno = ENOTTY;
  return -1;
}

int refuse(int, unsigned long, void*) {
  errno = EPERM;
  return -1;
}

}  // namespace

TEST_CASE("btrfs: sysfs tells allocation, commits and the devices' sizes") {
  const TempHost host;
  write_filesystem(host);
  host.write(kDir + "commit_stats",
             "commits 3\ncur_commit_ms 0\nlast_commit_ms 1000\nmax_commit_ms 51\n"
             "total_commit_ms 47836090\n");
  const auto scrape = scrape_collector("btrfs", host.fs(), {}, {.ioctl = refuse});
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_btrfs_info{label=\"data\"," + kUuid) == "1");
  CHECK(scrape.value("node_btrfs_global_rsv_size_bytes{" + kUuid) == "16777216");
  CHECK(scrape.value("node_btrfs_commits_total{" + kUuid) == "3");
  CHECK(scrape.value("node_btrfs_last_commit_seconds{" + kUuid) == "1");
  CHECK(scrape.value("node_btrfs_max_commit_seconds{" + kUuid) == "0.051");
  CHECK(scrape.value("node_btrfs_commit_seconds_total{" + kUuid) == "47836.09");
  CHECK(scrape.value("node_btrfs_reserved_bytes{block_group_type=\"data\"," + kUuid) == "4096");
  const std::string raid5 = R"({block_group_type="data",mode="raid5",)" + kUuid;
  CHECK(scrape.value("node_btrfs_size_bytes" + raid5) == "2147483648");
  CHECK(scrape.value("node_btrfs_used_bytes" + raid5) == "808189952");
  CHECK(scrape.value("node_btrfs_allocation_ratio" + raid5) == "1.5");  // three devices
  CHECK(scrape.value("node_btrfs_device_size_bytes{device=\"sda\"," + kUuid) == "1048576");
  CHECK(parse_exposition(scrape.text).size() == 2 + 4 + 1 + 3 + 3);
}

TEST_CASE("btrfs: a mounted file system is asked for its devices and their errors") {
  const TempHost host;
  write_filesystem(host);
  host.make_dir("mnt/my data");
  host.write("proc/self/mounts",
             "/dev/sda /mnt/my\\040data btrfs rw 0 0\n/dev/sda /mnt/gone btrfs rw 0 0\n"
             "/dev/sda /mnt/my\\040data btrfs rw 0 0\n/dev/sdx /mnt/data ext4 rw 0 0\nbroken\n");
  const auto scrape = scrape_collector("btrfs", host.fs(), {}, {.ioctl = fake_ioctl});
  REQUIRE(scrape.status);
  const std::string sda = R"(btrfs_dev_uuid="01010101010101010101010101010101",device="sda",)";
  const std::string sdb = R"(btrfs_dev_uuid="03030303030303030303030303030303",device="sdb",)";
  CHECK(scrape.value("node_btrfs_device_size_bytes{" + sda + kUuid) == "1000");
  CHECK(scrape.value("node_btrfs_device_unused_bytes{" + sda + kUuid) == "600");
  CHECK(scrape.value("node_btrfs_device_unused_bytes{" + sdb + kUuid) == "0");
  CHECK(scrape.value("node_btrfs_device_errors_total{" + sda + R"(type="write",)" + kUuid) == "10");
  CHECK(scrape.value("node_btrfs_device_errors_total{" + sdb + R"(type="generation",)" + kUuid) ==
        "34");
  CHECK(scrape.value("node_btrfs_device_size_bytes{device=\"sda\"," + kUuid).empty());
}

TEST_CASE("btrfs: broken files cost their metrics only") {
  const TempHost host;
  host.write(kDir + "metadata_uuid", "other\n");
  host.write(kDir + "allocation/global_rsv_size", "x\n");
  host.write(kDir + "commit_stats", "\ncommits\ncommits x\n");
  host.write(kDir + "devices/sda/size", "-1\n");
  const auto scrape = scrape_collector("btrfs", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value(R"(node_btrfs_info{label="",uuid="other"})") == "1");
  CHECK(parse_exposition(scrape.text).size() == 1);
}

TEST_CASE("btrfs: without such a file system there are no metrics, which is no failure") {
  const TempHost host;
  CHECK(scrape_collector("btrfs", host.fs()).status);
  host.write("sys/fs/btrfs/features/acl", "0\n");
  const auto scrape = scrape_collector("btrfs", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
