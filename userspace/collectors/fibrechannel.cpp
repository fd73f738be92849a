// SPDX-License-Identifier: Apache-2.0
// Fibre Channel host adapters from /sys/class/fc_host, see the kernel's
// Documentation/scsi/scsi_fc_transport.rst.
#include <array>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

constexpr std::string_view kClass = "sys/class/fc_host/";
constexpr auto kNotImplemented = ~std::uint64_t{0};  // what adapters say of what they do not count

constexpr std::array kStatistics{
    FieldMetric{"dumped_frames", "node_fibrechannel_dumped_frames_total",
                "Number of dumped frames"},
    FieldMetric{"error_frames", "node_fibrechannel_error_frames_total",
                "Number of errors in frames"},
    FieldMetric{"fcp_packet_aborts", "node_fibrechannel_fcp_packet_aborts_total",
                "Number of aborted packets"},
    FieldMetric{"invalid_crc_count", "node_fibrechannel_invalid_crc_total",
                "Invalid Cyclic Redundancy Check count"},
    FieldMetric{"invalid_tx_word_count", "node_fibrechannel_invalid_tx_words_total",
                "Number of invalid words transmitted by host port"},
    FieldMetric{"link_failure_count", "node_fibrechannel_link_failure_total",
                "Number of times the host port link has failed"},
    FieldMetric{"loss_of_signal_count", "node_fibrechannel_loss_of_signal_total",
                "Number of times signal has been lost"},
    FieldMetric{"loss_of_sync_count", "node_fibrechannel_loss_of_sync_total",
                "Number of failures on either bit or transmission word boundaries"},
    FieldMetric{"nos_count", "node_fibrechannel_nos_total",
                "Number Not_Operational Primitive Sequence received by host port"},
    FieldMetric{"rx_frames", "node_fibrechannel_rx_frames_total", "Number of frames received"},
    FieldMetric{"rx_words", "node_fibrechannel_rx_words_total",
                "Number of words received by host port"},
    FieldMetric{"seconds_since_last_reset", "node_fibrechannel_seconds_since_last_reset_total",
                "Number of seconds since last host port reset"},
    FieldMetric{"tx_frames", "node_fibrechannel_tx_frames_total",
                "Number of frames transmitted by host port"},
    FieldMetric{"tx_words", "node_fibrechannel_tx_words_total",
                "Number of words transmitted by host port"},
};

struct InfoFile {
  std::string_view name;
  bool is_number = false;  // hexadecimal, exported without its "0x"
};
constexpr std::array<InfoFile, 10> kInfoFiles{{{"dev_loss_tmo"},
                                               {"fabric_name", true},
                                               {"port_id", true},
                                               {"port_name", true},
                                               {"port_state"},
                                               {"port_type"},
                                               {"speed"},
                                               {"supported_classes"},
                                               {"supported_speeds"},
                                               {"symbolic_name"}}};

// "0x1d", as the kernel writes all of them, or "29".
std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (!text.starts_with("0x")) return to_u64(text);
  return hex_to_u64(text.substr(2));
}

class FibreChannel final : public Collector {
 public:
  explicit FibreChannel(const Context& context) : fs_(context.fs) {}

  Status collect(MetricSink& out) override {
    const auto hosts = fs_.list(kClass);
    if (!hosts) return hosts.error();
    GroupedSamples samples;
    for (const auto& host : *hosts) {
      add_info(samples, host);
      add_statistics(samples, host);
    }
    samples.write(out);
    return {};
  }

 private:
  // A driver need not have all of the files.
  std::string read(const std::string& host, std::string_view file) const {
    return fs_.read_trimmed(std::string(kClass) + host + "/" + std::string(file)).value_or({});
  }

  void add_info(GroupedSamples& samples, const std::string& host) const {
    std::array<std::string, kInfoFiles.size()> values;
    std::array<Label, kInfoFiles.size() + 1> labels;
    labels[0] = {"fc_host", host};
    for (std::size_t i = 0; i < kInfoFiles.size(); ++i) {
      const auto& file = kInfoFiles[i];
      values[i] = read(host, file.name);
      if (file.is_number && values[i].size() > 2) values[i].erase(0, 2);
      labels[i + 1] = {file.name, values[i]};
    }
    samples.add(MetricType::kGauge, "node_fibrechannel_info",
                "Non-numeric data from /sys/class/fc_host/<host>, value is always 1.",
                Labels(labels), 1);
  }

  void add_statistics(GroupedSamples& samples, const std::string& host) const {
    for (const auto& metric : kStatistics) {
      const auto value = parse_number(read(host, "statistics/" + std::string(metric.field)));
      if (!value || *value == kNotImplemented) continue;
      samples.add(metric, {{"fc_host", host}}, *value);
    }
  }

  const HostFs& fs_;
};

}  // namespace

Result<CollectorPtr> make_fibrechannel(const Context& context) {
  return std::make_unique<FibreChannel>(context);
}

}  // namespace hx
