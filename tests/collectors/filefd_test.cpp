// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("filefd: open files and their limit are exported") {
  const TempHost host;
  host.write("proc/sys/fs/file-nr", "1024\t0\t9223372036854775807\n");
  const auto scrape = scrape_collector("filefd", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_filefd_allocated") == "1024");
  CHECK(scrape.value("node_filefd_maximum") == "9223372036854775808");
}

TEST_CASE("filefd: a missing file is absent, not malformed") {
  const TempHost host;
  const auto scrape = scrape_collector("filefd", host.fs());
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() == "open proc/sys/fs/file-nr: No such file or directory");
}

TEST_CASE("filefd: a broken file is an error and exports nothing") {
  const TempHost host;
  for (const std::string text :
       {"", "\n", "1024", "1024\t0", "1024\t0\n3", "x\t0\t3", "1\t0\t-3"}) {
    CAPTURE(text);
    host.write("proc/sys/fs/file-nr", text);
    const auto scrape = scrape_collector("filefd", host.fs());
    REQUIRE_FALSE(scrape.status);
    CHECK(scrape.status.error().message() == "parse proc/sys/fs/file-nr: Bad message");
    CHECK(scrape.text.empty());
  }
}

}  // namespace hx::test
