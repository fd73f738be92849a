// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

// The value of a label of node_os_info that is not the first one.
std::string label(const Scrape& scrape, const std::string& name) {
  const auto begin = scrape.text.find("node_os_info{");
  const auto key = scrape.text.find("," + name + "=\"", begin) + name.size() + 3;
  return scrape.text.substr(key, scrape.text.find('"', key) - key);
}

}  // namespace

TEST_CASE("os: labels are the variables of os-release without their quotes") {
  const TempHost host;
  host.write("etc/os-release",
             "# comment\nNAME=\"Rocky Linux\"\nID='rocky'\nID_LIKE=\"rhel centos fedora\"\n"
             "VERSION_ID=8.10\nPRETTY_NAME=\"a\\$b\"\n\nSUPPORT_END=2029-05-31\n");
  const auto scrape = scrape_collector("os", host.fs());
  REQUIRE(scrape.status);
  CHECK(label(scrape, "name") == "Rocky Linux");
  CHECK(label(scrape, "id_like") == "rhel centos fedora");
  CHECK(label(scrape, "pretty_name") == "a$b");
  CHECK(label(scrape, "variant").empty());
  CHECK(scrape.value("node_os_version{id=\"rocky\",id_like=\"rhel centos fedora\","
                     "name=\"Rocky Linux\"}") == "8.1");
  CHECK(scrape.value("node_os_support_end_timestamp_seconds") == "1874880000");
}

TEST_CASE("os: the version is the leading major.minor, if there is one") {
  const TempHost host;
  const auto version = [&](std::string_view id) {
    host.write("etc/os-release", "VERSION_ID=" + std::string(id) + "\n");
    return scrape_collector("os", host.fs())
        .value("node_os_version{id=\"\",id_like=\"\",name=\"\"}");
  };
  CHECK(version("12") == "12");
  CHECK(version("22.04.1") == "22.04");
  CHECK(version("7e9") == "7");
  CHECK(version("rolling").empty());
  CHECK(version("").empty());
  CHECK(version("inf").empty());
}

TEST_CASE("os: the vendor's file stands in for a missing one of the administrator") {
  const TempHost host;
  const auto absent = scrape_collector("os", host.fs());
  REQUIRE_FALSE(absent.status);
  CHECK(absent.status.error().is_absent());

  host.write("usr/lib/os-release", "ID=vendor\n");
  CHECK(label(scrape_collector("os", host.fs()), "id") == "vendor");
  host.write("etc/os-release", "ID=own\n");
  CHECK(label(scrape_collector("os", host.fs()), "id") == "own");
}

TEST_CASE("os: a file that cannot be read is an error, not the next file") {
  const TempHost host;
  host.make_dir("etc/os-release");
  host.write("usr/lib/os-release", "ID=vendor\n");
  const auto scrape = scrape_collector("os", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().code == EISDIR);
}

TEST_CASE("os: damaged lines and dates are left out") {
  const TempHost host;
  for (const std::string date :
       {"", "soon", "2029-13-01", "2029-02-30", "2029-05", "99999999999-1-1"}) {
    CAPTURE(date);
    host.write("etc/os-release", "=\nNAME\n\"\nID=\"unterminated\nVERSION=\\\nSUPPORT_END=" + date);
    const auto scrape = scrape_collector("os", host.fs());
    REQUIRE(scrape.status);
    CHECK(label(scrape, "id") == "unterminated");
    CHECK(parse_exposition(scrape.text).size() == 1);
  }
}

TEST_CASE("os: an upgrade is seen at the next scrape") {
  const TempHost host;
  host.write("etc/os-release", "ID=old\n");
  LiveCollector os("os", host.fs());
  for (const std::string id : {"old", "old", "newer"}) {
    host.write("etc/os-release", "ID=" + id + "\n");
    const auto scrape = os.scrape();
    REQUIRE(scrape.status);
    CHECK(label(scrape, "id") == id);
  }
}

}  // namespace hx::test
