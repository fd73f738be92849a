// SPDX-License-Identifier: Apache-2.0
#include "process/facts.h"

#include <doctest/doctest.h>

#include "support/temp_host.h"

namespace hx::test {
namespace {

using namespace std::string_literals;
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("facts: the command line is what the file holds, NULs and all") {
  const TempHost host;
  const ProcFacts facts(host.fs());
  for (const std::string& text : {""s, "/bin/x\0-a\0\0b c\0"s, "\0\0"s, "no end"s, "\xff\n\"\\"s}) {
    CAPTURE(text);
    host.write("proc/7/cmdline", text);
    const auto cmdline = facts.cmdline(7);
    REQUIRE(cmdline);
    CHECK(*cmdline == text);
  }
  CHECK_FALSE(facts.cmdline(8));
}

TEST_CASE("facts: a command line ends at 1 MiB") {
  const TempHost host;
  const ProcFacts facts(host.fs());
  host.write("proc/7/cmdline", std::string((1 << 20) + 1, 'x'));
  CHECK(facts.cmdline(7).value_or("").size() == 1 << 20);
}

TEST_CASE("facts: comm is the one of stat, which may be longer than the kernel's") {
  const TempHost host;
  const ProcFacts facts(host.fs());
  host.write("proc/7/stat", "7 (kworker/0:1) x-events (a) I 2");
  CHECK(facts.comm(7).value_or("") == "kworker/0:1) x-events (a");
  for (const std::string& text : {""s, "7"s, "7 (x"s, "7 x)"s, ")("s}) {
    CAPTURE(text);
    host.write("proc/7/stat", text);
    const auto comm = facts.comm(7);
    REQUIRE_FALSE(comm);
    CHECK(comm.error().message() == "parse proc/7/stat: Bad message");
  }
  CHECK_FALSE(facts.comm(8));
}

TEST_CASE("facts: a cgroup is all that follows the second colon") {
  const TempHost host;
  const ProcFacts facts(host.fs());
  host.write("proc/7/cgroup", "12:cpu,cpuacct:/a:b\n0::/system.slice/x.service\n1:name=:\n\nodd\n");
  CHECK(facts.cgroups(7) == Names{"/a:b", "/system.slice/x.service", "", "", ""});
  host.write("proc/7/cgroup", "");
  CHECK(facts.cgroups(7).empty());
  CHECK(facts.cgroups(8).empty());
}

TEST_CASE("facts: the id of a cgroup is its inode, wherever version 2 is mounted") {
  const TempHost host;
  const ProcFacts facts(host.fs());
  host.make_dir("sys/fs/cgroup/a.slice/b.service");
  const auto inode = host.fs().stamp("sys/fs/cgroup/a.slice/b.service").value_or({}).inode;
  host.write("proc/7/cgroup", "0::/a.slice/b.service\n");
  CHECK(facts.cgroup_id(7) == inode);
  host.make_dir("sys/fs/cgroup/unified/c.scope");
  host.write("proc/7/cgroup", "1:name=systemd:/a.slice\n0::/c.scope\n");
  CHECK(facts.cgroup_id(7) == host.fs().stamp("sys/fs/cgroup/unified/c.scope").value_or({}).inode);
  host.write("proc/7/cgroup", "3:cpu:/a.slice/b.service\n");
  CHECK(facts.cgroup_id(7) == 0);
  host.write("proc/7/cgroup", "0::/gone\n");
  CHECK(facts.cgroup_id(7) == 0);
  CHECK(facts.cgroup_id(8) == 0);
}

TEST_CASE("facts: the effective group is the second of the four") {
  const TempHost host;
  const ProcFacts facts(host.fs());
  host.write("proc/7/status", "Name:\tGid: 9\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n");
  CHECK(facts.gid(7).value_or(0) == 6);
  for (const char* text : {"", "Gid:\t5\n", "Gid:\t5\tx\n"}) {
    host.write("proc/7/status", text);
    CHECK(facts.gid(7).error().code == EBADMSG);
  }
  CHECK(facts.gid(8).error().is_absent());
}

TEST_CASE("facts: open descriptors are the entries of their directory") {
  const TempHost host;
  const ProcFacts facts(host.fs());
  host.make_dir("proc/7/fd");
  CHECK(facts.open_fds(7).value_or(99) == 0);
  for (int fd = 0; fd < 200; ++fd) host.link("proc/7/fd/" + std::to_string(fd), "socket:[1]");
  CHECK(facts.open_fds(7).value_or(99) == 200);
  CHECK_FALSE(facts.open_fds(8));
}

TEST_CASE("facts: descriptors that may not be listed are told by the size of their directory") {
  const TempHost host;
  host.make_dir("proc/7/fd");
  const auto size = host.fs().stamp("proc/7/fd")->size;
  REQUIRE(size > 0);
  CHECK(ProcFacts(host.fs(), false).open_fds(7).value_or(0) == size);
  CHECK_FALSE(ProcFacts(host.fs(), false).open_fds(8));
}

TEST_CASE("facts: a user without a name is his number") {
  const TempHost host;
  ProcFacts facts(host.fs());
  CHECK(facts.username(0) == "root");
  CHECK(facts.username(3'999'999'999) == "3999999999");
  CHECK(facts.groupname(0) == "root");
  CHECK(facts.groupname(3'999'999'999) == "3999999999");
  // Remembered: the same string, whoever is asked for meanwhile.
  const std::string& root = facts.username(0);
  for (std::uint32_t uid = 3'000'000'000; uid < 3'000'000'100; ++uid) facts.username(uid);
  CHECK(&facts.username(0) == &root);
}

}  // namespace hx::test
