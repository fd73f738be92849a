// SPDX-License-Identifier: Apache-2.0
// Families in exposition text, found by their comments.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hx {

// Takes the families out of `text` that one of `others` has too, and returns their names, joined by
// commas. All are texts as MetricSink writes them.
std::string drop_families(std::string& text, std::span<const std::string_view> others);

}  // namespace hx
