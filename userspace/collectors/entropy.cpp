// SPDX-License-Identifier: Apache-2.0
// The kernel's pool of random bits from /proc/sys/kernel/random, see random(4).
#include "collectors/collector.h"

namespace hx {
namespace {

class Entropy final : public Collector {
 public:
  explicit Entropy(const Context& context)
      : available_(context.fs, "proc/sys/kernel/random/entropy_avail"),
        pool_size_(context.fs, "proc/sys/kernel/random/poolsize") {}

  Status collect(MetricSink& out) override {
    const auto available = available_.read_u64();
    if (!available) return available.error();
    const auto pool_size = pool_size_.read_u64();
    if (!pool_size) return pool_size.error();

    out.gauge("node_entropy_available_bits", "Bits of available entropy.").add(*available);
    out.gauge("node_entropy_pool_size_bits", "Bits of entropy pool.").add(*pool_size);
    return {};
  }

 private:
  HotFile available_, pool_size_;
};

}  // namespace

Result<CollectorPtr> make_entropy(const Context& context) {
  return std::make_unique<Entropy>(context);
}

}  // namespace hx
