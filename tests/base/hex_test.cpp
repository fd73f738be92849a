// SPDX-License-Identifier: Apache-2.0
#include "base/hex.h"

#include <doctest/doctest.h>

namespace hx::test {

TEST_CASE("hex: digits of either case make a number, anything else none") {
  CHECK(hex_to_u64("0") == 0u);
  CHECK(hex_to_u64("00fF") == 255u);
  CHECK(hex_to_u64("ffffffffffffffff") == ~std::uint64_t{0});
  for (const std::string_view text : {"", "0x1", "g", " 1", "1 ", "-1", "10000000000000000"}) {
    CAPTURE(text);
    CHECK_FALSE(hex_to_u64(text));
  }
}

}  // namespace hx::test
