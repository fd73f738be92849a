// SPDX-License-Identifier: Apache-2.0
// Upper bounds of the kernel programs' log2 slots (bpf/lib/hist_abi.h), in base units.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "bpf/lib/hist_abi.h"
#include "metrics/sink.h"

namespace hx {

namespace detail {
template <std::size_t N>
constexpr std::array<double, N> doubling(double first) {
  std::array<double, N> bounds{};
  for (auto& bound : bounds) {
    bound = first;
    first *= 2;
  }
  return bounds;
}
}  // namespace detail

// The last slot has no bound: it is what is left for +Inf. Doubling an exact value stays exact to
// the last bit, so the bounds print as 1e-06, 2e-06, 4e-06 ...
inline constexpr auto kTimeBounds = detail::doubling<HIST_TIME_SLOTS - 1>(1e-6);   // seconds
inline constexpr auto kSizeBounds = detail::doubling<HIST_SIZE_SLOTS - 1>(512.0);  // bytes

inline constexpr double kNanosecond = 1e-9;

// Of a program's slots of times, and their sum in nanoseconds.
inline HistogramData seconds_of(std::span<const unsigned long long> slots, std::uint64_t sum_ns) {
  return {kTimeBounds, slots, static_cast<double>(sum_ns) * kNanosecond};
}

}  // namespace hx
