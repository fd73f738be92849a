// SPDX-License-Identifier: Apache-2.0
// Who may read what is served, and over what: the file of --web.config.file as it is in force. All
// servers of the daemon share it. Thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/host_fs.h"
#include "base/result.h"
#include "metrics/passwords.h"
#include "metrics/tls.h"
#include "metrics/web_config.h"

namespace hx {

// Never changes once made.
struct WebRules {
  WebConfig config;
  std::shared_ptr<const TlsContext> tls;  // null: plain HTTP
};
using WebRulesPtr = std::shared_ptr<const WebRules>;

class WebAccess {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // An error is one line with file, line and key.
  static Result<std::unique_ptr<WebAccess>> open(const std::string& path);

  // Looks at most once a second whether the file, or one that it names, has changed, and reads them
  // again; a file that is bad is logged once, and what was in force stays so.
  WebRulesPtr rules(Time now = std::chrono::steady_clock::now());
  // The same, changed or not, now.
  Status reload();

  // Whether TLS is spoken, which a change of the file cannot change.
  bool uses_tls() const noexcept { return uses_tls_; }
  Passwords& passwords() noexcept { return passwords_; }

 private:
  using Stamps = std::vector<std::optional<FileStamp>>;

  explicit WebAccess(const std::string& path) : path_(path), files_{path} {}
  Result<WebRulesPtr> read();
  Stamps look() const;
  Status read_again();

  const std::string path_;
  bool uses_tls_ = false;
  Passwords passwords_;
  std::mutex mutex_;
  WebRulesPtr rules_;
  std::vector<std::string> files_;  // path_, and what it named when it was last read
  Stamps stamps_;                   // of these, then
  Time looked_{};
};

}  // namespace hx
