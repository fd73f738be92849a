// SPDX-License-Identifier: Apache-2.0
#include "process/quotas.h"

#include <doctest/doctest.h>

namespace hx::test {
namespace {

struct Process {
  Group* group;
  std::uint64_t control_group;
  std::vector<task_quota> quotas;
};

void snapshot(Quotas& quotas, const std::vector<Process>& processes) {
  quotas.begin_snapshot();
  for (const auto& process : processes) {
    task_process record{};
    record.control_group = process.control_group;
    record.quota_count = process.quotas.size();
    std::copy(process.quotas.begin(), process.quotas.end(), record.quotas);
    quotas.count(*process.group, record);
  }
  quotas.end_snapshot();
}

}  // namespace

TEST_CASE("quotas: a group has the growth of each quota that its processes are under, once") {
  Quotas quotas;
  Group a, b, free;
  const auto now = [&](std::uint64_t outer, std::uint64_t inner) {
    snapshot(quotas, {{&a, 7, {{7, inner}, {5, outer}}},
                      {&a, 7, {{7, inner + 1}, {5, outer + 1}}},  // the kernel goes on
                      {&a, 8, {{5, outer + 2}}},
                      {&b, 8, {{5, outer + 2}}},
                      {&free, 1, {}}});
  };
  now(1000, 100);
  CHECK(a.throttled_ns == 0);
  now(1040, 110);
  CHECK(a.throttled_ns == 50);
  CHECK(b.throttled_ns == 40);
  CHECK_FALSE(free.throttled_ns);
  CHECK(quotas.throttled_ns() == 50);
  now(1050, 110);
  CHECK(a.throttled_ns == 60);
}

TEST_CASE("quotas: what was throttled before the first sight counts in a younger control group") {
  Quotas quotas;
  Group old, young, lender;
  snapshot(quotas, {{&lender, 10, {}}});
  CHECK(quotas.are_told());
  snapshot(quotas, {{&old, 9, {{9, 500}}}, {&young, 11, {{11, 30}}}});
  CHECK(old.throttled_ns == 0);
  CHECK(young.throttled_ns == 30);
  snapshot(quotas, {{&old, 9, {{9, 501}}}, {&young, 11, {{11, 30}}}});
  CHECK(old.throttled_ns == 1);
  CHECK(young.throttled_ns == 30);
}

TEST_CASE("quotas: without any in the kernel nothing is told") {
  Quotas quotas;
  Group a;
  snapshot(quotas, {{&a, 0, {}}});
  CHECK_FALSE(quotas.are_told());
  CHECK_FALSE(a.throttled_ns);
}

TEST_CASE("quotas: more than a record holds are not read") {
  Quotas quotas;
  Group a;
  task_process record{};
  record.quota_count = 1000;
  quotas.begin_snapshot();
  quotas.count(a, record);
  CHECK(a.throttled_ns == 0);
}

}  // namespace hx::test
