// SPDX-License-Identifier: Apache-2.0
// Throttling by CPU quotas, against what the control group's own file says.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bpf/support.h"

namespace hx::test {
namespace {

namespace fs = std::filesystem;

bool write(const fs::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text << std::flush;
  return static_cast<bool>(out);
}

// A control group that may use a fifth of a CPU, in the version that has the cpu controller here.
class QuotaGroup {
 public:
  QuotaGroup() {
    if (::mkdtemp(mount_.data()) == nullptr) return;
    if (::mount("none", mount_.c_str(), "cgroup2", 0, nullptr) == 0) {
      write(mount_ + "/cgroup.subtree_control", "+cpu");
      if (make("cpu.max", "20000 100000")) return;
      ::umount2(mount_.c_str(), MNT_DETACH);
    }
    for (const char* controllers : {"cpu", "cpu,cpuacct"}) {
      if (::mount("none", mount_.c_str(), "cgroup", 0, controllers) != 0) continue;
      if (make("cpu.cfs_quota_us", "20000")) return;
      ::umount2(mount_.c_str(), MNT_DETACH);
    }
  }
  ~QuotaGroup() {
    if (!dir_.empty()) ::rmdir(dir_.c_str());
    ::umount2(mount_.c_str(), MNT_DETACH);
    ::rmdir(mount_.c_str());
  }

  explicit operator bool() const noexcept { return !dir_.empty(); }

  void enter() const { write(dir_ / "cgroup.procs", "0"); }

  double throttled_seconds() const {
    std::ifstream file(dir_ / "cpu.stat");
    std::string name;
    double value = 0;
    while (file >> name >> value) {
      if (name == "throttled_usec") return value * 1e-6;
      if (name == "throttled_time") return value * 1e-9;
    }
    return 0;
  }

 private:
  bool make(const char* limit, const char* value) {
    const fs::path dir = fs::path(mount_) / ("hx-quota-" + std::to_string(::getpid()));
    std::error_code failed;
    if (!fs::create_directory(dir, failed)) return false;
    if (fs::exists(dir / limit, failed) && write(dir / limit, value)) {
      dir_ = dir;
      return true;
    }
    ::rmdir(dir.c_str());
    return false;
  }

  std::string mount_ = "/tmp/hx-cgroup-XXXXXX";
  fs::path dir_;
};

std::string of(const char* family) {
  return std::string("namedprocess_namegroup_") + family + "{groupname=\"hx-quota\"}";
}

}  // namespace

TEST_CASE("quota: a group is throttled for as long as its control group says") {
  const QuotaGroup control_group;
  if (!control_group) {
    MESSAGE("skipped: no cpu controller here");
    return;
  }
  NameGroups groups;
  auto before = scrape(*groups.unit);
  const auto* const kAll = "host_exporter_cpu_quota_throttled_seconds_total";
  CHECK(before.count(kAll) == 1);
  CHECK(before.count(of("cpu_quota_throttled_seconds_total")) == 0);

  const NamedProgram program(HX_SPIN, "hx-quota");
  std::array<pid_t, 2> pids{};
  for (auto& pid : pids) {
    pid = ::fork();
    if (pid == 0) {
      control_group.enter();
      ::execl(program.path().c_str(), program.path().c_str(), "20000", nullptr);
      ::_exit(127);
    }
  }
  sleep_ms(2500);
  for (const auto pid : pids) ::kill(pid, SIGSTOP);
  sleep_ms(500);  // who is throttled stops when its time has come
  auto after = scrape(*groups.unit);
  const double truth = control_group.throttled_seconds();
  for (const auto pid : pids) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  const double counted = after[of("cpu_quota_throttled_seconds_total")];
  const double waited = after[of("runqueue_wait_seconds_total")];
  MESSAGE(counted << " s of " << truth << " s, waited " << waited << " s");
  CHECK(truth > 1);
  CHECK(std::abs(counted - truth) <= 0.02 * truth);
  CHECK(after[kAll] - before[kAll] >= counted);
  // Who is throttled waits.
  CHECK(waited >= 0.9 * counted);
}

}  // namespace hx::test
