// SPDX-License-Identifier: Apache-2.0
#include "base/device_dir.h"

#include <doctest/doctest.h>

#include "support/temp_host.h"

namespace hx::test {
namespace {

struct Device {
  std::string name, path;
};

// Wants all but what begins with "no".
DeviceDir<Device> devices_of(const TempHost& host) {
  return {host.fs(), "sys/class", [](const std::string& name, std::string path) {
            return name.starts_with("no") ? nullptr
                                          : std::make_unique<Device>(Device{name, std::move(path)});
          }};
}

}  // namespace

TEST_CASE("device_dir: wanted directories are devices, in the order of their names") {
  const TempHost host;
  for (const auto* name : {"sys/class/b", "sys/class/a", "sys/class/none"}) host.make_dir(name);
  host.write("sys/class/file", "");
  auto dir = devices_of(host);
  REQUIRE(dir.refresh());
  REQUIRE(dir.devices().size() == 2);
  CHECK(dir.devices()[0]->name == "a");
  CHECK(dir.devices()[0]->path == "sys/class/a");
  CHECK(dir.devices()[1]->name == "b");
}

TEST_CASE("device_dir: a device is kept while it is there, and made anew when it is another") {
  const TempHost host;
  host.make_dir("sys/class/a");
  auto dir = devices_of(host);
  REQUIRE(dir.refresh());
  CHECK(dir.changed());
  auto* const first = dir.devices()[0];
  first->path = "kept";
  REQUIRE(dir.refresh());
  CHECK_FALSE(dir.changed());
  CHECK(dir.devices()[0] == first);

  host.make_dir("sys/class/b");  // so that the inode is not the freed one
  host.make_dir("sys/other");
  host.remove("sys/class/a");
  host.link("sys/class/a", "../other");
  REQUIRE(dir.refresh());
  CHECK(dir.changed());
  CHECK(dir.devices()[0]->path == "sys/class/a");

  host.remove("sys/class/a");
  REQUIRE(dir.refresh());
  CHECK(dir.changed());
  CHECK(dir.devices().size() == 1);
}

TEST_CASE("device_dir: without the directory there are no devices, and it is absent") {
  const TempHost host;
  host.make_dir("sys/class/a");
  auto dir = devices_of(host);
  REQUIRE(dir.refresh());
  host.remove("sys/class");
  const auto status = dir.refresh();
  REQUIRE_FALSE(status);
  CHECK(status.error().is_absent());
  CHECK(dir.changed());
  CHECK(dir.devices().empty());
}

TEST_CASE("device_dir: files of many devices do not all stay open") {
  const TempHost host;
  for (int i = 0; i < 10; ++i) host.make_dir("sys/class/" + std::to_string(i));
  auto dir = devices_of(host);
  REQUIRE(dir.refresh());
  CHECK(dir.keeps_open(most_open_files() / 10));
  CHECK_FALSE(dir.keeps_open(most_open_files() / 10 + 1));
}

}  // namespace hx::test
