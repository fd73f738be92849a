// SPDX-License-Identifier: Apache-2.0
#include "app/privileges.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <functional>
#include <semaphore>
#include <string>
#include <thread>

#include "app/permissions.h"
#include "app/seccomp.h"
#include "base/host_fs.h"

namespace hx::test {
namespace {

constexpr CapabilitySet kReadAll = 1U << 2, kPtrace = 1U << 19, kAdmin = 1U << 21,
                        kPerfmon = 1ULL << 38, kBpf = 1ULL << 39;

// In a process of its own, for what is done cannot be undone. Returns what `body` does, at most
// 255.
int in_child(const std::function<int()>& body) {
  const auto pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// The lines of all threads' status files that begin so.
std::vector<std::string> of_all_threads(const std::string& key) {
  std::vector<std::string> lines;
  for (const auto& thread : list_directory("/proc/self/task").value_or({})) {
    std::ifstream file("/proc/self/task/" + thread + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(key)) lines.push_back(line);
    }
  }
  return lines;
}

bool is_refused(long result) { return result == -1 && errno == EPERM; }

}  // namespace

TEST_CASE("privileges: the level within capabilities is that of what they can feed in full") {
  CHECK(level_within(0) == 3);
  CHECK(level_within(kBpf) == 3);
  CHECK(level_within(kPerfmon | kPtrace | kReadAll) == 3);
  CHECK(level_within(kBpf | kPerfmon) == 1);
  CHECK(level_within(kBpf | kPerfmon | kPtrace) == 1);
  CHECK(level_within(kBpf | kPerfmon | kPtrace | kReadAll) == -1);
  CHECK(level_within(kAdmin | kPtrace | kReadAll) == -1);  // before Linux 5.8
}

TEST_CASE("privileges: serving needs no more than the files of its level") {
  Options options;
  CHECK(needed_to_serve(3, options, true) == 0);
  CHECK(needed_to_serve(2, options, false) == 0);
  CHECK(needed_to_serve(1, options, true) == kBpf);
  CHECK(needed_to_serve(0, options, false) == (kPtrace | kReadAll));
  options.collectors = {"perf"};
  CHECK(needed_to_serve(0, options, false) == (kPtrace | kReadAll | kPerfmon));
  CHECK(needed_to_serve(1, options, false) == 0);
}

TEST_CASE("privileges: every thread loses what is not kept, and for good") {
  for (const CapabilitySet keep : {CapabilitySet{0}, kPtrace | kReadAll}) {
    CAPTURE(keep);
    const int result = in_child([&] {
      std::binary_semaphore end(0);
      std::thread other([&] { end.acquire(); });
      if (!keep_only(keep)) return 1;
      const auto left = capabilities() & ~keep;
      int bad = left == 0 ? 0 : 2;
      if (of_all_threads("NoNewPrivs:") != std::vector<std::string>(2, "NoNewPrivs:\t1")) bad = 3;
      if (of_all_threads("CapPrm:") != std::vector<std::string>(2, of_all_threads("CapPrm:")[0])) {
        bad = 4;
      }
      if (::prctl(PR_CAPBSET_READ, 21) == 1 && ::geteuid() == 0) bad = 5;
      end.release();
      other.join();
      return bad;
    });
    CHECK(result == 0);
  }
}

TEST_CASE("seccomp: what serving does not need fails, in threads that run already too") {
  const int result = in_child([] {
    std::binary_semaphore confined(0);
    int bad = 0;
    std::thread other([&] {
      confined.acquire();
      char* const none[] = {nullptr};
      if (!is_refused(::execve("/bin/true", none, none))) bad = 1;
      if (!is_refused(::open("/dev/null", O_WRONLY))) bad = 2;
      if (!is_refused(::open("/tmp/none", O_RDONLY | O_CREAT, 0600))) bad = 3;
      if (!is_refused(::socket(AF_PACKET, SOCK_RAW, 0))) bad = 4;
      if (!is_refused(::mount("none", "/", "tmpfs", 0, nullptr))) bad = 5;
      bpf_attr attr{};
      if (!is_refused(::syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr))) bad = 6;
      if (!is_refused(::setsid())) bad = 7;
    });
    if (!confine()) bad = 8;
    confined.release();
    other.join();
    return bad;
  });
  CHECK(result == 0);
}

TEST_CASE("seccomp: what serving needs goes on") {
  const int result = in_child([] {
    if (!confine()) return 1;
    if (read_file("/proc/self/stat").value_or("").empty()) return 2;
    int sum = 0;
    std::thread([&] { sum = 1; }).join();
    if (sum != 1) return 3;
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    return fd < 0 || ::close(fd) != 0 ? 4 : 0;
  });
  CHECK(result == 0);
}

}  // namespace hx::test
