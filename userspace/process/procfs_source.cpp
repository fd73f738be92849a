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

// What must not be taken for the end of a process: we are out of descriptors or of memory.
bool is_exhausted(const Error& error) noexcept {
  return error.code == EMFILE || error.code == ENFILE || error.code == ENOMEM;
}

bool is_gone(const Error& error) noexcept { return error.is_absent() || error.code == ESRCH; }

class ProcfsSource final : public SnapshotSource {
 public:
  ProcfsSource(const HostFs& fs, bool with_threads, bool read_guarded)
      : fs_(fs),
        facts_(fs, read_guarded),
        delays_(fs, "proc/sys/kernel/task_delayacct"),
        with_threads_(with_threads),
        read_guarded_(read_guarded) {}

  Status read(SnapshotListener& listener) override {
    const auto names = fs_.list("proc");
    if (!names) return names.error();
    ++pass_;
    // Absent before 5.14, where it is accounted unless the command line says otherwise.
    accounts_blocked_ = delays_.read_u64().value_or(1) != 0;
    pids_.clear();
    for (const auto& name : *names) {
      if (const auto pid = to_number<std::uint32_t>(name)) pids_.push_back(*pid);
    }
    std::sort(pids_.begin(), pids_.end());
    for (const auto pid : pids_) {
      if (auto ok = read_process(pid, listener); !ok) return ok;
    }
    std::erase_if(threaded_, [&](const auto& entry) { return entry.second.pass != pass_; });
    return {};
  }

  // Start times count from the boot of the tree that is read, which need not be ours.
  std::uint64_t now_ns() const override {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const auto text = fs_.read("proc/stat");
    const std::int64_t boot = text ? parse_boot_time(*text).value_or(0) : 0;
    const std::int64_t since_boot = (now.tv_sec - boot) * 1'000'000'000LL + now.tv_nsec;
    return since_boot > 0 ? static_cast<std::uint64_t>(since_boot) : 0;
  }

  std::uint64_t read_errors() const override { return read_errors_; }
  std::uint64_t partial_errors() const override { return partial_errors_; }

 private:
  struct KnownThread {
    std::uint32_t tid = 0;
    std::uint64_t start_ns = 0;
    std::uint64_t pass = 0;
    task_counters counters{};
  };

  // A process that has or had several threads. Of the ended ones /proc keeps neither switches nor
  // waits.
  struct Threaded {
    std::uint64_t start_ns = 0;
    std::uint64_t pass = 0;
    std::vector<KnownThread> threads;  // by tid
    task_counters ended{};
  };

  // What `parse` makes of a file; ESRCH for an empty one, as /proc shows of those that end.
  template <class T>
  Result<T> read_file(const std::string& path, std::optional<T> (*parse)(std::string_view)) const {
    const auto text = fs_.read(path);
    if (!text) return text.error();
    if (text->empty()) return Error{ESRCH, "read " + path};
    const auto value = parse(*text);
    if (!value) return Error{EBADMSG, "parse " + path};
    return *value;
  }

  Status read_process(std::uint32_t pid, SnapshotListener& listener) {
    const std::string directory = "proc/" + std::to_string(pid);
    auto stat = read_file(directory + "/stat", parse_pid_stat);
    if (!stat) return is_exhausted(stat.error()) ? Status(stat.error()) : Status();
    stat->process.virtual_pages /= page_bytes_;
    if (listener.is_ignored(stat->thread)) {
      listener.on_process(stat->thread, stat->process);
    } else if (auto ok = read_required(directory, *stat); ok) {
      deliver_process(pid, directory, *stat, listener);
    } else {
      if (!is_gone(ok.error())) ++read_errors_;
      listener.on_unreadable(stat->thread);
    }
    return {};
  }

  // Without status or limits a process is not counted in this pass.
  Status read_required(const std::string& directory, PidStat& stat) const {
    const auto status = read_file(directory + "/status", parse_pid_status);
    if (!status) return status.error();
    set_switches(stat.thread, *status);
    stat.process.euid = status->euid;
    stat.process.swapped_pages = status->swapped_bytes / page_bytes_;
    const auto limit = read_file(directory + "/limits", parse_fd_limit);
    if (!limit) return limit.error();
    stat.process.fd_limit = *limit;
    return {};
  }

  // io, descriptors and threads that are hidden from us are a partial error.
  void deliver_process(std::uint32_t pid, const std::string& directory, PidStat& stat,
                       SnapshotListener& listener) {
    bool complete = read_io(directory, stat.thread);
    const auto fds = facts_.open_fds(pid);
    stat.process.open_fds = fds.value_or(0);
    complete &= static_cast<bool>(fds);
    if (stat.process.threads > 1 || threaded_.contains(pid)) {
      complete &= deliver_threads(directory, stat, listener);
    } else {
      read_run_delay(directory, stat.thread);
      listener.on_process(stat.thread, stat.process);
    }
    if (!complete) ++partial_errors_;
  }

  static void set_switches(task_thread& thread, const PidStatus& status) {
    thread.counters.voluntary_switches = status.voluntary_switches;
    thread.counters.involuntary_switches = status.involuntary_switches;
  }

