// SPDX-License-Identifier: Apache-2.0
// Names and version of the running kernel, see uname(2).
#include "collectors/collector.h"

namespace hx {
namespace {

class Uname final : public Collector {
 public:
  explicit Uname(const Context& context) : sys_(context.sys) {}

  Status collect(MetricSink& out) override {
    utsname host{};
    if (sys_.uname(&host) != 0) return Error{errno, "uname"};
    out.gauge("node_uname_info", "Labeled system information as provided by the uname system call.")
        .add({{"domainname", host.domainname},
              {"machine", host.machine},
              {"nodename", host.nodename},
              {"release", host.release},
              {"sysname", host.sysname},
              {"version", host.version}},
             1);
    return {};
  }

 private:
  Syscalls sys_;
};

}  // namespace

Result<CollectorPtr> make_uname(const Context& context) { return std::make_unique<Uname>(context); }

}  // namespace hx
