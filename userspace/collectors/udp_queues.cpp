// SPDX-License-Identifier: Apache-2.0
// Bytes waiting in the queues of all UDP sockets, from /proc/net/udp and udp6, see proc(5).
#include "collectors/collector.h"

namespace hx {
namespace {

struct Queues {
  std::uint64_t tx = 0, rx = 0;
};

// "  28: 0100007F:0035 00000000:0000 07 00000000:00000000 ...": the fifth field has both lengths.
std::optional<Queues> parse_socket(std::string_view line) {
  for (int i = 0; i < 4; ++i) next_field(line);
  auto field = next_field(line);
  const auto tx = hex_to_u64(cut(field, ':'));
  const auto rx = hex_to_u64(field);
  if (!tx || !rx) return std::nullopt;
  return Queues{*tx, *rx};
}

Result<Queues> read_queues(HotFile& file) {
  auto text = file.read();
  if (!text) return text.error();
  Queues total;
  std::string_view line;
  while (next_line(*text, line)) {
    const auto queues = parse_socket(line);
    if (!queues) continue;  // the line of names, too
    total.tx += queues->tx;
    total.rx += queues->rx;
  }
  return total;
}

class UdpQueues final : public Collector {
 public:
  explicit UdpQueues(const HostFs& fs) : v4_(fs, "proc/net/udp"), v6_(fs, "proc/net/udp6") {}

  // A host may do without one of the protocols.
  Status collect(MetricSink& out) override {
    const auto v4 = read_queues(v4_);
    if (!v4 && !v4.error().is_absent()) return v4.error();
    const auto v6 = read_queues(v6_);
    if (!v6 && !v6.error().is_absent()) return v6.error();
    if (!v4 && !v6) return v4.error();

    auto family = out.gauge("node_udp_queues",
                            "Number of allocated memory in the kernel for UDP datagrams in bytes.");
    const auto add = [&](std::string_view ip, const Queues& queues) {
      family.add({{"ip", ip}, {"queue", "tx"}}, queues.tx);
      family.add({{"ip", ip}, {"queue", "rx"}}, queues.rx);
    };
    if (v4) add("v4", *v4);
    if (v6) add("v6", *v6);
    return {};
  }

 private:
  HotFile v4_, v6_;
};

}  // namespace

Result<CollectorPtr> make_udp_queues(const Context& context) {
  return std::make_unique<UdpQueues>(context.fs);
}

}  // namespace hx
