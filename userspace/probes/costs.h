// SPDX-License-Identifier: Apache-2.0
// The kernel programs' own cost as metrics.
#pragma once

#include "metrics/collector.h"

namespace hx {

// Without loaded programs it has no metrics.
CollectorPtr make_program_costs();

}  // namespace hx
