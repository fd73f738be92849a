// SPDX-License-Identifier: Apache-2.0
// Block requests by who made them: the name group of a task, a control group, nobody.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bpf/block_support.h"
#include "bpf/support.h"

namespace hx::test {
namespace {

constexpr std::size_t kBlock = 4096;

std::string series(const char* suffix, const std::string& owner, const char* op) {
  return std::string("namedprocess_namegroup_block_io_latency_seconds_") + suffix +
         "{groupname=\"" + owner + "\",op=\"" + op + "\"}";
}

constexpr int kReads = 300, kWrites = 200;

void read_and_write(int device) {
  void* buffer = std::aligned_alloc(kBlock, kBlock);
  for (int i = 0; i < kReads; ++i) {
    if (::pread(device, buffer, kBlock, i * 4096L) < 0) ::_exit(1);
  }
  for (int i = 0; i < kWrites; ++i) {
    if (::pwrite(device, buffer, kBlock, i * 4096L) < 0) ::_exit(1);
  }
}

// Leaves dirty pages behind.
void write_late(int device) {
  const std::string path = "/proc/self/fd/" + std::to_string(device);
  const int buffered = ::open(path.c_str(), O_WRONLY);
  const std::string text(256 * kBlock, 'x');
  if (::write(buffered, text.data(), text.size()) < 0) ::_exit(1);
  ::pause();  // closing the last descriptor of a device would write them back
}

// A setting that has its old value again at the end.
class Setting {
 public:
  Setting(std::string path, const std::string& value) : path_(std::move(path)) {
    std::ifstream(path_) >> old_;
    std::ofstream(path_) << value;
  }
  ~Setting() { std::ofstream(path_) << old_; }

 private:
  std::string path_, old_;
};

}  // namespace

TEST_CASE("block_owner: requests count for the group of the task that made them, and nobody's") {
  const LoopDevice loop;
  if (!loop) {
    MESSAGE("skipped: no loop device here");
    return;
  }
  std::ofstream("/sys/block/" + loop.name() + "/queue/iostats") << "1";
  const Worker one("hx-owner-one", [&] { read_and_write(loop.fd()); });
  const Worker two("hx-owner-two", [&] { read_and_write(loop.fd()); });
  CountedGroups owners("block");
  if (is_too_old(owners.sources, "block_owners")) return;
  auto node_before = scrape(*owners.node);
  for (const auto* worker : {&one, &two}) {
    worker->start();
    worker->wait();
  }
  auto after = scrape(*owners.groups);
  auto node_after = scrape(*owners.node);
  const char* lost = "host_exporter_block_owners_lost_total";
  CHECK(node_after[lost] == node_before[lost]);
  double sum = 0;
  for (const char* name : {"hx-owner-one", "hx-owner-two"}) {
    CHECK(after[series("count", name, "read")] == kReads);
    CHECK(after[series("count", name, "write")] == kWrites);
    sum += after[series("sum", name, "read")];
  }
  const auto read_sum =
      "node_block_io_latency_seconds_sum{device=\"" + loop.name() + "\",op=\"read\"}";
  CHECK(sum == doctest::Approx(node_after[read_sum] - node_before[read_sum]).epsilon(0.001));
}

TEST_CASE("block_owner: what the kernel writes back later is nobody's, or its control group's") {
  const LoopDevice loop;
  if (!loop) {
    MESSAGE("skipped: no loop device here");
    return;
  }
  std::ofstream("/sys/block/" + loop.name() + "/queue/iostats") << "1";
  const Worker late("hx-owner-late", [&] { write_late(loop.fd()); });
  CountedGroups owners("block");
  if (is_too_old(owners.sources, "block_owners")) return;
  auto before = scrape(*owners.groups);
  const Setting age("/proc/sys/vm/dirty_expire_centisecs", "1");
  const Setting period("/proc/sys/vm/dirty_writeback_centisecs", "10");
  const auto written = read_diskstats(loop.name()).written_bytes;
  late.start();
  for (int i = 0; i < 100 && read_diskstats(loop.name()).written_bytes - written < 256 * 4096.0;
       ++i) {
    sleep_ms(50);
  }
  auto after = scrape(*owners.groups);
  REQUIRE(read_diskstats(loop.name()).written_bytes - written >= 256 * 4096.0);
  CHECK(after[series("count", "hx-owner-late", "write")] == 0);
  double others = 0;
  for (const auto& [name, value] : after) {
    if (name.find("block_io_latency_seconds_count") == std::string::npos) continue;
    if (name.find("op=\"write\"") != std::string::npos) others += value - before[name];
  }
  CHECK(others >= 1);
}

TEST_CASE("block_owner: a process in no group is told by its control group") {
  const std::filesystem::path cgroup("/sys/fs/cgroup/blkio/hx-owner-cgroup");
  const LoopDevice loop;
  if (!loop || !std::filesystem::exists(cgroup.parent_path() / "tasks")) {
    MESSAGE("skipped: no loop device, or block I/O has no hierarchy of its own here");
    return;
  }
  auto config = config_of_flags("hx-no-such-name", "");
  REQUIRE(config);
  CountedGroups owners("block", std::move(*config));
  if (is_too_old(owners.sources, "block_owners")) return;
  std::ofstream("/sys/block/" + loop.name() + "/queue/iostats") << "1";
  std::filesystem::create_directory(cgroup);
  {
    const Worker worker("hx-owner-none", [&] { read_and_write(loop.fd()); });
    std::ofstream(cgroup / "tasks") << worker.pid();
    scrape(*owners.groups);
    worker.start();
    worker.wait();
  }
  auto after = scrape(*owners.groups);
  std::filesystem::remove(cgroup);
  CHECK(after[series("count", "/hx-owner-cgroup", "read")] == kReads);
  CHECK(after[series("count", "/hx-owner-cgroup", "write")] == kWrites);
}

}  // namespace hx::test
