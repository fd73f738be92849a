// SPDX-License-Identifier: Apache-2.0
// Errors of IPsec from /proc/net/xfrm_stat, see the kernel's
// Documentation/networking/xfrm_proc.rst.
#include <array>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

constexpr std::array kFields{
    FieldMetric{"XfrmAcquireError", "node_xfrm_acquire_error_packets_total",
                "State hasn’t been fully acquired before use"},
    FieldMetric{"XfrmFwdHdrError", "node_xfrm_fwd_hdr_error_packets_total",
                "Forward routing of a packet is not allowed"},
    FieldMetric{"XfrmInBufferError", "node_xfrm_in_buffer_error_packets_total",
                "No buffer is left"},
    FieldMetric{"XfrmInError", "node_xfrm_in_error_packets_total",
                "All errors not matched by other"},
    FieldMetric{"XfrmInHdrError", "node_xfrm_in_hdr_error_packets_total", "Header error"},
    FieldMetric{"XfrmInNoPols", "node_xfrm_in_no_pols_packets_total",
                "No policy is found for states e.g. Inbound SAs are correct but no SP is found"},
    FieldMetric{"XfrmInNoStates", "node_xfrm_in_no_states_packets_total",
                "No state is found i.e. Either inbound SPI, address, or IPsec protocol at SA is "
                "wrong"},
    FieldMetric{"XfrmInPolBlock", "node_xfrm_in_pol_block_packets_total", "Policy discards"},
    FieldMetric{"XfrmInPolError", "node_xfrm_in_pol_error_packets_total", "Policy error"},
    FieldMetric{"XfrmInStateExpired", "node_xfrm_in_state_expired_packets_total",
                "State is expired"},
    FieldMetric{"XfrmInStateInvalid", "node_xfrm_in_state_invalid_packets_total",
                "State is invalid"},
    FieldMetric{"XfrmInStateMismatch", "node_xfrm_in_state_mismatch_packets_total",
                "State has mismatch option e.g. UDP encapsulation type is mismatch"},
    FieldMetric{"XfrmInStateModeError", "node_xfrm_in_state_mode_error_packets_total",
                "Transformation mode specific error"},
    FieldMetric{"XfrmInStateProtoError", "node_xfrm_in_state_proto_error_packets_total",
                "Transformation protocol specific error e.g. SA key is wrong"},
    FieldMetric{"XfrmInStateSeqError", "node_xfrm_in_state_seq_error_packets_total",
                "Sequence error i.e. Sequence number is out of window"},
    FieldMetric{"XfrmInTmplMismatch", "node_xfrm_in_tmpl_mismatch_packets_total",
                "No matching template for states e.g. Inbound SAs are correct but SP rule is "
                "wrong"},
    FieldMetric{"XfrmOutBundleCheckError", "node_xfrm_out_bundle_check_error_packets_total",
                "Bundle check error"},
    FieldMetric{"XfrmOutBundleGenError", "node_xfrm_out_bundle_gen_error_packets_total",
                "Bundle generation error"},
    FieldMetric{"XfrmOutError", "node_xfrm_out_error_packets_total",
                "All errors which is not matched others"},
    FieldMetric{"XfrmOutNoStates", "node_xfrm_out_no_states_packets_total", "No state is found"},
    FieldMetric{"XfrmOutPolBlock", "node_xfrm_out_pol_block_packets_total", "Policy discards"},
    FieldMetric{"XfrmOutPolDead", "node_xfrm_out_pol_dead_packets_total", "Policy is dead"},
    FieldMetric{"XfrmOutPolError", "node_xfrm_out_pol_error_packets_total", "Policy error"},
    FieldMetric{"XfrmOutStateExpired", "node_xfrm_out_state_expired_packets_total",
                "State is expired"},
    FieldMetric{"XfrmOutStateInvalid", "node_xfrm_out_state_invalid_packets_total",
                "State is invalid, perhaps expired"},
    FieldMetric{"XfrmOutStateModeError", "node_xfrm_out_state_mode_error_packets_total",
                "Transformation mode specific error"},
    FieldMetric{"XfrmOutStateProtoError", "node_xfrm_out_state_proto_error_packets_total",
                "Transformation protocol specific error"},
    FieldMetric{"XfrmOutStateSeqError", "node_xfrm_out_state_seq_error_packets_total",
                "Sequence error i.e. Sequence number overflow"},
};

class Xfrm final : public Collector {
 public:
  explicit Xfrm(const Context& context) : xfrm_stat_(context.fs, "proc/net/xfrm_stat") {}

  Status collect(MetricSink& out) override {
    const auto text = xfrm_stat_.read();
    if (!text) return text.error();
    GroupedSamples samples;
    auto rest = *text;
    std::string_view line;
    while (next_line(rest, line)) {
      const auto* metric = find_field(kFields, next_field(line));
      const auto value = to_u64(next_field(line));
      if (metric != nullptr && value) samples.add(*metric, {}, *value);
    }
    samples.write(out);
    return {};
  }

 private:
  HotFile xfrm_stat_;
};

}  // namespace

Result<CollectorPtr> make_xfrm(const Context& context) { return std::make_unique<Xfrm>(context); }

}  // namespace hx
