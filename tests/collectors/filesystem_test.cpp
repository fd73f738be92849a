// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "support/fixture_syscalls.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr std::string_view kRoot = "26 1 8:1 / / rw - ext4 /dev/sda1 rw\n";

Scrape scrape(const TempHost& host, const CollectorOptions& options = {}) {
  return scrape_collector("filesystem", host.fs(), options, fixture_syscalls());
}

Scrape scrape_mounts(std::string_view table, const CollectorOptions& options = {}) {
  const TempHost host;
  host.write("proc/1/mountinfo", table);
  return scrape(host, options);
}

std::string value(const Scrape& scrape, const std::string& name, const std::string& device,
                  const std::string& fstype, const std::string& mountpoint,
                  const std::string& error = {}) {
  return scrape.value("node_filesystem_" + name + "{device=\"" + device + "\",device_error=\"" +
                      error + "\",fstype=\"" + fstype + "\",mountpoint=\"" + mountpoint + "\"}");
}

bool has(const Scrape& scrape, const std::string& mountpoint) {
  return scrape.text.find("mountpoint=\"" + mountpoint + "\"") != std::string::npos;
}

}  // namespace

TEST_CASE("filesystem: sizes are in bytes of what statfs(2) counts in blocks") {
  const auto scrape = scrape_mounts(kRoot);
  REQUIRE(scrape.status);
  const auto root = [&](const std::string& name) {
    return value(scrape, name, "/dev/sda1", "ext4", "/");
  };
  CHECK(root("size_bytes") == "4294967296");
  CHECK(root("free_bytes") == "2147483648");
  CHECK(root("avail_bytes") == "1073741824");
  CHECK(root("files") == "65536");
  CHECK(root("files_free") == "65000");
  CHECK(root("purgeable_bytes") == "0");
  CHECK(root("device_error") == "0");
  CHECK(root("readonly") == "0");
  CHECK(scrape.value("node_filesystem_mount_info{device=\"/dev/sda1\",major=\"8\",minor=\"1\","
                     "mountpoint=\"/\"}") == "1");
}

TEST_CASE("filesystem: read-only is what the mount or the file system says, as a whole word") {
  const auto scrape = scrape_mounts(
      "1 1 8:1 / /a ro,relatime - ext4 d rw\n2 1 8:2 / /b rw shared:1 master:2 - ext4 d "
      "noatime,ro\n"
      "3 1 8:3 / /c rw,errors=remount-ro - ext4 d rw,errors=ro\n");
  CHECK(value(scrape, "readonly", "d", "ext4", "/a") == "1");
  CHECK(value(scrape, "readonly", "d", "ext4", "/b") == "1");
  CHECK(value(scrape, "readonly", "d", "ext4", "/c") == "0");
}

TEST_CASE("filesystem: one that fails has its error as a label, and no sizes") {
  const auto scrape = scrape_mounts("1 1 0:5 / /dead/nfs ro - nfs4 server:/x rw\n");
  REQUIRE(scrape.status);
  const std::string error = "input/output error";
  CHECK(value(scrape, "device_error", "server:/x", "nfs4", "/dead/nfs", error) == "1");
  CHECK(value(scrape, "readonly", "server:/x", "nfs4", "/dead/nfs", error) == "1");
  CHECK(parse_exposition(scrape.text).size() == 2);
}

TEST_CASE("filesystem: errors have the words of upstream's label") {
  const TempHost host;
  host.write("proc/1/mountinfo", kRoot);
  auto sys = fixture_syscalls();
  const auto error_of = [&](int (*statfs)(const char*, struct ::statfs*)) {
    sys.statfs = statfs;
    return scrape_collector("filesystem", host.fs(), {}, sys);
  };
  CHECK(value(error_of([](const char*, struct ::statfs*) {
                errno = ESTALE;
                return -1;
              }),
              "device_error", "/dev/sda1", "ext4", "/", "stale NFS file handle") == "1");
  CHECK(value(error_of([](const char*, struct ::statfs*) {
                errno = ENOTCONN;
                return -1;
              }),
              "device_error", "/dev/sda1", "ext4", "/",
              "transport endpoint is not connected") == "1");
}

