// SPDX-License-Identifier: Apache-2.0
#include "base/cpu_list.h"

#include <doctest/doctest.h>

#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("cpu list: numbers, ranges and every n-th of a range") {
  CHECK(parse_cpu_list("0\n") == CpuList{0});
  CHECK(parse_cpu_list("0-2,5,8191") == CpuList{0, 1, 2, 5, 8191});
  CHECK(parse_cpu_list("1-10:5,12") == CpuList{1, 6, 12});
  CHECK(parse_cpu_list("\n") == CpuList());
}

TEST_CASE("cpu list: anything else is none") {
  for (const auto* text : {"x", "0-", "-1", "2-1", "0,0", "1,0", "0-4294967296", "0-8192", "0-3:0",
                           "0-3:", "0-3:x", "0:9999", "1-10:5,6", "0-1-2", ",", "0-3:4294967295"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_cpu_list(text));
  }
}

TEST_CASE("cpu list: a missing file is no CPU, a damaged one an error") {
  const TempHost host;
  HotFile file(host.fs(), "sys/devices/system/cpu/isolated");
  CHECK(read_cpu_list(file).value_or({9}).empty());
  host.write(file.path(), "3-\n");
  CHECK(read_cpu_list(file).error().message() ==
        "parse sys/devices/system/cpu/isolated: Bad message");
}

}  // namespace hx::test
