// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("sysctl: one value is plain, several have an index or the names given to them") {
  const TempHost host;
  host.write("proc/sys/kernel/threads-max", "7801\n");
  host.write("proc/sys/fs/file-nr", "1024\t0\t1631329\n");
  host.write("proc/sys/kernel/seccomp/actions_avail", "kill trap\n");
  CollectorOptions options;
  options.sysctl_include = {"kernel.threads-max", "fs.file-nr", "fs.file-nr:total,current,max"};
  options.sysctl_include_info = {"kernel.seccomp.actions_avail"};
  const auto scrape = scrape_collector("sysctl", host.fs(), options);
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_sysctl_kernel_threads_max") == "7801");
  CHECK(scrape.value("node_sysctl_fs_file_nr{index=\"2\"}") == "1631329");
  CHECK(scrape.value("node_sysctl_fs_file_nr_total") == "1024");
  CHECK(scrape.value("node_sysctl_fs_file_nr_current") == "0");
  CHECK(scrape.value("node_sysctl_fs_file_nr_max") == "1631329");
  CHECK(scrape.value(
            R"(node_sysctl_info{index="1",name="kernel.seccomp.actions_avail",value="trap"})") ==
        "1");
  CHECK(parse_exposition(scrape.text).size() == 1 + 3 + 3 + 2);
}

TEST_CASE("sysctl: a parameter that fails is reported and hides no other") {
  const TempHost host;
  host.write("proc/sys/kernel/good", "-1\n");
  host.write("proc/sys/kernel/word", "none\n");
  host.write("proc/sys/kernel/empty", "\n");
  const auto failure = [&](const std::string& name) {
    CollectorOptions options;
    options.sysctl_include = {name, "kernel.good"};
    const auto scrape = scrape_collector("sysctl", host.fs(), options);
    CHECK(scrape.value("node_sysctl_kernel_good") == "-1");
    REQUIRE_FALSE(scrape.status);
    return scrape.status.error().what;
  };
  CHECK(failure("kernel.none") == "open proc/sys/kernel/none");
  CHECK(failure("kernel.word") == "parse proc/sys/kernel/word");
  CHECK(failure("kernel.empty") == "sysctl kernel.empty has no values");
  CHECK(failure("kernel.good:a,b") == "sysctl kernel.good has 1 values, but 2 names were given");
}

TEST_CASE("sysctl: names for the values of an info metric are refused") {
  const TempHost host;
  CollectorOptions options;
  options.sysctl_include_info = {"kernel.x:a"};
  CHECK(scrape_collector("sysctl", host.fs(), options).status.error().message() ==
        "--collector.sysctl.include-info takes no names of values: kernel.x:a");
}

TEST_CASE("sysctl: without parameters there is nothing to do") {
  const TempHost host;
  const auto scrape = scrape_collector("sysctl", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
