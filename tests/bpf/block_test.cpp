// SPDX-License-Identifier: Apache-2.0
// The block histograms against known requests on a loop device.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/fd.h"
#include "bpf/block_support.h"
#include "bpf/support.h"

namespace hx::test {
namespace {

constexpr std::size_t kBlock = 4096;

std::string series(const char* name, const std::string& device, const char* op) {
  return std::string("node_block_io_") + name + "{device=\"" + device + "\",op=\"" + op + "\"}";
}

CollectorPtr make_block(const HostFs& fs, const ProbeOptions& options = {}) {
  return make_probe("block", {.fs = fs, .options = options});
}

}  // namespace

TEST_CASE("block: direct reads and writes appear with their count, size and latency") {
  const LoopDevice loop;
  if (!loop) {
    MESSAGE("skipped: no loop device here");
    return;
  }
  const HostFs fs{HostRoots{}};
  const auto probe = make_block(fs);
  const std::unique_ptr<void, void (*)(void*)> buffer(std::aligned_alloc(kBlock, kBlock),
                                                      std::free);
  std::ofstream("/sys/block/" + loop.name() + "/queue/iostats") << "1";
  auto before = scrape(*probe);
  const auto stats_before = read_diskstats(loop.name());

  constexpr int kWrites = 200, kReads = 300;
  for (int i = 0; i < kWrites; ++i) {
    REQUIRE(::pwrite(loop.fd(), buffer.get(), kBlock, i * 4096L) == static_cast<ssize_t>(kBlock));
  }
  for (int i = 0; i < kReads; ++i) {
    REQUIRE(::pread(loop.fd(), buffer.get(), kBlock, i * 4096L) == static_cast<ssize_t>(kBlock));
  }
  auto after = scrape(*probe);
  const auto stats_after = read_diskstats(loop.name());

  const auto grown = [&](const char* name, const char* op) {
    return after[series(name, loop.name(), op)] - before[series(name, loop.name(), op)];
  };
  CHECK(grown("latency_seconds_count", "write") == kWrites);
  CHECK(grown("latency_seconds_count", "read") == kReads);
  CHECK(grown("size_bytes_count", "read") == kReads);
  CHECK(grown("size_bytes_sum", "read") == kReads * 4096.0);
  CHECK(grown("size_bytes_sum", "write") == kWrites * 4096.0);
  CHECK(grown("latency_seconds_sum", "read") > kReads * 1e-6);
  CHECK(grown("latency_seconds_sum", "read") < 5);
  const std::string bucket = "node_block_io_size_bytes_bucket{device=\"" + loop.name() + "\",le=";
  CHECK(after[bucket + "\"2048\",op=\"read\"}"] - before[bucket + "\"2048\",op=\"read\"}"] == 0);
  CHECK(after[bucket + "\"4096\",op=\"read\"}"] - before[bucket + "\"4096\",op=\"read\"}"] ==
        kReads);

  CHECK(grown("latency_seconds_count", "read") == stats_after.reads - stats_before.reads);
  CHECK(grown("size_bytes_sum", "read") == stats_after.read_bytes - stats_before.read_bytes);
  CHECK(grown("latency_seconds_count", "write") == stats_after.writes - stats_before.writes);
  CHECK(grown("size_bytes_sum", "write") == stats_after.written_bytes - stats_before.written_bytes);
}

TEST_CASE("block: a disk that comes later is counted from its first request on") {
  const HostFs fs{HostRoots{}};
  const auto probe = make_block(fs);
  // A number that no disk has had: loop devices are made when they are first wanted.
  const Fd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  constexpr int kNumber = 77;
  if (!control || ::ioctl(control.get(), LOOP_CTL_ADD, kNumber) < 0) {
    MESSAGE("skipped: no loop device to be made here");
    return;
  }
  {
    const LoopDevice loop(std::filesystem::temp_directory_path(), kNumber);
    if (!loop) {
      MESSAGE("skipped: no node for a new device here");
      return;
    }
    const std::unique_ptr<void, void (*)(void*)> buffer(std::aligned_alloc(kBlock, kBlock),
                                                        std::free);
    const auto count = series("latency_seconds_count", loop.name(), "read");
    const auto before = scrape(*probe)[count];
    for (const int expected : {10, 20, 30}) {  // in the hash, then in the array as well
      for (int i = 0; i < 10; ++i) {
        REQUIRE(::pread(loop.fd(), buffer.get(), kBlock, i * 4096L) > 0);
      }
      auto after = scrape(*probe);
      CHECK(after[count] - before == expected);
      CHECK(after[series("size_bytes_sum", loop.name(), "read")] >= expected * 4096.0);
    }
  }
  ::ioctl(control.get(), LOOP_CTL_REMOVE, kNumber);
}

TEST_CASE("block: with iostats off a request is counted, or said to be uncounted, but never lost") {
  const LoopDevice loop;
  if (!loop) {
    MESSAGE("skipped: no loop device here");
    return;
  }
  // An elevator and writeback throttling keep times whatever iostats says; not every kernel lets
  // the latter go.
  const std::string queue = "/sys/block/" + loop.name() + "/queue/";
  std::ofstream(queue + "scheduler") << "none";
  std::ofstream(queue + "wbt_lat_usec") << "0";
  std::ofstream(queue + "iostats") << "0";
  const HostFs fs{HostRoots{}};
  const auto probe = make_block(fs);
  const std::unique_ptr<void, void (*)(void*)> buffer(std::aligned_alloc(kBlock, kBlock),
                                                      std::free);
  auto before = scrape(*probe);
  for (int i = 0; i < 10; ++i) REQUIRE(::pread(loop.fd(), buffer.get(), kBlock, i * 4096L) > 0);
  auto after = scrape(*probe);
  std::ofstream(queue + "iostats") << "1";
  const char* uncounted =
      "host_exporter_block_requests_uncounted_total{reason=\"queue_iostats_off\"}";
  const std::string counted = series("latency_seconds_count", loop.name(), "read");
  CHECK(after[uncounted] - before[uncounted] + after[counted] - before[counted] == 10);
}

TEST_CASE("block: the parts of a latency add up to it, or the queue is said not to note them") {
  const LoopDevice loop;
  if (!loop) {
    MESSAGE("skipped: no loop device here");
    return;
  }
  const std::string queue = "/sys/block/" + loop.name() + "/queue/";
  std::ofstream(queue + "scheduler") << "kyber";  // either makes the queue note it
  std::ofstream(queue + "wbt_lat_usec") << "75000";
  const HostFs fs{HostRoots{}};
  const auto probe = make_block(fs, {.block_split = true});
  const std::unique_ptr<void, void (*)(void*)> buffer(std::aligned_alloc(kBlock, kBlock),
                                                      std::free);
  auto before = scrape(*probe);
  for (int i = 0; i < 100; ++i) REQUIRE(::pread(loop.fd(), buffer.get(), kBlock, i * 4096L) > 0);
  auto after = scrape(*probe);
  const auto grown = [&](const std::string& name) { return after[name] - before[name]; };
  const auto read = [&](const char* name) { return grown(series(name, loop.name(), "read")); };
  const double not_split =
      grown("host_exporter_block_requests_uncounted_total{reason=\"not_split\"}");
  MESSAGE(not_split << " of 100 not split");
  CHECK(read("latency_seconds_count") == 100);
  CHECK(read("device_seconds_count") + not_split == 100);
  CHECK(read("queue_seconds_count") == read("device_seconds_count"));
  if (not_split > 0) return;
  CHECK(read("queue_seconds_sum") + read("device_seconds_sum") ==
        doctest::Approx(read("latency_seconds_sum")).epsilon(1e-6));
  CHECK(read("device_seconds_sum") > 0);
}

TEST_CASE("block: requests that fail are counted by what is wrong with them") {
  // Nothing of it is left on a file system without room for it.
  const std::string dir = (std::filesystem::temp_directory_path() / "hx-full").string();
  std::filesystem::create_directory(dir);
  if (::mount("hx-full", dir.c_str(), "tmpfs", 0, "size=1m") != 0) {
    MESSAGE("skipped: no right to mount");
    return;
  }
  {
    const LoopDevice loop(dir);
    if (!loop) {
      MESSAGE("skipped: no loop device here");
    } else {
      const HostFs fs{HostRoots{}};
      const auto probe = make_block(fs);
      auto before = scrape(*probe);
      const std::unique_ptr<void, void (*)(void*)> buffer(std::aligned_alloc(kBlock, 1 << 20),
                                                          std::free);
      int failed = 0;
      for (int i = 0; i < 4; ++i) failed += ::pwrite(loop.fd(), buffer.get(), 1 << 20, i << 20) < 0;
      auto after = scrape(*probe);
      double errors = 0;
      for (const auto& [name, value] : after) {
        if (!name.starts_with("node_block_io_errors_total{device=\"" + loop.name() + "\""))
          continue;
        CHECK(name.find("op=\"write\"") != std::string::npos);
        CHECK(name.find("status=\"other\"") == std::string::npos);
        errors += value - before[name];
      }
      CHECK(failed >= 2);
      CHECK(errors >= failed);
    }
  }
  ::umount2(dir.c_str(), MNT_DETACH);
  std::filesystem::remove(dir);
}

}  // namespace hx::test
