// SPDX-License-Identifier: Apache-2.0
// TCP connections and retransmissions of the whole host, from bpf/tcp.bpf.c.
#include <bpf/libbpf.h>

#include "bpf/tcp_abi.h"
#include "loader/map.h"
#include "loader/skeleton.h"
#include "probes/probe.h"
#include "skeletons/tcp.skel.h"

namespace hx {
namespace {

class Tcp final : public Collector {
 public:
  Tcp(Skeleton<tcp_bpf> skeleton, MappedArray<tcp_cpu> cpus)
      : skeleton_(std::move(skeleton)), cpus_(std::move(cpus)) {}

  Status collect(MetricSink& out) override {
    tcp_cpu sum{};
    for (const auto& cpu : cpus_) {
      sum.connects += cpu.connects;
      sum.accepts += cpu.accepts;
      sum.retransmits += cpu.retransmits;
    }
    out.counter("node_tcp_accepts_total",
                "TCP connections that others opened to here, in all network namespaces.")
        .add(sum.accepts);
    out.counter("node_tcp_connects_total",
                "TCP connections that were tried to open from here, in all network namespaces.")
        .add(sum.connects);
    out.counter("node_tcp_retransmits_total",
                "TCP segments that were sent again, in all network namespaces.")
        .add(sum.retransmits);
    return {};
  }

 private:
  Skeleton<tcp_bpf> skeleton_;
  MappedArray<tcp_cpu> cpus_;
};

}  // namespace

Result<CollectorPtr> make_tcp(const ProbeContext&) {
  auto skeleton = Skeleton<tcp_bpf>::open();
  if (!skeleton) return skeleton.error();
  const auto& maps = (*skeleton)->maps;
  bpf_map__set_max_entries(maps.tcp_counts, static_cast<std::uint32_t>(libbpf_num_possible_cpus()));
  if (auto ok = skeleton->load(); !ok) return ok.error();
  auto cpus = MappedArray<tcp_cpu>::of(maps.tcp_counts);
  if (!cpus) return cpus.error();
  if (auto ok = skeleton->attach(); !ok) return ok.error();
  return std::make_unique<Tcp>(std::move(*skeleton), std::move(*cpus));
}

}  // namespace hx
