// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "process/config.h"

using namespace std::string_literals;

namespace hx::test {

TEST_CASE("config: the packaged file groups as the daemon does without a file") {
  const auto packaged = read_config(HX_SOURCE_DIR "/packaging/process.yaml");
  REQUIRE_MESSAGE(packaged, packaged.error().message());
  const auto builtin = default_config();
  Identity process, kernel_thread;
  process.comm = "sleep";
  process.cmdline = "/usr/bin/sleep\0"s + "100\0"s;
  kernel_thread.comm = "kworker/0:1-events";
  for (const auto* config : {&*packaged, &builtin}) {
    CHECK(config->name_of(process) == "sleep");
    CHECK_FALSE(config->name_of(kernel_thread).has_value());
  }
}

}  // namespace hx::test
