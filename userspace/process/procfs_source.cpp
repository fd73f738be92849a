// SPDX-License-Identifier: Apache-2.0
// Living processes from /proc, where the kernel's iterator is not to be had.
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "process/counters.h"
#include "process/facts.h"
#include "process/procfs_stat.h"
#include "process/source.h"

namespace hx {
namespace {

class ProcfsSource final : public SnapshotSource {
 public:
  ProcfsSource(const HostFs& fs, bool with_threads)
      : fs_(fs), facts_(fs), with_threads_(with_threads) {}

  Status read(SnapshotListener& listener) override {
    const auto names = fs_.list("proc");
    if (!names) return names.error();
    ++pass_;
    pids_.clear();
    for (const auto& name : *names) {
      if (const auto pid = to_number<std::uint32_t>(name)) pids_.push_back(*pid);
    }
    std::sort(pids_.begin(), pids_.end());
    for (const auto pid : pids_) read_process(pid, listener);
    std::erase_if(limits_, [&](const auto& entry) { return entry.second.pass != pass_; });
    return {};
  }

  // Start times count from the boot of the tree that is read, which need not be ours.
  std::uint64_t now_ns() const override {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const std::int64_t since_epoch = now.tv_sec * 1'000'000'000LL + now.tv_nsec;
    const std::int64_t since_boot = since_epoch - boot_time_ns();
    return since_boot > 0 ? static_cast<std::uint64_t>(since_boot) : 0;
  }

  std::uint64_t partial_errors() const override { return partial_errors_; }

 private:
  struct Limit {
    std::uint64_t start_ns = 0;
    std::uint64_t fds = 0;
    std::uint64_t pass = 0;
  };

  std::int64_t boot_time_ns() const {
    const auto text = fs_.read("proc/stat");
    if (!text) return 0;
    const auto at = text->find("\nbtime ");
    if (at == std::string::npos) return 0;
    std::string_view rest = std::string_view(*text).substr(at + 7);
    return to_i64(cut(rest, '\n')).value_or(0) * 1'000'000'000;
  }

  Result<std::string> read_file(const std::string& directory, const char* name) const {
    return fs_.read(directory + "/" + name);
  }

  // A process of which stat, status or limits cannot be read is not there in this pass; io and
  // descriptors that are hidden from us are a partial error.
  void read_process(std::uint32_t pid, SnapshotListener& listener) {
    const std::string directory = "proc/" + std::to_string(pid);
    auto stat = read_stat(directory);
    if (!stat) return;
    auto& process = stat->process;
    process.virtual_pages /= page_bytes_;
    bool complete = true;
    if (!read_status(directory, stat->thread, &process)) return;
    const auto limit = fd_limit(pid, stat->thread.start_ns, directory);
    if (!limit) return;
    process.fd_limit = *limit;
    complete &= read_io(directory, stat->thread);
    const auto fds = facts_.open_fds(pid);
    process.open_fds = fds.value_or(0);
    complete &= static_cast<bool>(fds);
    read_run_delay(directory, stat->thread);
    if (process.threads > 1 && with_threads_) {
      complete &= deliver_threads(directory, *stat, listener);
    } else {
      listener.on_process(stat->thread, process);
    }
    if (!complete) ++partial_errors_;
  }

  std::optional<PidStat> read_stat(const std::string& directory) const {
    const auto text = read_file(directory, "stat");
    return text ? parse_pid_stat(*text) : std::nullopt;
  }

  bool read_status(const std::string& directory, task_thread& thread, task_process* process) const {
    const auto text = read_file(directory, "status");
    const auto status = text ? parse_pid_status(*text) : std::nullopt;
    if (!status) return false;
    thread.counters.voluntary_switches = status->voluntary_switches;
    thread.counters.involuntary_switches = status->involuntary_switches;
    if (process != nullptr) {
      process->euid = status->euid;
      process->swapped_pages = status->swapped_bytes / page_bytes_;
    }
    return true;
  }

  bool read_io(const std::string& directory, task_thread& thread) const {
    const auto text = read_file(directory, "io");
    const auto io = text ? parse_pid_io(*text) : std::nullopt;
    if (!io) return false;
    thread.counters.read_bytes = io->read_bytes;
    thread.counters.write_bytes = io->write_bytes;
    return true;
  }

  void read_run_delay(const std::string& directory, task_thread& thread) const {
    const auto text = read_file(directory, "schedstat");
    if (text) thread.counters.run_delay_ns = parse_run_delay(*text).value_or(0);
  }

  // Limits are read once a process: they rarely change.
  std::optional<std::uint64_t> fd_limit(std::uint32_t pid, std::uint64_t start_ns,
                                        const std::string& directory) {
    Limit& limit = limits_[pid];
    if (limit.pass == 0 || limit.start_ns != start_ns) {
      const auto text = read_file(directory, "limits");
      const auto fds = text ? parse_fd_limit(*text) : std::nullopt;
      if (!fds) return std::nullopt;
      limit = {.start_ns = start_ns, .fds = *fds};
    }
    limit.pass = pass_;
    return limit.fds;
  }

  // stat of a process speaks for all its threads, the ended ones included: what the living do not
  // account for is the share of the ended.
  bool deliver_threads(const std::string& directory, const PidStat& whole,
                       SnapshotListener& listener) {
    const auto names = fs_.list(directory + "/task");
    if (!names) {
      listener.on_process(whole.thread, whole.process);
      return false;
    }
    threads_.clear();
    task_counters living{};
    for (const auto& name : *names) {
      const std::string task = directory + "/task/" + name;
      auto stat = read_stat(task);
      if (!stat || !read_status(task, stat->thread, nullptr)) continue;
      read_io(task, stat->thread);
      read_run_delay(task, stat->thread);
      stat->thread.tgid = whole.thread.tgid;
      add(living, stat->thread.counters);
      threads_.push_back(stat->thread);
    }
    std::sort(threads_.begin(), threads_.end(),
              [](const auto& a, const auto& b) { return a.pid < b.pid; });
    task_process process = whole.process;
    process.ended = whole.thread.counters;
    for_each_field(process.ended, living,
                   [](auto& all, auto part) { all = all > part ? all - part : 0; });
    deliver(whole.thread, process, listener);
    return true;
  }

  void deliver(const task_thread& whole, const task_process& process, SnapshotListener& listener) {
    bool has_main = false;
    for (const auto& thread : threads_) {
      if (thread.pid == thread.tgid) {
        listener.on_process(thread, process);
        has_main = true;
      } else {
        listener.on_thread(thread);
      }
    }
    if (!has_main) listener.on_process(whole, process);
  }

  const HostFs& fs_;
  const ProcFacts facts_;
  const bool with_threads_;
  const std::uint64_t page_bytes_ = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::vector<std::uint32_t> pids_;   // reused
  std::vector<task_thread> threads_;  // reused
  std::unordered_map<std::uint32_t, Limit> limits_;
  std::uint64_t pass_ = 0;
  std::uint64_t partial_errors_ = 0;
};

}  // namespace

std::unique_ptr<SnapshotSource> make_procfs_source(const HostFs& fs, bool with_threads) {
  return std::make_unique<ProcfsSource>(fs, with_threads);
}

}  // namespace hx
