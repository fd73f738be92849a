// SPDX-License-Identifier: Apache-2.0
#include "metrics/web_access.h"

#include "base/log.h"

namespace hx {
namespace {

constexpr std::chrono::seconds kLookEvery{1};

std::vector<std::string> files_of(const std::string& path, const WebConfig& config) {
  std::vector<std::string> files{path};
  if (!config.tls) return files;
  for (const auto* pem : {&config.tls->certificate, &config.tls->key, &config.tls->client_ca}) {
    if (!pem->file.empty()) files.push_back(pem->file);
  }
  return files;
}

}  // namespace

// Stamps are taken before a file is read: what changes meanwhile is read the next time.
Result<WebRulesPtr> WebAccess::read() {
  for (;;) {
    stamps_ = look();
    const auto text = read_file(path_);
    if (!text) return text.error();
    auto config = parse_web_config(*text, path_);
    if (!config) return config.error();
    if (auto files = files_of(path_, *config); files != files_) {
      files_ = std::move(files);
      continue;
    }
    auto rules = std::make_shared<WebRules>(WebRules{std::move(*config), nullptr});
    if (rules->config.tls) {
      auto tls = TlsContext::make(*rules->config.tls);
      if (!tls) return tls.error();
      rules->tls = std::move(*tls);
    }
    return WebRulesPtr(std::move(rules));
  }
}

Result<std::unique_ptr<WebAccess>> WebAccess::open(const std::string& path) {
  std::unique_ptr<WebAccess> access(new WebAccess(path));
  auto rules = access->read();
  if (!rules) return Error{rules.error().code, "--web.config.file: " + rules.error().what};
  access->rules_ = std::move(*rules);
  access->uses_tls_ = access->rules_->tls != nullptr;
  return access;
}

WebAccess::Stamps WebAccess::look() const {
  Stamps stamps;
  for (const auto& file : files_) {
    const auto stamp = stamp_file(file);
    stamps.push_back(stamp ? std::optional(*stamp) : std::nullopt);
  }
  return stamps;
}

WebRulesPtr WebAccess::rules(Time now) {
  const std::lock_guard lock(mutex_);
  if (now - looked_ < kLookEvery) return rules_;
  looked_ = now;
  if (look() != stamps_) (void)read_again();  // it logs
  return rules_;
}

Status WebAccess::reload() {
  const std::lock_guard lock(mutex_);
  return read_again();
}

Status WebAccess::read_again() {
  auto rules = read();
  if (rules && ((*rules)->tls != nullptr) != uses_tls()) {
    rules = Error{0, path_ + ": tls_server_config comes or goes: that takes a restart"};
  }
  if (!rules) {
    log_error("web configuration: " + rules.error().message() + " (the one before stays in force)");
    return rules.error();
  }
  rules_ = std::move(*rules);
  log_info("web configuration: " + path_ + " has been read again");
  return {};
}

}  // namespace hx
