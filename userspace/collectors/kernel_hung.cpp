// SPDX-License-Identifier: Apache-2.0
// Tasks that hung, from /proc/sys/kernel/hung_task_detect_count (Linux 6.13), see the kernel's
// Documentation/admin-guide/sysctl/kernel.rst.
#include "collectors/collector.h"

namespace hx {
namespace {

class KernelHung final : public Collector {
 public:
  explicit KernelHung(const HostFs& fs) : count_(fs, "proc/sys/kernel/hung_task_detect_count") {}

  Status collect(MetricSink& out) override {
    const auto count = count_.read_u64();
    if (!count) return count.error();
    out.counter("node_kernel_hung_tasks_total",
                "Total number of tasks that have been detected as hung since the system booted.")
        .add(*count);
    return {};
  }

 private:
  HotFile count_;
};

}  // namespace

Result<CollectorPtr> make_kernel_hung(const Context& context) {
  return std::make_unique<KernelHung>(context.fs);
}

}  // namespace hx
