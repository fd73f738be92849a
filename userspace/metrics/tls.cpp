// SPDX-License-Identifier: Apache-2.0
#include "metrics/tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <algorithm>
#include <array>

#include "base/host_fs.h"
#include "base/text.h"

namespace hx {
namespace {

Error failure(const std::string& where, const std::string& what, int code) {
  return {0, where + ": " + what + ": " + ::gnutls_strerror(code)};
}

gnutls_datum_t datum(const std::string& text) {
  return {.data = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
          .size = static_cast<unsigned>(text.size())};
}

Result<std::string> read(const Pem& pem) {
  if (pem.file.empty()) return pem.text;
  auto text = read_file(pem.file);
  if (!text) return Error{text.error().code, pem.where + ": " + text.error().what};
  return text;
}

// As Go prints them.
std::string name_of_kind(int kind, std::string_view value) {
  if (kind == GNUTLS_SAN_IPADDRESS) return ip_text(value);
  const bool is_text =
      kind == GNUTLS_SAN_DNSNAME || kind == GNUTLS_SAN_RFC822NAME || kind == GNUTLS_SAN_URI;
  return is_text ? std::string(value) : std::string();
}

bool has_one_of(const gnutls_datum_t& der, const std::vector<std::string>& names) {
  gnutls_x509_crt_t certificate = nullptr;
  if (::gnutls_x509_crt_init(&certificate) != 0) return false;
  const std::unique_ptr<std::remove_pointer_t<gnutls_x509_crt_t>,
                        decltype(&::gnutls_x509_crt_deinit)>
      owner(certificate, &::gnutls_x509_crt_deinit);
  if (::gnutls_x509_crt_import(certificate, &der, GNUTLS_X509_FMT_DER) != 0) return false;
  for (unsigned i = 0;; ++i) {
    std::array<char, 1024> value;
    std::size_t size = value.size();
    const int kind =
        ::gnutls_x509_crt_get_subject_alt_name(certificate, i, value.data(), &size, nullptr);
    if (kind == GNUTLS_E_SHORT_MEMORY_BUFFER) continue;  // longer than any that is allowed
    if (kind < 0) return false;
    const auto name = name_of_kind(kind, {value.data(), size});
    if (!name.empty() && std::find(names.begin(), names.end(), name) != names.end()) return true;
  }
}

}  // namespace

TlsContext::TlsContext(const TlsConfig& config)
    : client_auth_(config.client_auth), allowed_names_(config.client_allowed_sans) {}

TlsContext::~TlsContext() {
  if (credentials_ != nullptr) ::gnutls_certificate_free_credentials(credentials_);
  if (priorities_ != nullptr) ::gnutls_priority_deinit(priorities_);
}

bool TlsContext::verifies() const noexcept {
  return client_auth_ == ClientAuth::kVerifyIfGiven ||
         client_auth_ == ClientAuth::kRequireAndVerify;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsConfig& config) {
  std::shared_ptr<TlsContext> context(new TlsContext(config));
  if (auto ok = context->load(config); !ok) return ok.error();
  return std::shared_ptr<const TlsContext>(std::move(context));
}

Status TlsContext::load(const TlsConfig& config) {
  const char* unknown = nullptr;
  if (const int code = ::gnutls_priority_init(&priorities_, config.priorities.c_str(), &unknown)) {
    return failure(config.where, "versions, ciphers or curves", code);
  }
  if (const int code = ::gnutls_certificate_allocate_credentials(&credentials_)) {
    return failure(config.where, "credentials", code);
  }
  const auto certificate = read(config.certificate);
  if (!certificate) return certificate.error();
  const auto key = read(config.key);
  if (!key) return key.error();
  const auto certificate_pem = datum(*certificate), key_pem = datum(*key);
  if (const int code = ::gnutls_certificate_set_x509_key_mem2(
          credentials_, &certificate_pem, &key_pem, GNUTLS_X509_FMT_PEM, nullptr, 0);
      code < 0) {
    return failure(config.certificate.where, "certificate and key", code);
  }
  if (!config.client_ca.where.empty()) {
    if (auto ok = load_authority(config.client_ca); !ok) return ok;
  }
  ::gnutls_certificate_set_verify_function(credentials_, [](gnutls_session_t session) {
    const auto* context = static_cast<const TlsContext*>(::gnutls_db_get_ptr(session));
    if (context->admits(session)) return 0;
    ::gnutls_alert_send(session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
    return static_cast<int>(GNUTLS_E_CERTIFICATE_ERROR);
  });
  return {};
}

Status TlsContext::load_authority(const Pem& pem) {
  const auto text = read(pem);
  if (!text) return text.error();
  const auto authority = datum(*text);
  const int added =
      ::gnutls_certificate_set_x509_trust_mem(credentials_, &authority, GNUTLS_X509_FMT_PEM);
  if (added < 0) return failure(pem.where, "certificates", added);
  if (added == 0) return Error{0, pem.where + ": holds no certificate"};
  return {};
}

void TlsContext::prepare(gnutls_session_t session) const {
  ::gnutls_priority_set(session, priorities_);
  ::gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_);
  const bool requires_one =
      client_auth_ == ClientAuth::kRequireAny || client_auth_ == ClientAuth::kRequireAndVerify;
  ::gnutls_certificate_server_set_request(session, requires_one ? GNUTLS_CERT_REQUIRE
                                                   : client_auth_ == ClientAuth::kNone
                                                       ? GNUTLS_CERT_IGNORE
                                                       : GNUTLS_CERT_REQUEST);
  // The one pointer of a session that neither libmicrohttpd nor, without a store of sessions,
  // GnuTLS uses.
  ::gnutls_db_set_ptr(session, const_cast<TlsContext*>(this));
}

bool TlsContext::admits(gnutls_session_t session) const {
  unsigned count = 0;
  const gnutls_datum_t* chain = ::gnutls_certificate_get_peers(session, &count);
  if (chain == nullptr || count == 0) return true;  // GnuTLS itself refuses, where one is required
  if (verifies()) {
    gnutls_typed_vdata_st purpose{
        .type = GNUTLS_DT_KEY_PURPOSE_OID,
        .data = reinterpret_cast<unsigned char*>(const_cast<char*>(GNUTLS_KP_TLS_WWW_CLIENT)),
        .size = 0};
    unsigned problems = 0;
    if (::gnutls_certificate_verify_peers(session, &purpose, 1, &problems) != 0) return false;
    if (problems != 0) return false;
  }
  return allowed_names_.empty() || has_one_of(chain[0], allowed_names_);
}

bool TlsContext::has_verified(gnutls_session_t session) const {
  unsigned count = 0;
  return verifies() && ::gnutls_certificate_get_peers(session, &count) != nullptr && count > 0;
}

}  // namespace hx
