// SPDX-License-Identifier: Apache-2.0
#include "base/host_fs.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "support/temp_host.h"

namespace hx::test {

TEST_CASE("host_fs: each tree has its own root") {
  const HostFs fs({.procfs = "/p", .sysfs = "/s", .rootfs = "/r", .udev_data = "/u"});
  CHECK(fs.resolve("proc") == "/p");
  CHECK(fs.resolve("proc/stat") == "/p/stat");
  CHECK(fs.resolve("processes") == "/r/processes");
  CHECK(fs.resolve("sys/class/net") == "/s/class/net");
  CHECK(fs.resolve("system") == "/r/system");
  CHECK(fs.resolve("run/udev/data/b8:0") == "/u/b8:0");
  CHECK(fs.resolve("run/udev/database") == "/r/run/udev/database");
  CHECK(fs.resolve("etc/os-release") == "/r/etc/os-release");
  CHECK(HostFs(HostRoots{}).resolve("etc/os-release") == "/etc/os-release");
}

TEST_CASE("host_fs: absolute paths of the host go below its root and back, whole names only") {
  for (const std::string root : {"/host", "/host/"}) {
    CAPTURE(root);
    const HostFs fs({.rootfs = root});
    CHECK(fs.below_root("/") == "/host/");
    CHECK(fs.below_root("/var/lib") == "/host/var/lib");
    CHECK(fs.below_root("/proc") == "/host/proc");
    CHECK(fs.without_root("/host") == "/");
    CHECK(fs.without_root("/host/var") == "/var");
    CHECK(fs.without_root("/hostile") == "/hostile");
    CHECK(fs.without_root("/var") == "/var");
  }
  const HostFs fs(HostRoots{});
  CHECK(fs.below_root("/var") == "/var");
  CHECK(fs.without_root("/") == "/");
  CHECK(fs.without_root("/var") == "/var");
}

TEST_CASE("host_fs: files of any size are read whole, without trusting their size") {
  const TempHost host;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096},
                                 std::size_t{4097}, std::size_t{1} << 20}) {
    CAPTURE(size);
    host.write("proc/x", std::string(size, 'x'));
    const auto text = host.fs().read("proc/x");
    REQUIRE(text);
    CHECK(text->size() == size);
  }
  CHECK(HostFs(HostRoots{}).read("proc/self/stat"));  // says it is empty
}

TEST_CASE("host_fs: what ends with a short read is whole at every size around the buffer's") {
  TempHost host;
  for (const char* path : {"sys/class/x", "proc/sys/x", "sys/fs/cgroup/x"}) {
    HotFile hot(host.fs(), path);
    for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 127, 128, 129, 4095,
                                                                     4096, 4097, 8192, 10000, 5}) {
      const std::string text(size, 'x');
      host.write(path, text);
      CHECK(host.fs().read(path).value_or("") == text);
      CHECK(hot.read().value_or("") == text);
    }
  }
}

