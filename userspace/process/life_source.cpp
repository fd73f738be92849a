// SPDX-License-Identifier: Apache-2.0
// Births and deaths of processes from the ring buffer of bpf/task.bpf.c.
#include <bpf/libbpf.h>

#include <cstring>

#include "loader/map.h"
#include "loader/skeleton.h"
#include "process/source.h"
#include "skeletons/task.skel.h"

namespace hx {
namespace {

struct FreeRing {
  void operator()(ring_buffer* ring) const noexcept { ring_buffer__free(ring); }
};

void add(task_counters& sum, const task_counters& c) {
  sum.runtime_ns += c.runtime_ns;
  sum.utime_ns += c.utime_ns;
  sum.stime_ns += c.stime_ns;
}

class RingLifeSource final : public LifeSource {
 public:
  static Result<std::unique_ptr<LifeSource>> make() {
    auto skeleton = Skeleton<task_bpf>::open();
    if (!skeleton) return skeleton.error();
    if (auto ok = skeleton->load(); !ok) return ok.error();
    auto overflow = Overflow::of((*skeleton)->maps.overflow);
    if (!overflow) return overflow.error();
    std::unique_ptr<RingLifeSource> source(
        new RingLifeSource(std::move(*skeleton), std::move(*overflow)));
    source->ring_.reset(ring_buffer__new(bpf_map__fd(source->skeleton_->maps.events), on_event,
                                         source.get(), nullptr));
    if (!source->ring_) return Error{errno, "map ring buffer of task"};
    if (auto ok = source->skeleton_.attach(); !ok) return ok.error();
    return std::unique_ptr<LifeSource>(std::move(source));
  }

  Status drain(LifeListener& listener) override {
    listener_ = &listener;
    const int result = ring_buffer__consume(ring_.get());
    listener_ = nullptr;
    if (result < 0) return Error{-result, "drain ring buffer of task"};
    return {};
  }

  int event_fd() const override { return bpf_map__fd(skeleton_->maps.events); }

  Result<task_counters> overflow() override {
    task_counters sum{};
    if (lost().process_ends == 0) return sum;
    const auto entries = overflow_.read();
    if (!entries) return entries.error();
    for (const auto& entry : **entries) add(sum, entry.value.counters);
    return sum;
  }

  task_lost lost() const override {
    task_lost copy;
    std::memcpy(&copy, &skeleton_->bss->lost, sizeof(copy));
    return copy;
  }

 private:
  using Overflow = HashView<task_overflow_key, task_overflow>;

  RingLifeSource(Skeleton<task_bpf> skeleton, Overflow overflow)
      : skeleton_(std::move(skeleton)), overflow_(std::move(overflow)) {}

  // Called by libbpf for each record of the ring, which holds 8-byte aligned data.
  static int on_event(void* context, void* data, std::size_t size) {
    static_cast<RingLifeSource*>(context)->dispatch(data, size);
    return 0;
  }

  void dispatch(const void* data, std::size_t size) {
    switch (static_cast<const task_event*>(data)->type) {
      case TASK_EVENT_FORK: listener_->on_fork(*static_cast<const task_fork*>(data)); break;
      case TASK_EVENT_EXEC: {
        const auto& exec = *static_cast<const task_exec*>(data);
        const std::size_t room = size - offsetof(task_exec, args);
        listener_->on_exec(exec, {exec.args, std::min<std::size_t>(exec.args_bytes, room)});
        break;
      }
      case TASK_EVENT_THREAD_END:
        listener_->on_thread_end(*static_cast<const task_thread_end*>(data));
        break;
      case TASK_EVENT_PROCESS_END:
        listener_->on_process_end(*static_cast<const task_process_end*>(data));
        break;
      default: break;
    }
  }

  Skeleton<task_bpf> skeleton_;
  Overflow overflow_;
  std::unique_ptr<ring_buffer, FreeRing> ring_;
  LifeListener* listener_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<LifeSource>> make_life_source() { return RingLifeSource::make(); }

}  // namespace hx
