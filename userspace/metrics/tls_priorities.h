// SPDX-License-Identifier: Apache-2.0
// Versions, cipher suites and curves under the names that Go gives them, in GnuTLS's words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hx {

struct TlsChoice {
  // TLS10, TLS11, TLS12, TLS13
  std::string min_version = "TLS12", max_version = "TLS13";
  // As TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; empty: what the library thinks good.
  std::vector<std::string> cipher_suites;
  std::vector<std::string> curves;  // CurveP256, CurveP384, CurveP521, X25519; empty: as above
  bool prefer_server_ciphers = true;
};

bool is_tls_version(std::string_view name) noexcept;
bool is_cipher_suite(std::string_view name) noexcept;
bool is_curve(std::string_view name) noexcept;

// Of names that are known; empty when no version lies between the two.
//
// GnuTLS chooses among parts: it takes any suite made of the key exchanges, ciphers and hashes of
// the listed ones, in TLS 1.3 too, where Go ignores the list.
std::string tls_priorities(const TlsChoice& choice);

}  // namespace hx
