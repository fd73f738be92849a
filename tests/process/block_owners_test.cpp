// SPDX-License-Identifier: Apache-2.0
#include "process/block_owners.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/temp_host.h"

namespace hx::test {
namespace {

// The kernel's counts from memory.
struct FakeCgroups final : CgroupSource {
  Result<std::span<const Entry>> read() override {
    if (!result) return result.error();
    return std::span<const Entry>(entries);
  }
  void forget(const block_cgroup_key& key) override {
    forgotten.push_back(key.cgroup);
    for (auto& entry : entries) {
      if (entry.key.cgroup == key.cgroup) entry.value = {};
    }
  }

  Entry& entry(std::uint64_t cgroup, std::uint32_t op) {
    entries.push_back({.key = {.cgroup = cgroup, .op = op, .pad = 0}, .value = {}});
    return entries.back();
  }

  std::vector<Entry> entries;
  std::vector<std::uint64_t> forgotten;
  Status result;
};

struct Owned {
  TempHost host;
  std::shared_ptr<FakeCgroups> kernel = std::make_shared<FakeCgroups>();
  BlockOwners owners{host.fs(), kernel};
};

}  // namespace

TEST_CASE("block_owners: who is in no group that can be found is called writeback") {
  Owned o;
  o.host.write("sys/fs/cgroup/a.service/cgroup.procs", "");
  struct stat status {};
  REQUIRE(::stat(o.host.fs().resolve("sys/fs/cgroup/a.service").c_str(), &status) == 0);
  o.kernel->entry(status.st_ino, 1).value.slots[2] = 5;
  o.kernel->entry(0, 1).value.slots[2] = 1;
  o.kernel->entry(1, 1).value.slots[2] = 2;
  REQUIRE(o.owners.update());
  const auto& times = o.owners.times();
  REQUIRE(times.size() == 2);
  CHECK(times.at("a.service")[1].slots[2] == 5);
  CHECK(times.at("writeback")[1].slots[2] == 3);
  CHECK(times.at("writeback")[0].empty());
}

TEST_CASE("block_owners: growth is added up, also of counts that wrap") {
  Owned o;
  auto& value = o.kernel->entry(0, 0).value;
  value.slots[0] = 0xffff'ffff;
  value.sum_ns = 7;
  REQUIRE(o.owners.update());
  value.slots[0] = 1;
  value.sum_ns = 9;
  REQUIRE(o.owners.update());
  CHECK(o.owners.times().at("writeback")[0].slots[0] == 0x1'0000'0001);
  CHECK(o.owners.times().at("writeback")[0].sum_ns == 9);
}

TEST_CASE("block_owners: in a crowd the idle leave their place, and nothing they have counted") {
  Owned o;
  for (std::uint64_t id = 0; id < BLOCK_MAX_CGROUPS; ++id) {
    auto& value = o.kernel->entry(id, 0).value;
    value.slots[0] = 1;
    value.sum_ns = 10;
  }
  REQUIRE(o.owners.update());
  CHECK(o.kernel->forgotten.empty());  // all have grown
  o.kernel->entries[3].value.sum_ns = 11;
  REQUIRE(o.owners.update());
  CHECK(o.kernel->forgotten.size() == BLOCK_MAX_CGROUPS - 2);  // but the busy one and the root's
  CHECK(o.owners.times().at("writeback")[0].slots[0] == BLOCK_MAX_CGROUPS);
  auto& again = o.kernel->entries[5].value;
  again.sum_ns = 1;  // counted from nothing
  again.slots[0] = 1;
  REQUIRE(o.owners.update());
  CHECK(o.owners.times().at("writeback")[0].sum_ns == BLOCK_MAX_CGROUPS * 10 + 1 + 1);
}

TEST_CASE("block_owners: what cannot be read is an error, and what has been counted stays") {
  Owned o;
  o.kernel->entry(0, 0).value.slots[0] = 1;
  REQUIRE(o.owners.update());
  o.kernel->result = Error{EPERM, "read map block_cgroups"};
  CHECK_FALSE(o.owners.update());
  CHECK(o.owners.times().at("writeback")[0].slots[0] == 1);
}

}  // namespace hx::test
