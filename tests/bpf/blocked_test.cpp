// SPDX-License-Identifier: Apache-2.0
// Time blocked by I/O, against what /proc/PID/stat says of the same tasks.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "base/fd.h"
#include "bpf/support.h"
#include "process/procfs_stat.h"

namespace hx::test {
namespace {

constexpr std::size_t kBlock = 4096, kFileBytes = 16 << 20;
constexpr double kTick = 0.01;

// Delay accounting on until the end; false where there is none, or a test cannot know.
class DelayAccounting {
 public:
  DelayAccounting() {
    std::ifstream(kSwitch) >> before_;
    if (!before_.empty()) std::ofstream(kSwitch) << "1";
  }
  ~DelayAccounting() {
    if (!before_.empty()) std::ofstream(kSwitch) << before_;
  }
  explicit operator bool() const noexcept { return !before_.empty(); }

 private:
  static constexpr const char* kSwitch = "/proc/sys/kernel/task_delayacct";
  std::string before_;
};

// A file that is not only in memory, for who reads it directly.
class DiskFile {
 public:
  DiskFile() {
    file_ = Fd(::mkostemp(path_.data(), O_CLOEXEC));
    const std::string block(1 << 20, 'x');
    for (std::size_t at = 0; at < kFileBytes; at += block.size()) {
      if (::write(file_.get(), block.data(), block.size()) < 0) return;
    }
    ::fsync(file_.get());
    direct_ = Fd(::open(path_.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  }
  ~DiskFile() { ::unlink(path_.c_str()); }

  // Reads all of it as often, each block by itself.
  void read(int times) const {
    const std::unique_ptr<void, void (*)(void*)> buffer(std::aligned_alloc(kBlock, kBlock),
                                                        std::free);
    for (int i = 0; i < times; ++i) {
      for (std::size_t at = 0; at < kFileBytes; at += kBlock) {
        if (::pread(direct_.get(), buffer.get(), kBlock, static_cast<off_t>(at)) < 0) return;
      }
    }
  }
  bool is_readable() const {
    alignas(kBlock) std::array<char, kBlock> block{};
    return direct_ && ::pread(direct_.get(), block.data(), block.size(), 0) > 0;
  }

 private:
  std::string path_ = "/var/tmp/hx-blocked-XXXXXX";
  Fd file_, direct_;
};

// Field 42 of stat of a thread, or the main thread, in seconds.
double blocked(const std::string& task) {
  std::ifstream file("/proc/" + task + "/stat");
  std::string line;
  std::getline(file, line);
  const auto stat = parse_pid_stat(line);
  return stat ? static_cast<double>(stat->thread.counters.blocked_io_ns) * 1e-9 : 0;
}

struct BlockedGroups : NameGroups {
  double blocked(const char* group) {
    return scrape(*unit)["namedprocess_namegroup_blocked_seconds_total{groupname=\"" +
                         std::string(group) + "\",reason=\"io\"}"];
  }
};

bool is_close(double value, double truth, double ticks = 1) {
  return std::abs(value - truth) <= std::max(ticks * kTick, 0.02 * truth);
}

}  // namespace

TEST_CASE("blocked: who reads a disk directly is blocked for as long as its stat says") {
  const DelayAccounting accounting;
  const DiskFile file;
  if (!accounting || !file.is_readable()) {
    MESSAGE("skipped: no delay accounting, or no disk");
    return;
  }
  BlockedGroups groups;
  CHECK(reason_of(groups.sources, "blocked_time").empty());
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_NAME, "hx-reader");
    file.read(1000);
    ::_exit(0);
  }
  const auto task = std::to_string(pid);
  const auto stop = [&] {
    ::kill(pid, SIGSTOP);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED);
  };
  for (int i = 0; i < 100 && blocked(task) == 0; ++i) sleep_ms(10);
  stop();  // its first wait may last since boot, see BlockedGuard
  const double truth_before = blocked(task), before = groups.blocked("hx-reader");
  ::kill(pid, SIGCONT);
  for (int i = 0; i < 200 && blocked(task) < truth_before + 1; ++i) sleep_ms(50);
  stop();
  const double truth = blocked(task) - truth_before, after = groups.blocked("hx-reader");
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  MESSAGE((after - before) << " s of " << truth << " s");
  CHECK(truth > 0.5);
  CHECK(is_close(after - before, truth));
  CHECK(before < 10);
  CHECK(groups.blocked("hx-reader") >= after);
}

TEST_CASE("blocked: threads that end, and their process, are counted whole between two scrapes") {
  const DelayAccounting accounting;
  const DiskFile file;
  if (!accounting || !file.is_readable()) {
    MESSAGE("skipped: no delay accounting, or no disk");
    return;
  }
  BlockedGroups groups;
  auto* truth = static_cast<double*>(
      ::mmap(nullptr, kBlock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(truth != MAP_FAILED);
  const double before = groups.blocked("bpf_tests");
  const pid_t pid = ::fork();
  if (pid == 0) {
    std::array<double, 3> parts{};
    const auto work = [&](double& part) {
      file.read(2);
      part = blocked("thread-self");
      if (part > 60) part = 0;  // its first wait lasted since boot, see BlockedGuard
    };
    std::thread one([&] { work(parts[0]); }), two([&] { work(parts[1]); });
    one.join();
    two.join();
    work(parts[2]);
    *truth = parts[0] + parts[1] + parts[2];
    ::_exit(0);
  }
  ::waitpid(pid, nullptr, 0);
  double counted = 0;
  for (int i = 0; i < 100 && counted == 0; ++i) {
    sleep_ms(50);
    counted = groups.blocked("bpf_tests") - before;
  }
  MESSAGE(counted << " s of " << *truth << " s");
  CHECK(*truth > 0.2);
  CHECK(is_close(counted, *truth, 3));
  ::munmap(truth, kBlock);
}

}  // namespace hx::test
