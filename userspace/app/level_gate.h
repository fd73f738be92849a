// SPDX-License-Identifier: Apache-2.0
// Units that end, for good, when the level rises that allows them: where the host decides the level
// (--permissions.paranoid=host), it may do so while we serve.
#pragma once

#include <functional>
#include <memory>

#include "app/permissions.h"
#include "metrics/collector.h"
#include "process/process.h"

namespace hx {

// The unit while `allows` says so. With it go its kernel programs.
CollectorPtr gate(CollectorPtr unit, bool (*allows)(int level), SharedLevel level);

// The groups; first without files that are guarded, then those that `make_plain` makes from /proc,
// whose counters begin anew.
using MakeGroups = std::function<Result<std::unique_ptr<NameGroups>>()>;
std::unique_ptr<NameGroups> gate(std::unique_ptr<NameGroups> groups, MakeGroups make_plain,
                                 SharedLevel level);

}  // namespace hx
