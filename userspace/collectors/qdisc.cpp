// SPDX-License-Identifier: Apache-2.0
// Queueing disciplines at the root of network devices, from rtnetlink(7), see tc(8).
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <array>
#include <map>

#include "base/filter.h"
#include "base/links.h"
#include "collectors/collector.h"

namespace hx {
namespace {

struct Qdisc {
  std::string kind;
  std::uint64_t bytes = 0, packets = 0;
  gnet_stats_queue queue{};
};

void read_stats(std::string_view rest, Qdisc& qdisc) {
  NetlinkAttribute attribute;
  while (next_attribute(rest, attribute)) {
    if (attribute.type == TCA_STATS_BASIC) {
      const auto basic = read_struct<gnet_stats_basic>(attribute.value);
      qdisc.bytes = basic.bytes;
      qdisc.packets = basic.packets;
    } else if (attribute.type == TCA_STATS_PKT64) {  // there once 32 bits do not suffice
      qdisc.packets = read_struct<std::uint64_t>(attribute.value);
    } else if (attribute.type == TCA_STATS_QUEUE) {
      qdisc.queue = read_struct<gnet_stats_queue>(attribute.value);
    }
  }
}

// The content of a RTM_NEWQDISC message.
Qdisc parse_qdisc(std::string_view message) {
  Qdisc qdisc;
  auto rest = after_struct<tcmsg>(message);
  NetlinkAttribute attribute;
  while (next_attribute(rest, attribute)) {
    if (attribute.type == TCA_KIND) qdisc.kind = attribute.text();
    if (attribute.type == TCA_STATS2) read_stats(attribute.value, qdisc);
  }
  return qdisc;
}

struct Metric {
  std::string_view name, help;
  double (*value)(const Qdisc& qdisc);
  bool is_counter = true;
};
constexpr std::array<Metric, 7> kMetrics{{
    {"node_qdisc_backlog", "Number of bytes currently in queue to be sent.",
     [](const Qdisc& qdisc) -> double { return qdisc.queue.backlog; }, false},
    {"node_qdisc_bytes_total", "Number of bytes sent.",
     [](const Qdisc& qdisc) { return static_cast<double>(qdisc.bytes); }},
    {"node_qdisc_current_queue_length", "Number of packets currently in queue to be sent.",
     [](const Qdisc& qdisc) -> double { return qdisc.queue.qlen; }, false},
    {"node_qdisc_drops_total", "Number of packets dropped.",
     [](const Qdisc& qdisc) -> double { return qdisc.queue.drops; }},
    {"node_qdisc_overlimits_total", "Number of overlimit packets.",
     [](const Qdisc& qdisc) -> double { return qdisc.queue.overlimits; }},
    {"node_qdisc_packets_total", "Number of packets sent.",
     [](const Qdisc& qdisc) { return static_cast<double>(qdisc.packets); }},
    {"node_qdisc_requeues_total", "Number of packets dequeued, not transmitted, and requeued.",
     [](const Qdisc& qdisc) -> double { return qdisc.queue.requeues; }},
}};

class QdiscCollector final : public Collector {
 public:
  QdiscCollector(const Syscalls& sys, Filter filter)
      : route_(NETLINK_ROUTE, sys), filter_(std::move(filter)) {}

  Status collect(MetricSink& out) override {
    const auto names = read_link_names(route_);
    if (!names) return names.error();
    std::map<std::string_view, Qdisc> qdiscs;  // by device
    auto ok = route_.dump(RTM_GETQDISC, tcmsg{}, [&](std::uint16_t type, std::string_view message) {
      const auto header = read_struct<tcmsg>(message);
      // Those of classes and of ingress have another parent.
      if (type != RTM_NEWQDISC || header.tcm_parent != TC_H_ROOT) return;
      const auto device = find_link(*names, static_cast<std::uint32_t>(header.tcm_ifindex));
      if (device.empty() || !filter_.accepts(device)) return;
      qdiscs.insert_or_assign(device, parse_qdisc(message));
    });
    if (!ok) return ok;
    for (const auto& metric : kMetrics) {
      auto family = metric.is_counter ? out.counter(metric.name, metric.help)
                                      : out.gauge(metric.name, metric.help);
      for (const auto& [device, qdisc] : qdiscs) {
        family.add({{"device", device}, {"kind", qdisc.kind}}, metric.value(qdisc));
      }
    }
    return {};
  }

 private:
  Netlink route_;
  Filter filter_;
};

}  // namespace

Result<CollectorPtr> make_qdisc(const Context& context) {
  const auto& options = context.options;
  auto filter = Filter::make({"collector.qdisc.device-include", options.qdisc_device_include},
                             {"collector.qdisc.device-exclude", options.qdisc_device_exclude});
  if (!filter) return filter.error();
  return std::make_unique<QdiscCollector>(context.sys, std::move(*filter));
}

}  // namespace hx
