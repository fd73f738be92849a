// SPDX-License-Identifier: Apache-2.0
#include "process/cgroup_names.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "process/cgroup_path.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

const std::string kId(64, 'a');

// A control group and its id.
std::uint64_t make(const TempHost& host, const std::string& path) {
  host.write("sys/fs/cgroup" + path + "/cgroup.procs", "");
  struct stat status {};
  REQUIRE(::stat(host.fs().resolve("sys/fs/cgroup" + path).c_str(), &status) == 0);
  return status.st_ino;
}

}  // namespace

TEST_CASE("cgroup_path: the innermost unit, slice and container of a path") {
  const std::string path =
      "/user.slice/user-0.slice/user@0.service/app.slice/docker-" + kId + ".scope/init";
  CHECK(unit_in(path) == "docker-" + kId + ".scope");
  CHECK(slice_in(path) == "app.slice");
  CHECK(container_in(path) == kId);
  CHECK(container_in("/docker/" + kId) == kId);
  CHECK(unit_in("/a/b").empty());
  CHECK(slice_in("").empty());
  CHECK(container_in("/docker/" + kId + "f").empty());
}

TEST_CASE("cgroup_names: container, unit, slice, path, in this order") {
  const TempHost host;
  CgroupNames names(host.fs());
  const auto container = make(host, "/system.slice/docker-" + kId + ".scope");
  const auto unit = make(host, "/system.slice/nginx.service/worker");
  const auto slice = make(host, "/user.slice/x");
  const auto path = make(host, "/lxc/one");
  CHECK(names.name(container) == kId);
  CHECK(names.name(unit) == "nginx.service");
  CHECK(names.name(slice) == "user.slice");
  CHECK(names.name(path) == "/lxc/one");
}

TEST_CASE("cgroup_names: with a hierarchy for block I/O, its groups are meant") {
  const TempHost host;
  const auto other = make(host, "/system.slice/a.service");
  const auto group = make(host, "/blkio/system.slice/b.service");
  CgroupNames names(host.fs());
  CHECK(names.name(group) == "b.service");
  CHECK(names.name(other).empty());
}

TEST_CASE("cgroup_names: once searched for, a group keeps its name, and nobody gets one later") {
  const TempHost host;
  CgroupNames names(host.fs());
  CHECK(names.name(1).empty());
  const auto id = make(host, "/a.service");
  CHECK(names.name(id) == "a.service");
  host.remove("sys/fs/cgroup/a.service");
  CHECK(names.name(id) == "a.service");
  CHECK(names.name(1).empty());
}

}  // namespace hx::test
