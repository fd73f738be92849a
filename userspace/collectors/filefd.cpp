// SPDX-License-Identifier: Apache-2.0
// Open files of the host from /proc/sys/fs/file-nr, see Documentation/admin-guide/sysctl/fs.rst.
#include "collectors/collector.h"

namespace hx {
namespace {

class Filefd final : public Collector {
 public:
  explicit Filefd(const Context& context) : file_nr_(context.fs, "proc/sys/fs/file-nr") {}

  Status collect(MetricSink& out) override {
    auto text = file_nr_.read();
    if (!text) return text.error();
    auto line = cut(*text, '\n');
    const auto allocated = to_u64(next_field(line));
    next_field(line);  // free ones: none since Linux 2.6
    const auto maximum = to_u64(next_field(line));
    if (!allocated || !maximum) return Error{EBADMSG, "parse proc/sys/fs/file-nr"};

    out.gauge("node_filefd_allocated", "File descriptor statistics: allocated.").add(*allocated);
    out.gauge("node_filefd_maximum", "File descriptor statistics: maximum.").add(*maximum);
    return {};
  }

 private:
  HotFile file_nr_;
};

}  // namespace

Result<CollectorPtr> make_filefd(const Context& context) {
  return std::make_unique<Filefd>(context);
}

}  // namespace hx
