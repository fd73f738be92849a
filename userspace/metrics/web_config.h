// SPDX-License-Identifier: Apache-2.0
// The file of --web.config.file, in the format that Prometheus and its exporters share:
// https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace hx {

enum class ClientAuth { kNone, kRequest, kRequireAny, kVerifyIfGiven, kRequireAndVerify };

// Certificates or a key, in the configuration itself or in a file beside it.
struct Pem {
  std::string text, file;
  std::string where;  // "FILE:LINE: KEY", for messages; empty: not given
};

struct TlsConfig {
  Pem certificate, key, client_ca;
  ClientAuth client_auth = ClientAuth::kNone;
  std::vector<std::string> client_allowed_sans;
  std::string priorities;  // versions, ciphers and curves, in GnuTLS's words
  std::string where;
};

struct WebConfig {
  std::optional<TlsConfig> tls;
  std::vector<std::pair<std::string, std::string>> headers;  // of every response
  std::map<std::string, std::string> users;                  // names and bcrypt hashes
  std::chrono::nanoseconds rate_interval{0};                 // between requests; 0: no limit
  unsigned rate_burst = 0;
};

// `path` is named in errors, and files are looked for beside it; none is opened. An error is one
// line with file, line and key.
Result<WebConfig> parse_web_config(std::string_view text, const std::string& path);

}  // namespace hx
