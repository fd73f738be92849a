// SPDX-License-Identifier: Apache-2.0
// TCP sockets by state and the bytes in their queues, from sock_diag(7).
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>

#include "base/netlink.h"
#include "collectors/collector.h"

namespace hx {
namespace {

// By the kernel's number (include/net/tcp_states.h). A half-open connection of its own,
// TCP_NEW_SYN_RECV, is told as TCP_SYN_RECV.
constexpr std::array<std::string_view, TCP_CLOSING + 1> kStates{
    "unknown",   "established", "syn_sent",   "syn_recv", "fin_wait1", "fin_wait2",
    "time_wait", "close",       "close_wait", "last_ack", "listen",    "closing"};
constexpr std::uint32_t kAllStates = (1U << kStates.size()) - 1;

struct Totals {
  std::array<std::uint64_t, kStates.size()> sockets{};
  std::uint64_t received = 0, sent = 0;  // bytes that wait
  bool any = false;
};

class Tcpstat final : public Collector {
 public:
  explicit Tcpstat(const Syscalls& sys) : diag_(NETLINK_SOCK_DIAG, sys) {}

  Status collect(MetricSink& out) override {
    Totals totals;
    for (const auto family : std::array<std::uint8_t, 2>{AF_INET, AF_INET6}) {
      if (auto ok = count(family, totals); !ok) return ok;
    }
    auto states = out.gauge("node_tcp_connection_states", "Number of connection states.");
    for (std::size_t i = 0; i < kStates.size(); ++i) {
      if (totals.sockets[i] > 0) states.add({{"state", kStates[i]}}, totals.sockets[i]);
    }
    if (!totals.any) return {};
    states.add({{"state", "rx_queued_bytes"}}, totals.received);
    states.add({{"state", "tx_queued_bytes"}}, totals.sent);
    return {};
  }

 private:
  // Asks for no extension: the kernel then writes a fifth of what tcp_info would make of a socket.
  Status count(std::uint8_t family, Totals& totals) {
    inet_diag_req_v2 request{};
    request.sdiag_family = family;
    request.sdiag_protocol = IPPROTO_TCP;
    request.idiag_states = kAllStates;
    return diag_.dump(
        SOCK_DIAG_BY_FAMILY, request, [&](std::uint16_t type, std::string_view message) {
          if (type != SOCK_DIAG_BY_FAMILY || message.size() < sizeof(inet_diag_msg)) return;
          const auto socket = read_struct<inet_diag_msg>(message);
          if (socket.idiag_family != family) return;
          ++totals.sockets[socket.idiag_state < kStates.size() ? socket.idiag_state : 0];
          totals.received += socket.idiag_rqueue;
          totals.sent += socket.idiag_wqueue;
          totals.any = true;
        });
  }

  Netlink diag_;
};

}  // namespace

Result<CollectorPtr> make_tcpstat(const Context& context) {
  return std::make_unique<Tcpstat>(context.sys);
}

}  // namespace hx