TEST_CASE("host_fs: a file of many records is read to its end, wherever the kernel stops") {
  const HostFs fs{HostRoots{}};
  std::vector<Fd> sockets;
  while (sockets.size() < 500) {
    auto& socket = sockets.emplace_back(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in any{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {}, .sin_zero = {}};
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
    if (sockets.size() % 7 != 0) continue;  // about where one buffer of the kernel is full

    HotFile file(fs, "proc/net/udp");
    const auto text = file.read();
    REQUIRE(text);
    CHECK(static_cast<std::size_t>(std::count(text->begin(), text->end(), '\n')) > sockets.size());
  }
}

TEST_CASE("host_fs: a hot directory is listed afresh, and found again when it is another one") {
  const TempHost host;
  HotDir dir(host.fs(), "sys/d");
  CHECK(dir.entries().error().is_absent());
  host.make_dir("sys/d/b");
  host.write("sys/d/a", "");
  for (int i = 0; i < 2; ++i) {
    const auto entries = dir.entries();
    REQUIRE(entries);
    REQUIRE(entries->size() == 2);
    CHECK(entries->front().name == "a");
    CHECK(entries->front().is_file);
    CHECK_FALSE(entries->back().is_file);
    CHECK(entries->front().inode != entries->back().inode);
  }
  host.remove("sys/d");
  CHECK(dir.entries().error().is_absent());
  host.make_dir("sys/d");
  CHECK(dir.entries()->empty());
  host.make_dir("sys/other/c");
  host.remove("sys/d");
  std::filesystem::rename(host.dir() / "sys/other", host.dir() / "sys/d");
  const auto entries = dir.entries();
  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  CHECK(entries->front().name == "c");
}

TEST_CASE("host_fs: hundreds of entries are all listed") {
  const TempHost host;
  for (int i = 0; i < 1'000; ++i) host.make_dir("sys/d/a_name_of_some_length_" + std::to_string(i));
  CHECK(HotDir(host.fs(), "sys/d").entries()->size() == 1'000);
  CHECK(host.fs().list("sys/d")->size() == 1'000);
}

TEST_CASE("host_fs: a file that never ends is refused") {
  const TempHost host;
  host.link("proc/endless", "/dev/zero");
  const auto text = host.fs().read("proc/endless");
  REQUIRE_FALSE(text);
  CHECK(text.error().code == E2BIG);
}

TEST_CASE("host_fs: a file that a user names is below no root") {
  const TempHost host;
  host.write("x.yml", "text");
  CHECK(read_file((host.dir() / "x.yml").string()).value_or("") == "text");
  const auto directory = read_file(host.dir().string());
  REQUIRE_FALSE(directory);
  CHECK(directory.error().code == EISDIR);
  CHECK(read_file("/no/such").error().message() == "open /no/such: No such file or directory");
}

TEST_CASE("host_fs: errors name the path, and absence is told from damage") {
  const TempHost host;
  host.make_dir("proc/dir");
  const auto absent = host.fs().read("proc/none");
  REQUIRE_FALSE(absent);
  CHECK(absent.error().is_absent());
  CHECK(absent.error().message() == "open proc/none: No such file or directory");
  const auto directory = host.fs().read("proc/dir");
  REQUIRE_FALSE(directory);
  CHECK_FALSE(directory.error().is_absent());
  CHECK_FALSE(host.fs().list("proc/none"));
  CHECK_FALSE(host.fs().read_link("proc/dir"));
}

TEST_CASE("host_fs: lists are sorted, links are given as stored") {
  const TempHost host;
  for (const char* name : {"b", "a", ".hidden"}) host.write(std::string("sys/d/") + name, " v \n");
  host.link("sys/link", "../target");
  const auto names = host.fs().list("sys/d");
  REQUIRE(names);
  CHECK(*names == std::vector<std::string>{".hidden", "a", "b"});
  CHECK(host.fs().read_link("sys/link").value_or("") == "../target");
  CHECK(host.fs().read_trimmed("sys/d/a").value_or("") == "v");
  CHECK(host.fs().exists("sys/d"));
  CHECK_FALSE(host.fs().exists("sys/link"));
}

TEST_CASE("host_fs: a hot file is read afresh, longer or shorter, and found again when replaced") {
  const TempHost host;
  HotFile file(host.fs(), "proc/hot");
  CHECK_FALSE(file.read());
  for (const auto& content : {std::string("one"), std::string(10'000, 'x'), std::string()}) {
    host.write("proc/hot", content);
    const auto text = file.read();
    REQUIRE(text);
    CHECK(*text == content);
  }
}

TEST_CASE("host_fs: a stamp changes when the file is written or replaced, and only then") {
  const TempHost host;
  host.write("etc/x", "one");
  const auto first = host.fs().stamp("etc/x");
  REQUIRE(first);
  CHECK(first->is_regular);
  CHECK(first->size == 3);
  CHECK(*first == *host.fs().stamp("etc/x"));
  CHECK(*first == *stamp_file((host.dir() / "etc/x").string()));
  host.write("etc/y", "two");
  std::filesystem::rename(host.dir() / "etc/y", host.dir() / "etc/x");
  CHECK_FALSE(*first == *host.fs().stamp("etc/x"));
  CHECK_FALSE(host.fs().stamp("etc")->is_regular);
  CHECK(host.fs().stamp("etc/none").error().message() ==
        "stat etc/none: No such file or directory");
}

TEST_CASE("host_fs: a file of one number is that number, anything else malformed") {
  const TempHost host;
  host.write("sys/a", "18446744073709551615\n");
  host.write("sys/b", "-7\n");
  CHECK(host.fs().read_u64("sys/a").value_or(0) == 18446744073709551615U);
  CHECK(host.fs().read_i64("sys/b").value_or(0) == -7);
  CHECK(host.fs().read_u64("sys/b").error().message() == "parse sys/b: Bad message");
  CHECK(host.fs().read_i64("sys/a").error().code == EBADMSG);
  CHECK(host.fs().read_u64("sys/none").error().is_absent());

  HotFile hot(host.fs(), "sys/a");
  CHECK(hot.read_u64().value_or(0) == 18446744073709551615U);
  host.write("sys/a", "12 13\n");
  CHECK(hot.read_u64().error().message() == "parse sys/a: Bad message");
  CHECK(HotFile(host.fs(), "sys/none").read_u64().error().is_absent());
}

TEST_CASE("host_fs: a real path has no symbolic links") {
  const TempHost host;
  host.make_dir("sys/devices/platform/chip.0");
  host.link("sys/class/hwmon0", "../devices/platform/chip.0");
  const auto real = host.fs().real_path("sys/class/hwmon0");
  REQUIRE(real);
  CHECK(real->ends_with("/sys/devices/platform/chip.0"));
  CHECK(host.fs().real_path("sys/none").error().message() ==
        "resolve sys/none: No such file or directory");
}

TEST_CASE("host_fs: a hot file that was closed is opened again by the next read") {
  const TempHost host;
  host.write("sys/a", "1");
  HotFile file(host.fs(), "sys/a");
  CHECK(file.read_u64().value_or(0) == 1);
  file.close();
  host.write("sys/a", "2");
  CHECK(file.read_u64().value_or(0) == 2);
  file.close();
  file.close();
  host.remove("sys/a");
  CHECK(file.read().error().is_absent());
}

}  // namespace hx::test
