// SPDX-License-Identifier: Apache-2.0
#include "base/filter.h"

#include <doctest/doctest.h>

namespace hx::test {
namespace {

Result<Filter> make(const std::string& include, const std::string& exclude) {
  return Filter::make({"x.include", include}, {"x.exclude", exclude});
}

}  // namespace

TEST_CASE("filter: without expressions every name passes") {
  const auto filter = make("", "");
  REQUIRE(filter);
  CHECK(filter->accepts("eth0"));
  CHECK(filter->accepts(""));
}

TEST_CASE("filter: an expression matches anywhere unless it is anchored") {
  CHECK(make("th", "")->accepts("eth0"));
  CHECK_FALSE(make("^th", "")->accepts("eth0"));
  CHECK_FALSE(make("", "^(lo|eth)")->accepts("eth0"));
  CHECK(make("", "^(lo|eth)$")->accepts("eth0"));
}

TEST_CASE("filter: two flags that exclude each other are refused by name") {
  const auto filter = make("a", "b");
  REQUIRE_FALSE(filter);
  CHECK(filter.error().message() == "--x.include and --x.exclude exclude each other");
}

TEST_CASE("filter: an exclude flag at its default gives way to an include flag") {
  const std::string include = "eth", exclude = "^eth0$", other = "^eth";
  const auto made = [&](const std::string& value) {
    return Filter::make({"i", include}, {"e", value, "^eth0$"});
  };
  REQUIRE(made(exclude));
  CHECK(made(exclude)->accepts("eth0"));
  CHECK_FALSE(made(exclude)->accepts("lo"));
  CHECK_FALSE(made(other));
}

TEST_CASE("filter: combined flags let through what is included and not excluded") {
  const std::string include = "eth", exclude = "eth1";
  const auto filter = Filter::make_combined({"i", include}, {"e", exclude});
  REQUIRE(filter);
  CHECK(filter->accepts("eth0"));
  CHECK_FALSE(filter->accepts("eth1"));
  CHECK_FALSE(filter->accepts("lo"));
}

TEST_CASE("filter: a flag without an opposite includes") {
  const std::string include = "^eth", invalid = "(";
  const auto filter = Filter::make_include({"fields", include});
  REQUIRE(filter);
  CHECK(filter->accepts("eth0"));
  CHECK_FALSE(filter->accepts("lo"));
  CHECK_FALSE(Filter::make_include({"fields", invalid}));
}

TEST_CASE("filter: an invalid expression is one line that names the flag") {
  const auto filter = make("", "a(b");
  REQUIRE_FALSE(filter);
  CHECK(filter.error().message() ==
        "--x.exclude: invalid regular expression \"a(b\": missing ): a(b");
}

TEST_CASE("filter: an exclude flag without an opposite lets through all but its matches") {
  const std::string exclude = "^lo$", none, invalid = "(";
  const auto filter = Filter::make_exclude({"ignored", exclude});
  REQUIRE(filter);
  CHECK_FALSE(filter->accepts("lo"));
  CHECK(filter->accepts("eth0"));
  CHECK(Filter::make_exclude({"ignored", none})->accepts("lo"));
  CHECK_FALSE(Filter::make_exclude({"ignored", invalid}));
}

}  // namespace hx::test
