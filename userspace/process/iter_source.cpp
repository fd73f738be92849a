// SPDX-License-Identifier: Apache-2.0
// Living processes from the kernel's task iterator, bpf/task_iter.bpf.c.
#include <time.h>

#include <cstring>

#include "loader/iterator.h"
#include "loader/skeleton.h"
#include "process/source.h"
#include "skeletons/task_iter.skel.h"

namespace hx {
namespace {

class IterSource final : public SnapshotSource {
 public:
  IterSource(Skeleton<task_iter_bpf> skeleton, Iterator iterator)
      : skeleton_(std::move(skeleton)), iterator_(std::move(iterator)) {}

  Status read(SnapshotListener& listener) override {
    bool malformed = false;
    auto ok = iterator_.read([&](std::span<const char> bytes) {
      while (!bytes.empty() && !malformed) malformed = !deliver(bytes, listener);
    });
    if (ok && malformed) return Error{EBADMSG, "read iterator: a record is cut short"};
    return ok;
  }

  std::uint64_t now_ns() const override {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec);
  }

  bool has_statistics() const override { return true; }

 private:
  // Copies a record off the front; the buffer has no alignment to speak of.
  template <class Record>
  static bool take(std::span<const char>& bytes, Record& record) {
    if (bytes.size() < sizeof(Record)) return false;
    std::memcpy(&record, bytes.data(), sizeof(Record));
    bytes = bytes.subspan(sizeof(Record));
    return true;
  }

  static bool deliver(std::span<const char>& bytes, SnapshotListener& listener) {
    task_thread thread;
    if (!take(bytes, thread)) return false;
    if (thread.pid != thread.tgid) {
      listener.on_thread(thread);
      return true;
    }
    task_process process;
    if (!take(bytes, process)) return false;
    listener.on_process(thread, process);
    return true;
  }

  Skeleton<task_iter_bpf> skeleton_;
  Iterator iterator_;
};

}  // namespace

Result<std::unique_ptr<SnapshotSource>> make_iter_source() {
  auto skeleton = Skeleton<task_iter_bpf>::open();
  if (!skeleton) return skeleton.error();
  if (auto ok = skeleton->load(); !ok) return ok.error();
  auto iterator = Iterator::attach((*skeleton)->progs.on_task);
  if (!iterator) return iterator.error();
  return std::make_unique<IterSource>(std::move(*skeleton), std::move(*iterator));
}

}  // namespace hx
