// SPDX-License-Identifier: Apache-2.0
// TCP connections and retransmissions of the whole host and of name groups, from bpf/tcp.bpf.c.
#include <bpf/libbpf.h>

#include <memory>

#include "bpf/tcp_abi.h"
#include "loader/features.h"
#include "loader/map.h"
#include "loader/skeleton.h"
#include "probes/probe.h"
#include "probes/task_groups.h"
#include "skeletons/tcp.skel.h"

namespace hx {
namespace {

class Tcp final : public Collector {
 public:
  Tcp(std::shared_ptr<const Skeleton<tcp_bpf>> skeleton, MappedArray<tcp_cpu> cpus)
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
  std::shared_ptr<const Skeleton<tcp_bpf>> skeleton_;  // owns the programs and the map
  MappedArray<tcp_cpu> cpus_;
};

class TcpGroups final : public TcpSource {
 public:
  TcpGroups(std::shared_ptr<const Skeleton<tcp_bpf>> skeleton, MappedArray<tcp_group> groups,
            bool has_bytes)
      : skeleton_(std::move(skeleton)), groups_(std::move(groups)), has_bytes_(has_bytes) {}

  tcp_group read(std::uint32_t number, std::size_t) const override {
    return groups_.begin()[number];
  }
  bool has_bytes() const override { return has_bytes_; }

 private:
  std::shared_ptr<const Skeleton<tcp_bpf>> skeleton_;  // owns the programs and the map
  MappedArray<tcp_group> groups_;
  const bool has_bytes_;
};

// What this kernel lets be told by group.
struct Features {
  const GroupNumbers* numbers = nullptr;
  bool bytes = false;
};

Result<Skeleton<tcp_bpf>> load(const Features& features) {
  auto skeleton = Skeleton<tcp_bpf>::open();
  if (!skeleton) return skeleton.error();
  auto& s = *skeleton;
  const bool by_group = features.numbers != nullptr;
  s->rodata->by_group = by_group;
  bpf_map__set_max_entries(s->maps.tcp_counts, possible_cpus());
  for (auto* program : {s->progs.on_sock_send_length, s->progs.on_sock_recv_length}) {
    bpf_program__set_autoload(program, features.bytes);
  }
  for (auto* map : {s->maps.tcp_groups, s->maps.tcp_sockets}) {
    bpf_map__set_autocreate(map, by_group);
  }
  if (auto ok = share_task_groups(s, features.numbers); !ok) return ok.error();
  if (auto ok = s.load(); !ok) return ok.error();
  return skeleton;
}

// 40e0b09081420 ("net/sock: Introduce trace_sk_data_ready and sock_{send,recv}_length"), 6.3.
Status check_bytes() {
  const auto types = KernelTypes::load();
  if (!types) return types.error();
  if (types->has_tracepoint("sock_send_length") && types->has_tracepoint("sock_recv_length")) {
    return {};
  }
  return Error{ENOTSUP, "this kernel has no tracepoint of what sockets send and receive"};
}

}  // namespace

Result<CollectorPtr> make_tcp(const ProbeContext& context) {
  Features features;
  if (context.groups != nullptr) features.numbers = context.groups->numbers.get();
  if (features.numbers != nullptr) {
    const auto ok = check_bytes();
    context.tell("tcp_bytes", ok);
    features.bytes = static_cast<bool>(ok);
  }
  auto loaded = load(features);
  if (features.numbers != nullptr) {
    context.tell("tcp_groups", loaded ? Status() : loaded.error());
    if (!loaded) {
      features = {};
      loaded = load(features);
    }
  }
  if (!loaded) return loaded.error();
  const auto skeleton = std::make_shared<Skeleton<tcp_bpf>>(std::move(*loaded));
  const auto& maps = (*skeleton)->maps;
  auto cpus = MappedArray<tcp_cpu>::of(maps.tcp_counts);
  if (!cpus) return cpus.error();
  if (features.numbers != nullptr) {
    auto groups = MappedArray<tcp_group>::of(maps.tcp_groups);
    if (!groups) return groups.error();
    context.groups->tcp = std::make_shared<TcpGroups>(skeleton, std::move(*groups), features.bytes);
  }
  if (auto ok = skeleton->attach(); !ok) return ok.error();
  return std::make_unique<Tcp>(skeleton, std::move(*cpus));
}

}  // namespace hx