TEST_CASE("filesystem: one that answers again loses its error") {
  const TempHost host;
  host.write("proc/1/mountinfo", kRoot);
  static bool dead;
  auto sys = fixture_syscalls();
  sys.statfs = [](const char*, struct ::statfs* out) {
    *out = {};
    errno = EIO;
    return dead ? -1 : 0;
  };
  LiveCollector filesystem("filesystem", host.fs(), {}, sys);
  dead = true;
  CHECK(filesystem.scrape().text.find("size_bytes") == std::string::npos);
  dead = false;
  CHECK(value(filesystem.scrape(), "device_error", "/dev/sda1", "ext4", "/") == "0");
}

TEST_CASE("filesystem: the kernel's escapes are characters of a mount point") {
  const auto scrape = scrape_mounts("1 1 8:1 / /my\\040disk\\011\\012\\134 rw - ext4 d rw\n");
  CHECK(value(scrape, "readonly", "d", "ext4", R"(/my disk	\n\\)") == "0");
}

TEST_CASE("filesystem: mounts of one device in one place are exported once") {
  const auto scrape = scrape_mounts(
      "1 1 0:5 / /x rw - tmpfs tmpfs rw\n2 1 0:6 / /x rw - tmpfs tmpfs rw\n"
      "3 1 0:5 / /x rw - tmpfs tmpfs ro\n4 1 0:7 / /x rw - tmpfs other rw\n");
  REQUIRE(scrape.status);
  std::size_t sizes = 0;
  std::string_view rest = scrape.text, line;
  while (next_line(rest, line)) sizes += line.starts_with("node_filesystem_size_bytes{");
  CHECK(sizes == 2);
  const auto info = [&](const std::string& minor) {
    return scrape.value("node_filesystem_mount_info{device=\"tmpfs\",major=\"0\",minor=\"" + minor +
                        "\",mountpoint=\"/x\"}");
  };
  CHECK(info("5") == "1");
  CHECK(info("6") == "1");
}

TEST_CASE("filesystem: mount points and types are chosen by pairs of flags") {
  const std::string table = std::string(kRoot) +
                            "2 1 0:2 / /run rw - tmpfs tmpfs rw\n3 1 0:3 / /x rw - overlay o rw\n"
                            "4 1 0:4 / /dev/shm rw - tmpfs tmpfs rw\n"
                            "5 1 0:5 / /devices rw - tmpfs tmpfs rw\n";
  CollectorOptions options;
  auto scrape = scrape_mounts(table, options);
  CHECK(has(scrape, "/"));
  CHECK(has(scrape, "/run"));
  CHECK(has(scrape, "/devices"));
  CHECK_FALSE(has(scrape, "/x"));
  CHECK_FALSE(has(scrape, "/dev/shm"));

  options.filesystem_mount_points_include = "^/dev/";
  scrape = scrape_mounts(table, options);
  CHECK(has(scrape, "/dev/shm"));
  CHECK_FALSE(has(scrape, "/"));

  options = {};
  options.filesystem_fs_types_include = "^overlay$";
  scrape = scrape_mounts(table, options);
  CHECK(has(scrape, "/x"));
  CHECK_FALSE(has(scrape, "/"));

  options.filesystem_fs_types_exclude = "x";
  CHECK(scrape_mounts(table, options).status.error().message() ==
        "--collector.filesystem.fs-types-include and --collector.filesystem.fs-types-exclude "
        "exclude each other");
}

