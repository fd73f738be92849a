// SPDX-License-Identifier: Apache-2.0
// The daemon about itself: process_* as the Go client library names them, and build information.
#pragma once

#include <string>
#include <vector>

#include "base/host_fs.h"
#include "base/shared_reads.h"
#include "base/syscalls.h"
#include "metrics/collector.h"

namespace hx {

// process_* of this process. `fs` and `netstat` must be of this process's own /proc (not a
// container host's), and outlive the result.
CollectorPtr make_self(const HostFs& fs, SharedFile& netstat, Syscalls sys = {});

struct BuildInfo {
  std::string version, revision, branch, compiler, architecture;
};

const BuildInfo& build_info();
// "host_exporter 0.1.0 (revision 1234567, gcc 12.2.0, amd64)"
std::string version_line();

// host_exporter_build_info, and the same under the name of the exporter this target stands in for
// ("node_exporter"), with that one's labels.
CollectorPtr make_build_info(const std::vector<std::string>& stand_in_for);

}  // namespace hx
