// SPDX-License-Identifier: Apache-2.0
// Answers as libmicrohttpd takes them.
#pragma once

#include <microhttpd.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hx {

#if MHD_VERSION < 0x00097002
using Answer = int;
#else
using Answer = MHD_Result;
#endif

inline constexpr const char* kTextFormat = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr const char* kOpenMetrics =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";
inline constexpr const char* kPlain = "text/plain; charset=utf-8";
inline constexpr const char* kJsonLines = "application/x-ndjson";
inline constexpr const char* kHtml = "text/html; charset=utf-8";

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Page {
  unsigned status = 200;
  const char* type = kPlain;
  std::string_view body;
  MHD_ResponseMemoryMode memory = MHD_RESPMEM_MUST_COPY;  // PERSISTENT: body outlives the request
  bool gzip = false;
  const char* allow = "GET, HEAD";  // with status 405
  const char* vary = nullptr;       // the headers of the request that the body depends on
};

// `headers` are added to those that the page has.
Answer send(MHD_Connection* connection, const Page& page, const Headers& headers);

// Whether a list like "deflate, gzip;q=0.5" takes gzip.
bool accepts_gzip(const char* header);

std::string make_landing_page(std::string_view title, std::string_view description,
                              std::string_view telemetry_path);

}  // namespace hx
