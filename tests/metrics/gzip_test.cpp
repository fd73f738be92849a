// SPDX-License-Identifier: Apache-2.0
#include "metrics/gzip.h"

#include <doctest/doctest.h>

#include "support/http_client.h"

namespace hx::test {

TEST_CASE("gzip: one compressor takes text after text, each on its own") {
  Gzip gzip;
  std::string out = "what was in it";
  std::string incompressible;
  for (unsigned i = 0, x = 1; i < 100'000; ++i, x = x * 1664525 + 1013904223) {
    incompressible += static_cast<char>(x >> 24);
  }
  for (const auto& text : {std::string("short"), std::string(), std::string(3'000'000, 'a'),
                           incompressible, std::string("a\0b", 3)}) {
    REQUIRE(gzip.compress(text, out));
    CHECK(gunzip(out) == text);
  }
}

}  // namespace hx::test