  bool read_io(const std::string& directory, task_thread& thread) const {
    if (!read_guarded_) return false;
    const auto io = read_file(directory + "/io", parse_pid_io);
    if (!io) return false;
    thread.counters.read_bytes = io->read_bytes;
    thread.counters.write_bytes = io->write_bytes;
    return true;
  }

  void read_run_delay(const std::string& directory, task_thread& thread) const {
    thread.counters.run_delay_ns = read_file(directory + "/schedstat", parse_run_delay).value_or(0);
  }

  // Without thread metrics only what the sums of the process lack: states, switches and waits.
  std::optional<task_thread> read_thread(const std::string& directory) const {
    task_thread thread{};
    if (with_threads_) {
      const auto stat = read_file(directory + "/stat", parse_pid_stat);
      if (!stat) return {};
      thread = stat->thread;
      read_io(directory, thread);
    } else if (accounts_blocked_) {
      const auto stat = read_file(directory + "/stat", parse_pid_stat);
      if (stat) thread.counters.blocked_io_ns = stat->thread.counters.blocked_io_ns;
    }
    const auto status = read_file(directory + "/status", parse_pid_status);
    if (!status) return {};
    set_switches(thread, *status);
    thread.state = status->state;
    read_run_delay(directory, thread);
    return thread;
  }

  // stat and io of a process speak for all its threads, the ended ones included: what the living do
  // not account for is the share of the ended.
  bool deliver_threads(const std::string& directory, const PidStat& whole,
                       SnapshotListener& listener) {
    Threaded& known = threaded_[whole.thread.pid];
    if (known.start_ns != whole.thread.start_ns) {
      known = {};
      known.start_ns = whole.thread.start_ns;
    }
    known.pass = pass_;
    const bool listed = read_threads(directory + "/task", known, whole.thread);
    task_counters living{};
    for (const auto& thread : threads_) add(living, thread.counters);
    task_process process = whole.process;
    process.ended = whole.thread.counters;
    for_each_field(process.ended, living,
                   [](auto& all, auto part) { all = all > part ? all - part : 0; });
    process.ended.voluntary_switches = known.ended.voluntary_switches;
    process.ended.involuntary_switches = known.ended.involuntary_switches;
    process.ended.run_delay_ns = known.ended.run_delay_ns;
    process.ended.blocked_io_ns = known.ended.blocked_io_ns;

    for (const auto& thread : threads_) {
      if (thread.pid != whole.thread.pid) {
        listener.on_thread(thread);
        continue;
      }
      // Its start time identifies the process, even where those of threads are not read.
      task_thread main = whole.thread;
      main.counters = thread.counters;
      listener.on_process(main, process);
    }
    return listed;
  }

  // Fills threads_; false where the directory cannot be read.
  bool read_threads(const std::string& directory, Threaded& known, const task_thread& whole) {
    threads_.clear();
    const auto names = fs_.list(directory);
    for (const auto& name : names.value_or({})) {
      const auto tid = to_number<std::uint32_t>(name);
      if (!tid) continue;
      auto thread = read_thread(directory + "/" + name);
      remember(known, *tid, thread);
      if (!thread) continue;
      thread->pid = *tid;
      thread->tgid = whole.pid;
      threads_.push_back(*thread);
    }
    if (names) end_missing(known);
    // The main thread stands for the process: without a file of its own, with nothing.
    if (std::none_of(threads_.begin(), threads_.end(),
                     [&](const auto& thread) { return thread.pid == whole.pid; })) {
      threads_.push_back(whole);
      threads_.back().counters = {};
    }
    std::sort(threads_.begin(), threads_.end(),
              [](const auto& a, const auto& b) { return a.pid < b.pid; });
    return static_cast<bool>(names);
  }

  // A thread that is listed lives on, even where its files cannot be read now.
  void remember(Threaded& known, std::uint32_t tid,
                const std::optional<task_thread>& thread) const {
    auto& list = known.threads;
    auto at = std::lower_bound(list.begin(), list.end(), tid,
                               [](const auto& t, std::uint32_t id) { return t.tid < id; });
    if (at == list.end() || at->tid != tid) at = list.insert(at, KnownThread{tid, 0, 0, {}});
    if (thread) {
      if (at->start_ns != thread->start_ns) add(known.ended, at->counters);
      at->start_ns = thread->start_ns;
      at->counters = thread->counters;
    }
    at->pass = pass_;
  }

  void end_missing(Threaded& known) const {
    std::erase_if(known.threads, [&](const auto& thread) {
      if (thread.pass == pass_) return false;
      add(known.ended, thread.counters);
      return true;
    });
  }

  const HostFs& fs_;
  const ProcFacts facts_;
  HotFile delays_;
  const bool with_threads_, read_guarded_;
  const std::uint64_t page_bytes_ = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::vector<std::uint32_t> pids_;                       // reused
  std::vector<task_thread> threads_;                      // reused, of one process
  std::unordered_map<std::uint32_t, Threaded> threaded_;  // by pid
  std::uint64_t pass_ = 0;
  bool accounts_blocked_ = false;
  std::uint64_t read_errors_ = 0;
  std::uint64_t partial_errors_ = 0;
};

}  // namespace

std::unique_ptr<SnapshotSource> make_procfs_source(const HostFs& fs, bool with_threads,
                                                   bool read_guarded) {
  return std::make_unique<ProcfsSource>(fs, with_threads, read_guarded);
}

}  // namespace hx
