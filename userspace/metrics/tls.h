// SPDX-License-Identifier: Apache-2.0
// The server's side of TLS, by GnuTLS: certificates and what is asked of clients.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "metrics/web_config.h"

struct gnutls_session_int;
struct gnutls_certificate_credentials_st;
struct gnutls_priority_st;

namespace hx {

// Made once of a configuration and its files, and shared by the sessions that begin under it.
class TlsContext {
 public:
  // Reads the files. An error names file, line and key of the configuration.
  static Result<std::shared_ptr<const TlsContext>> make(const TlsConfig& config);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // For a session before its handshake, which this must outlive. A client whose certificate will
  // not do is turned away during the handshake.
  void prepare(gnutls_session_int* session) const;
  // After the handshake: the client has shown a certificate that our authority has signed.
  bool has_verified(gnutls_session_int* session) const;

 private:
  explicit TlsContext(const TlsConfig& config);
  Status load(const TlsConfig& config);
  Status load_authority(const Pem& pem);
  bool verifies() const noexcept;
  bool admits(gnutls_session_int* session) const;

  const ClientAuth client_auth_;
  const std::vector<std::string> allowed_names_;
  gnutls_certificate_credentials_st* credentials_ = nullptr;
  gnutls_priority_st* priorities_ = nullptr;
};

}  // namespace hx
