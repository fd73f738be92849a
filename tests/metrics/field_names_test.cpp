// SPDX-License-Identifier: Apache-2.0
#include "metrics/field_names.h"

#include <doctest/doctest.h>

namespace hx::test {
namespace {

// Exports all fields but those named "off", and counts how often it is asked.
class Describer {
 public:
  std::optional<MetricName> operator()(std::string_view group, std::string_view field) const {
    ++asked_;
    if (field == "off") return std::nullopt;
    return MetricName{std::string(group) + "_" + std::string(field), "Help."};
  }
  int asked() const noexcept { return asked_; }

 private:
  mutable int asked_ = 0;
};

}  // namespace

TEST_CASE("field_names: a field is decided once and known by its place from then on") {
  FieldNames names;
  const Describer describe;
  for (int scrape = 0; scrape < 3; ++scrape) {
    names.rewind();
    CHECK(names.next("Ip", "a", describe)->name == "Ip_a");
    CHECK(names.next("Ip", "off", describe) == nullptr);
    CHECK(names.next("Tcp", "a", describe)->name == "Tcp_a");
    CHECK(describe.asked() == 3);
  }
}

TEST_CASE("field_names: another field or group in a place is decided anew") {
  FieldNames names;
  const Describer describe;
  names.next("Ip", "a", describe);
  names.rewind();
  CHECK(names.next("Ip", "b", describe)->name == "Ip_b");
  names.rewind();
  CHECK(names.next("Tcp", "b", describe)->name == "Tcp_b");
  names.rewind();
  CHECK(names.next("Tcp", "off", describe) == nullptr);
  CHECK(describe.asked() == 4);
}

TEST_CASE("field_names: a field that makes no metric name is not exported") {
  FieldNames names;
  const Describer describe;
  for (const std::string field : {"a b", "a\"", "a{", "\xff", "a-b", "a\n"}) {
    CAPTURE(field);
    CHECK(names.next("x", field, describe) == nullptr);
  }
  CHECK(names.next("", "9", describe)->name == "_9");
  CHECK(names.next("1", "a", describe) == nullptr);
}

TEST_CASE("field_names: a field that is there twice is exported once, wherever it moves") {
  FieldNames names;
  const Describer describe;
  for (int scrape = 0; scrape < 2; ++scrape) {
    names.rewind();
    CHECK(names.next("x", "a", describe) != nullptr);
    CHECK(names.next("x", "a", describe) == nullptr);
    CHECK(names.next("x", "b", describe) != nullptr);
  }
  names.rewind();
  CHECK(names.next("x", "c", describe) != nullptr);
  CHECK(names.next("x", "a", describe) != nullptr);  // the first one has gone
  CHECK(names.next("x", "b", describe) != nullptr);
  names.rewind();
  CHECK(names.next("x", "b", describe) != nullptr);  // and this is the first of its name now
  CHECK(names.next("x", "a", describe) != nullptr);
  CHECK(names.next("x", "b", describe) == nullptr);
}

TEST_CASE("field_names: a file without end is cut off") {
  FieldNames names;
  const Describer describe;
  int exported = 0;
  for (int i = 0; i < 100'000; ++i) {
    exported += names.next("", "a" + std::to_string(i), describe) != nullptr;
  }
  CHECK(exported == 4096);
}

}  // namespace hx::test
