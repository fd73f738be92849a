// SPDX-License-Identifier: Apache-2.0
#include "base/attributes.h"

#include <doctest/doctest.h>

#include <array>

#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::array<std::string_view, 3> kNames{"one", "two", "three"};

}  // namespace

TEST_CASE("attributes: texts are trimmed, numbers decimal or hexadecimal, all read anew") {
  const TempHost host;
  host.write("sys/device/one", " -12 \n");
  host.write("sys/device/two", "0x1f\n");
  host.write("sys/device/three", "two words\n");
  Attributes attributes(host.fs(), "sys/device", kNames);
  CHECK(attributes.number(0) == -12);
  CHECK(attributes.number(1) == 31);
  CHECK(attributes.text(2) == "two words");
  CHECK_FALSE(attributes.number(2));
  host.write("sys/device/one", "13");
  CHECK(attributes.number(0) == 13);
}

TEST_CASE("attributes: what the device lacks is nothing, even when it comes later") {
  const TempHost host;
  host.write("sys/device/one", "1");
  Attributes attributes(host.fs(), "sys/device", kNames);
  CHECK_FALSE(attributes.text(1));
  CHECK(attributes.text_or_empty(1).empty());
  host.write("sys/device/two", "2");
  CHECK_FALSE(attributes.number(1));
}

TEST_CASE("attributes: a hexadecimal number beyond the range, or none, is no number") {
  const TempHost host;
  Attributes attributes(host.fs(), "sys/device", kNames);
  for (const std::string text :
       {"0x", "0xg", "0x8000000000000000", "9223372036854775808", "", "-"}) {
    CAPTURE(text);
    host.write("sys/device/one", text);
    CHECK_FALSE(Attributes(host.fs(), "sys/device", kNames).number(0));
  }
  host.write("sys/device/one", "0x7fffffffffffffff");
  CHECK(Attributes(host.fs(), "sys/device", kNames).number(0) == INT64_MAX);
}

TEST_CASE("attributes: closed files are opened again, a device that has gone tells nothing") {
  const TempHost host;
  host.write("sys/device/one", "1");
  Attributes attributes(host.fs(), "sys/device", kNames);
  CHECK(attributes.number(0) == 1);
  attributes.close();
  CHECK(attributes.number(0) == 1);
  attributes.close();
  host.remove("sys/device");
  CHECK_FALSE(attributes.number(0));
}

}  // namespace hx::test
