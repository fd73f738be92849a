// SPDX-License-Identifier: Apache-2.0
// Lets through what comes at a steady rate, and a burst after a silence.
#pragma once

#include <algorithm>
#include <chrono>

namespace hx {

class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Full at the beginning.
  TokenBucket(double capacity, double per_second)
      : capacity_(capacity), per_second_(per_second), level_(capacity) {}

  // False, and nothing is taken, when it holds less than one.
  bool take(Time now) {
    if (level(now) < 1) return false;
    charge(1, now);
    return true;
  }
  void give_back(Time now) { charge(-1, now); }
  // For a cost that is known afterwards: the level may fall below zero.
  void charge(double tokens, Time now) {
    level_ = std::min(capacity_, level(now) - tokens);
    since_ = now;
  }

  double level(Time now) const {
    const std::chrono::duration<double> passed = now - since_;
    if (since_ == Time{} || passed.count() < 0) return level_;
    return std::min(capacity_, level_ + passed.count() * per_second_);
  }
  bool is_full(Time now) const { return level(now) >= capacity_; }

 private:
  double capacity_, per_second_, level_;
  Time since_{};  // when it had that level
};

}  // namespace hx
