// SPDX-License-Identifier: Apache-2.0
// The OpenMetrics form of a scrape, version 1.0.0, which Prometheus asks for first.
#pragma once

#include <string>
#include <string_view>

namespace hx {

// Of a text as MetricSink writes it. No series changes its name, so that it does not matter which
// form a scraper takes: a counter that is not called *_total, as some of the replaced exporters are
// not, would have to be, and is of unknown type instead.
std::string to_openmetrics(std::string_view text);

// Whether a header "Accept" prefers this form to the plain one.
bool prefers_openmetrics(std::string_view accept);

}  // namespace hx
