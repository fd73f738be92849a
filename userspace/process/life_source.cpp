// SPDX-License-Identifier: Apache-2.0
// Births and deaths of processes from the ring buffer of bpf/task.bpf.c.
#include <bpf/libbpf.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "loader/map.h"
#include "loader/ring.h"
#include "loader/skeleton.h"
#include "process/source.h"
#include "skeletons/task.skel.h"

namespace hx {
namespace {

// A power of two, as the kernel wants it.
std::uint32_t ring_bytes() {
  const auto cpus = std::bit_ceil(possible_cpus());
  return std::clamp<std::uint32_t>(cpus, 2, TASK_RING_MAX_BYTES / TASK_RING_CPU_BYTES) *
         TASK_RING_CPU_BYTES;
}

class RingLifeSource final : public LifeSource {
 public:
  static Result<std::unique_ptr<LifeSource>> make() {
    auto skeleton = Skeleton<task_bpf>::open();
    if (!skeleton) return skeleton.error();
    // Loaded but not attached: whether it is needed turns out later.
    bpf_program__set_autoattach((*skeleton)->progs.on_sched_switch, false);
    const auto ring = ring_bytes();
    bpf_map__set_max_entries((*skeleton)->maps.task_events, ring);
    (*skeleton)->rodata->wakeup_bytes = ring / 4;
    if (auto ok = skeleton->load(); !ok) return ok.error();
    auto overflow = Overflow::of((*skeleton)->maps.task_overflow);
    if (!overflow) return overflow.error();
    auto lost = Lost::of((*skeleton)->maps.task_lost);
    if (!lost) return lost.error();
    std::unique_ptr<RingLifeSource> source(
        new RingLifeSource(std::move(*skeleton), std::move(*overflow), std::move(*lost)));
    source->ring_.reset(ring_buffer__new(source->event_fd(), on_event, source.get(), nullptr));
    if (!source->ring_) return Error{errno, "map ring buffer of task"};
    if (auto ok = source->skeleton_.attach(); !ok) return ok.error();
    return std::unique_ptr<LifeSource>(std::move(source));
  }

  DeathMaps death_maps() const override {
    const auto& maps = skeleton_->maps;
    return {.events_fd = bpf_map__fd(maps.task_events),
            .overflow_fd = bpf_map__fd(maps.task_overflow),
            .lost_fd = bpf_map__fd(maps.task_lost),
            .wakeup_bytes = skeleton_->rodata->wakeup_bytes};
  }

  void deaths_are_reported() noexcept override { deaths_are_reported_ = true; }

  Status ensure_deaths() override {
    if (deaths_are_reported_) return {};
    bpf_link* link = bpf_program__attach(skeleton_->progs.on_sched_switch);
    if (link == nullptr) return bpf_error("attach", -errno);
    skeleton_->links.on_sched_switch = link;
    deaths_are_reported_ = true;
    return {};
  }

  Status drain(LifeListener& listener) override {
    listener_ = &listener;
    const int result = ring_buffer__consume(ring_.get());
    listener_ = nullptr;
    if (result < 0) return Error{-result, "drain ring buffer of task"};
    return {};
  }

  int event_fd() const override { return bpf_map__fd(skeleton_->maps.task_events); }

  Result<std::uint64_t> overflow_ns() override {
    std::uint64_t sum = 0;
    if (lost().process_ends == 0) return sum;
    const auto entries = overflow_.read();
    if (!entries) return entries.error();
    for (const auto& entry : **entries) sum += entry.value.runtime_ns;
    return sum;
  }

  task_lost lost() const override { return *lost_.begin(); }

 private:
  using Overflow = HashView<task_overflow_key, task_overflow>;
  using Lost = MappedArray<task_lost>;

  RingLifeSource(Skeleton<task_bpf> skeleton, Overflow overflow, Lost lost)
      : skeleton_(std::move(skeleton)), overflow_(std::move(overflow)), lost_(std::move(lost)) {}

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
  Lost lost_;
  RingPtr ring_;
  LifeListener* listener_ = nullptr;
  bool deaths_are_reported_ = false;
};

}  // namespace

Result<std::unique_ptr<LifeSource>> make_life_source() { return RingLifeSource::make(); }

}  // namespace hx