TEST_CASE("filesystem: bad settings are refused by name") {
  const TempHost host;
  const auto message = [&](const CollectorOptions& options) {
    return LiveCollector("filesystem", host.fs(), options).scrape().status.error().message();
  };
  CollectorOptions options;
  options.filesystem_mount_timeout = "5";
  CHECK(message(options) ==
        "--collector.filesystem.mount-timeout: \"5\" is not a duration such as 5s");
  options = {};
  options.filesystem_stat_workers = "many";
  CHECK(message(options) == "--collector.filesystem.stat-workers: \"many\" is not a number");
  options = {};
  options.filesystem_mount_points_exclude = "a(b";
  CHECK(message(options).starts_with("--collector.filesystem.mount-points-exclude: invalid"));
}

TEST_CASE("filesystem: below another root the root's own name is no part of mount points") {
  const TempHost host;
  const auto root = host.dir().string();
  host.write("proc/self/mountinfo", "1 1 8:1 / " + root + " rw - ext4 d rw\n2 1 8:2 / " + root +
                                        "/boot rw - ext4 d rw\n3 1 8:3 / " + root +
                                        "x/y rw - ext4 d rw\n");
  static std::string asked;
  asked.clear();
  auto sys = fixture_syscalls();
  sys.statfs = [](const char* path, struct ::statfs* out) {
    asked += std::string(path) + " ";
    *out = {};
    return 0;
  };
  const auto scrape = scrape_collector("filesystem", host.fs(), {}, sys);
  REQUIRE(scrape.status);
  CHECK(has(scrape, "/"));
  CHECK(has(scrape, "/boot"));
  CHECK(asked.find(root + "/ ") != std::string::npos);
  CHECK(asked.find(root + "/boot ") != std::string::npos);
}

TEST_CASE("filesystem: the table of process 1 is preferred, a missing one replaced by our own") {
  const TempHost host;
  const auto absent = scrape(host);
  REQUIRE_FALSE(absent.status);
  CHECK(absent.status.error().is_absent());
  host.write("proc/self/mountinfo", "1 1 8:1 / /own rw - ext4 d rw\n");
  CHECK(has(scrape(host), "/own"));
  host.write("proc/1/mountinfo", "1 1 8:1 / /init rw - ext4 d rw\n");
  CHECK(has(scrape(host), "/init"));
  CHECK_FALSE(has(scrape(host), "/own"));
}

