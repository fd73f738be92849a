// SPDX-License-Identifier: Apache-2.0
// The files of devices stay open from scrape to scrape, up to a bound.
#include <doctest/doctest.h>

#include <array>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

struct Devices {
  std::string_view collector;
  std::size_t files_of_each;
  std::string_view before, after;  // a device's number stands between
  std::string_view content;
};
constexpr std::array<Devices, 6> kDevices{{
    {"edac", 4, "sys/devices/system/edac/mc/mc", "/ce_count", "1\n"},
    {"infiniband", 3, "sys/class/infiniband/mlx5_", "/fw_ver", "1\n"},
    {"nvme", 5, "sys/class/nvme/nvme", "/model", "x\n"},
    {"rapl", 1, "sys/class/powercap/intel-rapl:", "/energy_uj", "1\n"},
    {"watchdog", 12, "sys/class/watchdog/watchdog", "/timeout", "1\n"},
    {"zfs", 1, "proc/spl/kstat/zfs/tank/objset-0x", "", "name type data\nreads 4 1\n"},
}};

void make_devices(const TempHost& host, const Devices& devices, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto path = std::string(devices.before) + std::to_string(i);
    host.write(path + std::string(devices.after), devices.content);
    if (devices.collector == "rapl") host.write(path + "/name", "core\n");
  }
}

}  // namespace

TEST_CASE("open files: those of a few devices stay open, of too many none does") {
  for (const auto& devices : kDevices) {
    CAPTURE(std::string(devices.collector));
    const TempHost host;
    const auto before = open_files();
    make_devices(host, devices, 1);
    LiveCollector collector(devices.collector, host.fs());
    REQUIRE(collector.scrape().status);
    CHECK(open_files() > before + 1);

    make_devices(host, devices, most_open_files() / devices.files_of_each + 1);
    collector.scrape();
    REQUIRE(collector.scrape().status);
    CHECK(open_files() <= before + 1);  // the directory of all
  }
}

}  // namespace hx::test
