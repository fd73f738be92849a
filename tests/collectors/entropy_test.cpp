// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr const char* kAvailable = "proc/sys/kernel/random/entropy_avail";
constexpr const char* kPoolSize = "proc/sys/kernel/random/poolsize";

}  // namespace

TEST_CASE("entropy: available bits and the size of their pool are exported") {
  const TempHost host;
  host.write(kAvailable, "200\n");
  host.write(kPoolSize, "256\n");
  const auto scrape = scrape_collector("entropy", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_entropy_available_bits") == "200");
  CHECK(scrape.value("node_entropy_pool_size_bits") == "256");
}

TEST_CASE("entropy: without either file it fails as absent and exports nothing") {
  for (const char* file : {kAvailable, kPoolSize}) {
    const TempHost host;
    host.write(kAvailable, "200\n");
    host.write(kPoolSize, "256\n");
    host.remove(file);
    const auto scrape = scrape_collector("entropy", host.fs());
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().is_absent());
    CHECK(scrape.text.empty());
  }
}

TEST_CASE("entropy: a broken file is an error") {
  const TempHost host;
  host.write(kPoolSize, "256\n");
  for (const std::string text : {"", "\n", "x", "-1", "1 2"}) {
    CAPTURE(text);
    host.write(kAvailable, text);
    const auto scrape = scrape_collector("entropy", host.fs());
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().code == EBADMSG);
  }
}

}  // namespace hx::test
