// SPDX-License-Identifier: Apache-2.0
// Families in exposition text, found by their comments.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace hx {

// Calls `visit` for each family of a text as MetricSink writes it; `family` are all its lines.
void each_family(std::string_view text,
                 const std::function<void(std::string_view name, std::string_view family)>& visit);

// Takes the families out of `text` that one of `others` has too, and returns their names, joined by
// commas. All are texts as MetricSink writes them.
std::string drop_families(std::string& text, std::span<const std::string_view> others);

}  // namespace hx
