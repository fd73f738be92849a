// SPDX-License-Identifier: Apache-2.0
// What fuzzing begins with: good input for each target, and words that mean something in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hx::test {

struct FuzzTarget {
  std::string_view name;
  void (*run)(std::string_view input);
  std::vector<std::string> seeds, words;
  int inputs;  // how many the unit tests make of them
};

const std::vector<FuzzTarget>& fuzz_targets();

}  // namespace hx::test