TEST_CASE("filesystem: a mount that comes or goes is seen at the next scrape") {
  const TempHost host;
  LiveCollector filesystem("filesystem", host.fs(), {}, fixture_syscalls());
  host.write("proc/1/mountinfo", kRoot);
  CHECK_FALSE(has(filesystem.scrape(), "/new"));
  host.write("proc/1/mountinfo", std::string(kRoot) + "2 1 8:2 / /new rw - ext4 d rw\n");
  CHECK(has(filesystem.scrape(), "/new"));
  CHECK(has(filesystem.scrape(), "/"));
  host.write("proc/1/mountinfo", "");
  const auto scrape = filesystem.scrape();
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("filesystem: one that only this process sees read-only is not") {
  const TempHost host;
  host.write(
      "proc/1/mountinfo",
      "1 1 8:1 / / rw - ext4 d rw\n2 1 8:2 / /failed rw - ext4 d ro\n3 1 8:3 / /written ro - "
      "ext4 d rw\n");
  auto sys = fixture_syscalls();
  sys.statfs = [](const char* path, struct ::statfs* out) {
    *out = {};
    out->f_flags = std::string_view(path).ends_with("/written") ? 0x20 : 0x21;  // valid, read-only
    return 0;
  };
  const auto scrape = scrape_collector("filesystem", host.fs(), {}, sys);
  CHECK(value(scrape, "readonly", "d", "ext4", "/") == "0");
  CHECK(value(scrape, "readonly", "d", "ext4", "/failed") == "1");
  CHECK(value(scrape, "readonly", "d", "ext4", "/written") == "0");
}

TEST_CASE("filesystem: the table is read again when a mount has turned read-only") {
  const TempHost host;
  static const TempHost* failing = &host;
  auto sys = fixture_syscalls();
  // The error comes between the reading of the table and statfs(2).
  sys.statfs = [](const char*, struct ::statfs* out) {
    failing->write("proc/1/mountinfo", "1 1 8:1 / / rw - ext4 d ro\n");
    *out = {};
    out->f_flags = 0x21;
    return 0;
  };
  host.write("proc/1/mountinfo", "1 1 8:1 / / rw - ext4 d rw\n");
  CHECK(value(scrape_collector("filesystem", host.fs(), {}, sys), "readonly", "d", "ext4", "/") ==
        "1");
}

TEST_CASE("filesystem: a local one on the way through a server is asked beside the others") {
  using namespace std::chrono_literals;
  const TempHost host;
  host.write("proc/1/mountinfo", std::string(kRoot) +
                                     "2 1 0:40 / /nfs rw - nfs server:/export rw\n"
                                     "3 2 8:2 / /nfs/disk rw - ext4 /dev/sdb1 rw\n"
                                     "4 1 8:3 / /nfs2 rw - ext4 /dev/sdc1 rw\n");
  static std::thread::id own;
  static std::atomic<int> beside, here;
  own = std::this_thread::get_id();
  auto sys = fixture_syscalls();
  sys.statfs = [](const char*, struct ::statfs* out) {
    *out = {};
    ++(std::this_thread::get_id() == own ? here : beside);
    return 0;
  };
  CHECK(scrape_collector("filesystem", host.fs(), {}, sys).status);
  CHECK(here == 2);
  CHECK(beside == 2);
}

TEST_CASE("filesystem: malformed lines are skipped, empty device names kept") {
  const auto scrape = scrape_mounts(
      "\n1\n1 1 8:1 / /cut rw\n1 1 8:1 / /cut rw -\n1 1 8:1 / /cut rw - \n1 1 x:1 / /word rw - t d "
      "rw\n"
      "1 1 8 / /word rw - t d rw\n1 1 8:1 / relative rw - t d rw\n1 1 0:3 / /odd rw - fuse.odd  "
      "rw\n" +
      std::string(kRoot));
  REQUIRE(scrape.status);
  CHECK(parse_exposition(scrape.text).size() == 2 * 9);
  CHECK(value(scrape, "device_error", "", "fuse.odd", "/odd") == "0");
}

TEST_CASE(
    "filesystem: a mount that hangs is marked in time, tried again, and found when it answers") {
  using namespace std::chrono_literals;
  const TempHost host;
  host.write("proc/1/mountinfo",
             std::string(kRoot) + "2 1 0:40 / /nfs rw - nfs server:/export rw\n");
  static std::atomic<bool> dead;
  static std::atomic<int> waiting;
  dead = true;
  auto sys = fixture_syscalls();
  sys.statfs = [](const char* path, struct ::statfs* out) {
    *out = {};
    out->f_bsize = 1024;
    out->f_blocks = 7;
    if (!std::string_view(path).ends_with("/nfs")) return 0;
    ++waiting;
    while (dead) std::this_thread::sleep_for(1ms);
    --waiting;
    return 0;
  };
  CollectorOptions options;
  options.filesystem_mount_timeout = "300ms";
  LiveCollector filesystem("filesystem", host.fs(), options, sys);
  for (int i = 0; i < 5; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto scrape = filesystem.scrape();
    CHECK(std::chrono::steady_clock::now() - begin < (i == 0 ? 2s : 200ms));
    CHECK(scrape.status);
    CHECK(waiting == 1);
    CHECK(value(scrape, "device_error", "server:/export", "nfs", "/nfs", "mountpoint timeout") ==
          "1");
    CHECK(value(scrape, "size_bytes", "server:/export", "nfs", "/nfs", "mountpoint timeout") == "");
    CHECK(value(scrape, "size_bytes", "/dev/sda1", "ext4", "/") == "7168");
  }
  dead = false;
  while (waiting != 0) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(20ms);
  const auto scrape = filesystem.scrape();
  CHECK(value(scrape, "device_error", "server:/export", "nfs", "/nfs") == "0");
  CHECK(value(scrape, "size_bytes", "server:/export", "nfs", "/nfs") == "7168");
}

}  // namespace hx::test
