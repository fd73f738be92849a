// SPDX-License-Identifier: Apache-2.0
// I/O of SCSI tape drives from /sys/class/scsi_tape/stN/stats, see the kernel's
// Documentation/scsi/st.rst.
#include <array>

#include "base/filter.h"
#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

constexpr std::string_view kClass = "sys/class/scsi_tape";
constexpr double kNanosecond = 1e-9;

using enum MetricType;

constexpr std::array kFiles{
    FieldMetric{"in_flight", "node_tape_io_now",
                "The number of I/Os currently outstanding to this device.", kGauge},
    FieldMetric{"io_ns", "node_tape_io_time_seconds_total",
                "The amount of time spent waiting for all I/O to complete (including read and "
                "write). This includes tape movement commands such as seeking between file or set "
                "marks and implicit tape movement such as when rewind on close tape devices are "
                "used.",
                kCounter, kNanosecond},
    FieldMetric{"other_cnt", "node_tape_io_others_total",
                "The number of I/Os issued to the tape drive other than read or write commands. "
                "The time taken to complete these commands uses the following calculation "
                "io_time_seconds_total-read_time_seconds_total-write_time_seconds_total"},
    FieldMetric{"read_byte_cnt", "node_tape_read_bytes_total",
                "The number of bytes read from the tape drive."},
    FieldMetric{"read_cnt", "node_tape_reads_completed_total",
                "The number of read requests issued to the tape drive."},
    FieldMetric{"read_ns", "node_tape_read_time_seconds_total",
                "The amount of time spent waiting for read requests to complete.", kCounter,
                kNanosecond},
    FieldMetric{"resid_cnt", "node_tape_residual_total",
                "The number of times during a read or write we found the residual amount to be "
                "non-zero. This should mean that a program is issuing a read larger thean the "
                "block size on tape. For write not all data made it to tape."},
    FieldMetric{"write_byte_cnt", "node_tape_written_bytes_total",
                "The number of bytes written to the tape drive."},
    FieldMetric{"write_cnt", "node_tape_writes_completed_total",
                "The number of write requests issued to the tape drive."},
    FieldMetric{"write_ns", "node_tape_write_time_seconds_total",
                "The amount of time spent waiting for write requests to complete.", kCounter,
                kNanosecond},
};

// "st0"; "nst0" and "st0a" are the same drive in another mode.
bool is_drive(std::string_view name) {
  return name.starts_with("st") && to_u64(name.substr(2)).has_value();
}

class Tapestats final : public Collector {
 public:
  Tapestats(const Context& context, Filter filter) : fs_(context.fs), filter_(std::move(filter)) {}

  Status collect(MetricSink& out) override {
    const auto names = fs_.list(kClass);
    if (!names) return names.error();
    GroupedSamples samples;
    for (const auto& name : *names) {
      if (!is_drive(name) || !filter_.accepts(name)) continue;
      const auto dir = std::string(kClass) + "/" + name + "/stats/";
      for (const auto& file : kFiles) {
        const auto value = fs_.read_u64(dir + std::string(file.field));
        if (value) samples.add(file, {{"device", name}}, *value);
      }
    }
    samples.write(out);
    return {};
  }

 private:
  const HostFs& fs_;
  Filter filter_;
};

}  // namespace

Result<CollectorPtr> make_tapestats(const Context& context) {
  const std::string none;
  auto filter = Filter::make_combined(
      {"collector.tapestats.ignored-devices", none},
      {"collector.tapestats.ignored-devices", context.options.tapestats_ignored_devices});
  if (!filter) return filter.error();
  return std::make_unique<Tapestats>(context, std::move(*filter));
}

}  // namespace hx
