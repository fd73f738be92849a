// SPDX-License-Identifier: Apache-2.0
// The kernel's load balancer from /proc/net/ip_vs and /proc/net/ip_vs_stats, see ipvsadm(8).
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

constexpr std::array kTotals{
    FieldMetric{"Conns", "node_ipvs_connections_total", "The total number of connections made."},
    FieldMetric{"Packets", "node_ipvs_incoming_packets_total",
                "The total number of incoming packets."},
    FieldMetric{"Packets", "node_ipvs_outgoing_packets_total",
                "The total number of outgoing packets."},
    FieldMetric{"Bytes", "node_ipvs_incoming_bytes_total", "The total amount of incoming data."},
    FieldMetric{"Bytes", "node_ipvs_outgoing_bytes_total", "The total amount of outgoing data."},
};

struct Endpoint {
  std::string address, port;
};

// "C0A80016:0CEA" or "[2620:0000:0000:0000:0000:0000:0000:0001]:0050".
std::optional<Endpoint> parse_endpoint(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> address{};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = hex_to_u64(text.substr(colon + 1));
  text = text.substr(0, colon);
  if (!port || *port > 0xffff) return std::nullopt;
  if (text.starts_with('[') && text.ends_with(']')) {
    in6_addr binary{};
    const std::string inside(text.substr(1, text.size() - 2));
    if (::inet_pton(AF_INET6, inside.c_str(), &binary) != 1) return std::nullopt;
    ::inet_ntop(AF_INET6, &binary, address.data(), address.size());
  } else {
    const auto number = hex_to_u64(text);
    if (!number || text.size() != 8) return std::nullopt;
    const in_addr binary{htonl(static_cast<std::uint32_t>(*number))};
    ::inet_ntop(AF_INET, &binary, address.data(), address.size());
  }
  return Endpoint{address.data(), std::to_string(*port)};
}

// In the order of kLabels.
enum LabelIndex { kLocalAddress, kLocalPort, kRemoteAddress, kRemotePort, kProto, kLocalMark };
constexpr std::array<std::string_view, 6> kLabels{"local_address", "local_port", "remote_address",
                                                  "remote_port",   "proto",      "local_mark"};
using LabelValues = std::array<std::string, kLabels.size()>;

struct Backend {
  std::uint64_t weight = 0, active = 0, inactive = 0;
};

// The service that the backends on the next lines belong to: false for other lines.
bool parse_service(std::string_view line, LabelValues& values) {
  const auto proto = next_field(line);
  const bool is_address = proto == "TCP" || proto == "UDP" || proto == "SCTP";
  if (!is_address && proto != "FWM") return false;
  values = {};
  const auto service = next_field(line);
  if (proto == "FWM") {
    values[kLocalPort] = "0";
    values[kLocalMark] = service;
  } else {
    auto endpoint = parse_endpoint(service);
    if (!endpoint) return true;  // its backends have no proto, and are passed over
    values[kLocalAddress] = std::move(endpoint->address);
    values[kLocalPort] = std::move(endpoint->port);
  }
  values[kProto] = proto;
  return true;
}

// "  -> C0A85216:0CEA      Tunnel  100    248        2"
std::optional<Backend> parse_backend(std::string_view line, LabelValues& values) {
  if (next_field(line) != "->") return std::nullopt;
  auto endpoint = parse_endpoint(next_field(line));
  next_field(line);  // how packets are forwarded
  const auto weight = to_u64(next_field(line)), active = to_u64(next_field(line)),
             inactive = to_u64(next_field(line));
  if (!endpoint || !weight || !active || !inactive) return std::nullopt;
  values[kRemoteAddress] = std::move(endpoint->address);
  values[kRemotePort] = std::move(endpoint->port);
  return Backend{*weight, *active, *inactive};
}

using LabelIndexes = std::vector<std::size_t>;

Result<LabelIndexes> parse_labels(std::string_view list) {
  LabelIndexes indexes;
  while (!list.empty()) {
    const auto label = cut(list, ',');
    if (label.empty()) continue;
    const auto* found = std::find(kLabels.begin(), kLabels.end(), label);
    if (found == kLabels.end()) {
      return Error{0,
                   "--collector.ipvs.backend-labels: unknown label \"" + std::string(label) + "\""};
    }
    const auto index = static_cast<std::size_t>(found - kLabels.begin());
    if (std::find(indexes.begin(), indexes.end(), index) == indexes.end()) {
      indexes.push_back(index);
    }
  }
  return indexes;
}

class Ipvs final : public Collector {
 public:
  Ipvs(const Context& context, LabelIndexes labels)
      : labels_(std::move(labels)),
        ip_vs_(context.fs, "proc/net/ip_vs"),
        ip_vs_stats_(context.fs, "proc/net/ip_vs_stats") {}

  Status collect(MetricSink& out) override {
    GroupedSamples samples;
    if (auto ok = add_totals(samples); !ok) return ok;
    auto added = add_backends(samples);
    samples.write(out);
    return added;
  }

 private:
  // Two lines of headings, then one of hexadecimal numbers.
  Status add_totals(GroupedSamples& samples) {
    const auto text = ip_vs_stats_.read();
    if (!text) return text.error();
    auto rest = *text;
    std::string_view line;
    for (int i = 0; i < 3; ++i) next_line(rest, line);
    for (const auto& metric : kTotals) {
      const auto value = hex_to_u64(next_field(line));
      if (!value) return Error{EBADMSG, "parse " + ip_vs_stats_.path()};
      samples.add(metric, {}, *value);
    }
    return {};
  }

  Status add_backends(GroupedSamples& samples) {
    const auto text = ip_vs_.read();
    if (!text) return text.error();
    std::map<std::vector<std::string>, Backend> sums;  // by the chosen labels' values
    LabelValues values;
    auto rest = *text;
    std::string_view line;
    while (next_line(rest, line)) {
      if (parse_service(line, values)) continue;
      const auto backend = parse_backend(line, values);
      if (!backend || values[kProto].empty()) continue;
      std::vector<std::string> key;
      for (const auto index : labels_) key.push_back(values[index]);
      auto& sum = sums[std::move(key)];
      sum.weight += backend->weight;
      sum.active += backend->active;
      sum.inactive += backend->inactive;
    }
    for (const auto& [key, sum] : sums) add_backend(samples, key, sum);
    return {};
  }

  void add_backend(GroupedSamples& samples, const std::vector<std::string>& values,
                   const Backend& backend) const {
    std::vector<Label> labels;
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      labels.emplace_back(kLabels[labels_[i]], values[i]);
    }
    const auto add = [&](std::string_view name, std::string_view help, std::uint64_t value) {
      samples.add(MetricType::kGauge, name, help, Labels(labels), static_cast<double>(value));
    };
    add("node_ipvs_backend_connections_active",
        "The current active connections by local and remote address.", backend.active);
    add("node_ipvs_backend_connections_inactive",
        "The current inactive connections by local and remote address.", backend.inactive);
    add("node_ipvs_backend_weight", "The current backend weight by local and remote address.",
        backend.weight);
  }

  LabelIndexes labels_;
  HotFile ip_vs_, ip_vs_stats_;
};

}  // namespace

Result<CollectorPtr> make_ipvs(const Context& context) {
  auto labels = parse_labels(context.options.ipvs_backend_labels);
  if (!labels) return labels.error();
  return std::make_unique<Ipvs>(context, std::move(*labels));
}

}  // namespace hx
