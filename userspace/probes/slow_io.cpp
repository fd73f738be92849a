// SPDX-License-Identifier: Apache-2.0
// Single slow block requests for /debug/events, from bpf/slow_io.bpf.c.
#include <bpf/libbpf.h>

#include <mutex>

#include "bpf/slow_io_abi.h"
#include "loader/ring.h"
#include "loader/skeleton.h"
#include "probes/block_names.h"
#include "probes/probe.h"
#include "skeletons/slow_io.skel.h"

namespace hx {
namespace {

class SlowIo final : public Collector {
 public:
  static Result<CollectorPtr> make(const ProbeContext& context, Skeleton<slow_io_bpf> skeleton) {
    std::unique_ptr<SlowIo> probe(new SlowIo(context.fs, std::move(skeleton), *context.events));
    const int ring = bpf_map__fd(probe->skeleton_->maps.slow_requests);
    probe->ring_.reset(ring_buffer__new(ring, on_event, probe.get(), nullptr));
    if (!probe->ring_) return Error{errno, "map ring buffer of slow_io"};
    if (auto ok = probe->skeleton_.attach(); !ok) return ok.error();
    context.events->add_source([self = probe.get()] { (void)self->drain(); });
    return CollectorPtr(std::move(probe));
  }

  Status collect(MetricSink& out) override {
    auto ok = drain();
    out.counter("host_exporter_slow_io_events_dropped_total",
                "Slow block requests that /debug/events does not show for want of room.")
        .add(skeleton_->bss->lost);
    return ok;
  }

 private:
  SlowIo(const HostFs& fs, Skeleton<slow_io_bpf> skeleton, EventLog& events)
      : skeleton_(std::move(skeleton)), names_(fs), events_(events) {}

  Status drain() {
    const std::lock_guard lock(mutex_);
    const int result = ring_buffer__consume(ring_.get());
    return result < 0 ? Status(Error{-result, "drain ring buffer of slow_io"}) : Status();
  }

  // Called by libbpf for each record of the ring, which holds 8-byte aligned data.
  static int on_event(void* context, void* data, std::size_t) {
    static_cast<SlowIo*>(context)->record(*static_cast<const slow_io*>(data));
    return 0;
  }

  void record(const slow_io& request) {
    const auto seconds = [](std::uint64_t ns) {
      return std::to_string(static_cast<double>(ns) / 1e9);
    };
    const auto status = request.error == 0 ? "ok" : block_status_name(request.error);
    events_.add("slow_io", "\"device\":" + json_string(names_.name(request.major, request.minor)) +
                               ",\"op\":" + json_string(block_op_name(request.op)) +
                               ",\"status\":" + json_string(status) +
                               ",\"bytes\":" + std::to_string(request.bytes) +
                               ",\"end_seconds\":" + seconds(request.end_ns) +
                               ",\"latency_seconds\":" + seconds(request.latency_ns));
  }

  Skeleton<slow_io_bpf> skeleton_;
  RingPtr ring_;
  std::mutex mutex_;  // a scrape, or who asks for events
  DiskNames names_;
  EventLog& events_;
};

}  // namespace

Result<CollectorPtr> make_slow_io(const ProbeContext& context) {
  if (context.events == nullptr) return Error{EPERM, "single events are not to be told"};
  auto skeleton = Skeleton<slow_io_bpf>::open();
  if (!skeleton) return skeleton.error();
  (*skeleton)->rodata->slow_ns = static_cast<std::uint64_t>(context.options.slow_io.count());
  if (auto ok = skeleton->load(); !ok) return ok.error();
  return SlowIo::make(context, std::move(*skeleton));
}

}  // namespace hx
