// SPDX-License-Identifier: Apache-2.0
#include "base/shared_reads.h"

#include <doctest/doctest.h>

#include "support/fake_netlink.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

std::string text_of(SharedFile& file) {
  std::string seen;
  const auto ok = file.read([&](std::string_view text) {
    seen = text;
    return Status();
  });
  return ok ? seen : ok.error().message();
}

std::vector<int> indices_of(SharedLinks& links) {
  std::vector<int> indices;
  const auto ok = links.dump([&](std::uint16_t type, std::string_view message) {
    CHECK(type == RTM_NEWLINK);
    indices.push_back(read_struct<ifinfomsg>(message).ifi_index);
  });
  if (!ok) indices.assign(1, -ok.error().code);
  return indices;
}

}  // namespace

TEST_CASE("shared reads: a file is read once a scrape, and anew in the next") {
  const TempHost host;
  SharedReads shared(host.fs(), {});
  host.write("proc/stat", "first\n");
  host.write("proc/net/netstat", "table\n");
  CHECK(text_of(shared.stat) == "first\n");
  host.write("proc/stat", "second and longer\n");
  CHECK(text_of(shared.stat) == "first\n");
  CHECK(text_of(shared.netstat) == "table\n");
  shared.begin_scrape();
  CHECK(text_of(shared.stat) == "second and longer\n");
}

TEST_CASE("shared reads: what could not be read is tried again by the next who wants it") {
  const TempHost host;
  SharedReads shared(host.fs(), {});
  const auto failed = shared.stat.read([](std::string_view) { return Status(); });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().is_absent());
  host.write("proc/stat", "here\n");
  CHECK(text_of(shared.stat) == "here\n");
}

TEST_CASE("shared reads: what a reader makes of a text is its own failure") {
  const TempHost host;
  SharedReads shared(host.fs(), {});
  host.write("proc/stat", "here\n");
  const auto bad = shared.stat.read([](std::string_view) { return Error{EBADMSG, "parse"}; });
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == EBADMSG);
  CHECK(text_of(shared.stat) == "here\n");
}

TEST_CASE("shared reads: devices are asked for once a scrape, a failed answer is no answer") {
  const TempHost host;
  Syscalls sys;
  const auto one = link_message(1, "lo", {}), two = link_message(2, "eth0", {});
  answer_netlink(sys, {{RTM_GETLINK, {one, netlink_done(EBUSY)}}});
  SharedReads shared(host.fs(), sys);
  CHECK(indices_of(shared.links) == std::vector{-EBUSY});
  answer_netlink(sys, {{RTM_GETLINK, {one + two, netlink_done()}}});
  CHECK(indices_of(shared.links) == std::vector{1, 2});
  answer_netlink(sys, {{RTM_GETLINK, {two, netlink_done()}}});
  CHECK(indices_of(shared.links) == std::vector{1, 2});
  shared.begin_scrape();
  CHECK(indices_of(shared.links) == std::vector{2});
}

}  // namespace hx::test
