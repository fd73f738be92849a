// SPDX-License-Identifier: Apache-2.0
#include "metrics/tls_priorities.h"

#include <algorithm>
#include <array>

namespace hx {
namespace {

struct Word {
  std::string_view go, gnutls;
};
// From the oldest to the newest.
constexpr std::array<Word, 4> kVersions{{{"TLS10", "VERS-TLS1.0"},
                                         {"TLS11", "VERS-TLS1.1"},
                                         {"TLS12", "VERS-TLS1.2"},
                                         {"TLS13", "VERS-TLS1.3"}}};
constexpr std::array<Word, 4> kCurves{{{"CurveP256", "GROUP-SECP256R1"},
                                       {"CurveP384", "GROUP-SECP384R1"},
                                       {"CurveP521", "GROUP-SECP521R1"},
                                       {"X25519", "GROUP-X25519"}}};

struct Suite {
  std::string_view name, key_exchange, cipher, mac;
};
// TLS 1.3 has no key exchange in its names. Static RSA was taken by Go until 1.22.
constexpr std::array<Suite, 17> kSuites{{
    {"TLS_AES_128_GCM_SHA256", {}, "AES-128-GCM", "AEAD"},
    {"TLS_AES_256_GCM_SHA384", {}, "AES-256-GCM", "AEAD"},
    {"TLS_CHACHA20_POLY1305_SHA256", {}, "CHACHA20-POLY1305", "AEAD"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA", "AES-128-CBC", "SHA1"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA", "AES-128-GCM", "AEAD"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA", "AES-256-CBC", "SHA1"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA", "AES-256-GCM", "AEAD"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA", "CHACHA20-POLY1305", "AEAD"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA", "AES-128-CBC", "SHA1"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA", "AES-128-GCM", "AEAD"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA", "AES-256-CBC", "SHA1"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA", "AES-256-GCM", "AEAD"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA", "CHACHA20-POLY1305", "AEAD"},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", "RSA", "AES-128-CBC", "SHA1"},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", "RSA", "AES-128-GCM", "AEAD"},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", "RSA", "AES-256-CBC", "SHA1"},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", "RSA", "AES-256-GCM", "AEAD"},
}};

auto find_word(const auto& table, std::string_view go) {
  return std::find_if(table.begin(), table.end(), [&](const Word& row) { return row.go == go; });
}

auto find_suite(std::string_view name) {
  return std::find_if(kSuites.begin(), kSuites.end(),
                      [&](const Suite& row) { return row.name == name; });
}

void add(std::string& out, std::string_view word) {
  if (!word.empty()) out.append(":+").append(word);
}

}  // namespace

bool is_tls_version(std::string_view name) noexcept {
  return find_word(kVersions, name) != kVersions.end();
}
bool is_cipher_suite(std::string_view name) noexcept { return find_suite(name) != kSuites.end(); }
bool is_curve(std::string_view name) noexcept { return find_word(kCurves, name) != kCurves.end(); }

std::string tls_priorities(const TlsChoice& choice) {
  const auto* const oldest = find_word(kVersions, choice.min_version);
  const auto* newest = find_word(kVersions, choice.max_version);
  if (oldest > newest) return {};
  // Go's default, too: each connection has a secret of its own, on a curve.
  std::string out = "NORMAL:-RSA:-DHE-RSA:-VERS-ALL";
  for (;; --newest) {
    add(out, newest->gnutls);
    if (newest == oldest) break;
  }
  if (!choice.cipher_suites.empty()) {
    out += ":-KX-ALL:-CIPHER-ALL:-MAC-ALL";
    for (const auto& name : choice.cipher_suites) {
      const auto* const suite = find_suite(name);
      add(out, suite->key_exchange);
      add(out, suite->cipher);
      add(out, suite->mac);
    }
  }
  if (!choice.curves.empty()) {
    out += ":-GROUP-ALL";
    for (const auto& name : choice.curves) add(out, find_word(kCurves, name)->gnutls);
  }
  if (choice.prefer_server_ciphers) out += ":%SERVER_PRECEDENCE";
  return out;
}

}  // namespace hx
