// SPDX-License-Identifier: Apache-2.0
// What Prometheus would refuse in a scrape.
#pragma once

#include <string>
#include <string_view>

namespace hx::test {

// The first line that is no exposition format (text, 0.0.4), repeats a series, or adds to a family
// after another one has begun; empty for a good text.
std::string bad_exposition_line(std::string_view text);

}  // namespace hx::test
