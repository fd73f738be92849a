// SPDX-License-Identifier: Apache-2.0
// The columns of the statistics of an NFS mount, in the kernel's order. One without a name is not
// exported; the fields' names are not used.
#pragma once

#include <span>
#include <string_view>

#include "metrics/grouped_samples.h"

namespace hx {

std::span<const FieldMetric> mount_bytes() noexcept;
std::span<const FieldMetric> mount_events() noexcept;
// Of a line of the statistics by operation.
std::span<const FieldMetric> mount_operation() noexcept;
// Behind the port of a transport: none for an unknown protocol.
std::span<const FieldMetric> mount_transport(std::string_view protocol) noexcept;

}  // namespace hx
