// SPDX-License-Identifier: Apache-2.0
// Where processes come from. The tracker does not know which source it has: the kernel's task
// iterator or /proc fill the same records (bpf/task_iter_abi.h), times since boot in nanoseconds.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "base/host_fs.h"
#include "base/result.h"
#include "bpf/task_abi.h"
#include "metrics/sink.h"

namespace hx {

// Of task_thread.flags, include/linux/sched.h.
enum : std::uint32_t {
  kPfWorker = 0x20,         // PF_WQ_WORKER
  kPfKthread = 0x00200000,  // PF_KTHREAD
};

// A comm of the records, which the kernel ends by a NUL.
inline std::string_view text_of(std::span<const char, TASK_COMM_BYTES> comm) noexcept {
  return {comm.data(), ::strnlen(comm.data(), comm.size())};
}

// Told of the processes that live, in the order of their thread ids.
class SnapshotListener {
 public:
  virtual void on_process(const task_thread& main, const task_process& process) = 0;
  virtual void on_thread(const task_thread& thread) = 0;
  // It is there, but more than its stat file cannot be read: what is known of it stays.
  virtual void on_unreadable(const task_thread& main) = 0;
  // In no group for good, so that nothing of it matters but the time that stat shows.
  virtual bool is_ignored(const task_thread& main) const = 0;

 protected:
  ~SnapshotListener() = default;
};

class SnapshotSource {
 public:
  virtual ~SnapshotSource() = default;

  // One pass over all processes. What vanishes meanwhile is left out.
  virtual Status read(SnapshotListener& listener) = 0;
  // Now, on the clock of task_thread.start_ns.
  virtual std::uint64_t now_ns() const = 0;
  // Whether it knows what the scheduler's statistics say of a task.
  virtual bool has_statistics() const { return false; }
  // Processes that could not be read, or not all of their files, since start (/proc only).
  virtual std::uint64_t read_errors() const { return 0; }
  virtual std::uint64_t partial_errors() const { return 0; }
};

// Told of births and deaths, in the order in which they happened.
class LifeListener {
 public:
  virtual void on_fork(const task_fork& fork) = 0;
  virtual void on_exec(const task_exec& exec, std::string_view args) = 0;
  virtual void on_thread_end(const task_thread_end& end) = 0;
  virtual void on_process_end(const task_process_end& end) = 0;

 protected:
  ~LifeListener() = default;
};

// The maps through which another program on sched_switch may report deaths.
struct DeathMaps {
  int events_fd = -1;
  int overflow_fd = -1;
  int lost_fd = -1;
  std::uint32_t wakeup_bytes = 0;  // when there are so many in the ring, who drains it is woken
};

class LifeSource {
 public:
  virtual ~LifeSource() = default;

  // Births are told from the beginning. Deaths need a program on sched_switch: the one of
  // probes/sched.cpp, which is given the maps, or else our own.
  virtual DeathMaps death_maps() const = 0;
  // The other program is attached.
  virtual void deaths_are_reported() noexcept = 0;
  // Attaches our own program unless another one reports them already.
  virtual Status ensure_deaths() = 0;

  // Delivers what has happened since the last call.
  virtual Status drain(LifeListener& listener) = 0;
  // Signalled when the buffer fills up: drain then, or events will be lost.
  virtual int event_fd() const = 0;
  // Run time of the dead for which there was no room, summed over all of them.
  virtual Result<std::uint64_t> overflow_ns() = 0;
  virtual task_lost lost() const = 0;
};

Result<std::unique_ptr<SnapshotSource>> make_iter_source();
// Of files that ptrace(2)'s rule guards only with `read_guarded`.
std::unique_ptr<SnapshotSource> make_procfs_source(const HostFs& fs, bool with_threads,
                                                   bool read_guarded);
Result<std::unique_ptr<LifeSource>> make_life_source();

}  // namespace hx
