// SPDX-License-Identifier: Apache-2.0
#include "metrics/web_config.h"

#include <doctest/doctest.h>

#include "metrics/tls_priorities.h"

namespace hx::test {
namespace {

constexpr const char* kHash = "$2y$10$abcdefghijklmnopqrstuuqflPDzB6gcMhKa1rZqKiun2YGL5sa2u";

std::string error_of(const std::string& yaml) {
  const auto config = parse_web_config(yaml, "/etc/x/web.yml");
  return config ? "accepted" : config.error().message();
}

std::string tls_error(const std::string& lines) {
  return error_of("tls_server_config:\n  cert_file: c\n  key_file: k\n" + lines);
}

WebConfig config_of(const std::string& yaml) {
  auto config = parse_web_config(yaml, "/etc/x/web.yml");
  REQUIRE_MESSAGE(config, config.error().message());
  return *config;
}

}  // namespace

TEST_CASE("web config: a file without a word of TLS asks for nothing") {
  for (const char* yaml : {"", "# nothing\n", "---\n", "{}\n", "tls_server_config:\n",
                           "tls_server_config: {}\nbasic_auth_users:\n",
                           "tls_server_config: {min_version: TLS13}\n"}) {
    CAPTURE(std::string(yaml));
    const auto config = config_of(yaml);
    CHECK_FALSE(config.tls);
    CHECK(config.users.empty());
    CHECK(config.headers.empty());
    CHECK(config.rate_interval.count() == 0);
  }
}

TEST_CASE("web config: all that the exporter toolkit takes") {
  const auto config = config_of(
      "tls_server_config:\n"
      "  cert_file: server.crt\n  key_file: /etc/keys/server.key\n  client_ca_file: ca.crt\n"
      "  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [prometheus, "
      "10.0.0.1]\n"
      "  min_version: TLS12\n  max_version: TLS12\n"
      "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
      "  prefer_server_cipher_suites: false\n  curve_preferences: [CurveP256]\n"
      "http_server_config:\n  http2: true\n  headers:\n"
      "    Strict-Transport-Security: max-age=31536000\n    X-Frame-Options: deny\n"
      "    X-Content-Type-Options: nosniff\n    X-XSS-Protection: ''\n"
      "basic_auth_users:\n  alice: " +
      std::string(kHash) + "\nrate_limit: {interval: 1s, burst: 20}\n");
  REQUIRE(config.tls);
  CHECK(config.tls->certificate.file == "/etc/x/server.crt");
  CHECK(config.tls->certificate.where == "/etc/x/web.yml:2: tls_server_config.cert_file");
  CHECK(config.tls->key.file == "/etc/keys/server.key");
  CHECK(config.tls->client_ca.file == "/etc/x/ca.crt");
  CHECK(config.tls->client_auth == ClientAuth::kRequireAndVerify);
  CHECK(config.tls->client_allowed_sans == std::vector<std::string>{"prometheus", "10.0.0.1"});
  CHECK(config.tls->priorities ==
        "NORMAL:-RSA:-DHE-RSA:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:-CIPHER-ALL:-MAC-ALL:+ECDHE-RSA:"
        "+AES-128-GCM:+AEAD:-GROUP-ALL:+GROUP-SECP256R1");
  CHECK(config.headers.size() == 3);  // a blank one is none
  CHECK(config.users.at("alice") == kHash);
  CHECK(config.rate_interval == std::chrono::seconds(1));
  CHECK(config.rate_burst == 20);
}

TEST_CASE("web config: certificate and key may stand in the file itself") {
  const auto config = config_of("tls_server_config: {cert: abc, key: def}\n");
  CHECK(config.tls->certificate.text == "abc");
  CHECK(config.tls->key.text == "def");
  CHECK(config.tls->certificate.file.empty());
  CHECK(tls_error("  cert: abc\n") ==
        "/etc/x/web.yml:4: tls_server_config.cert: given both here and in a file");
}

TEST_CASE("web config: an error is one line with file, line and key") {
  CHECK(error_of("no_such: 1\n") == "/etc/x/web.yml:1: no_such: unknown key");
  CHECK(tls_error("  min_versoin: TLS12\n") ==
        "/etc/x/web.yml:4: tls_server_config.min_versoin: unknown key");
  CHECK(error_of("- a list\n") == "/etc/x/web.yml:1: want a mapping of sections");
  CHECK(error_of("basic_auth_users: [a]\n") ==
        "/etc/x/web.yml:1: basic_auth_users: want a mapping");
  CHECK(error_of("basic_auth_users:\n  a: secret\n")
            .starts_with("/etc/x/web.yml:2: basic_auth_users.a: not a bcrypt hash"));
  CHECK(error_of("basic_auth_users:\n  a:\n").find("not a bcrypt hash") != std::string::npos);
  CHECK(error_of("rate_limit: {interval: soon, burst: 1}\n") ==
        "/etc/x/web.yml:1: rate_limit: interval: \"soon\" is not a duration such as 1s");
  CHECK(error_of("rate_limit: {interval: 1s}\n").find("would let none through") !=
        std::string::npos);
  CHECK(error_of("rate_limit: {interval: 1s, burst: -1}\n").find("burst: \"-1\"") !=
        std::string::npos);
  CHECK(error_of("http_server_config:\n  http2: perhaps\n") ==
        "/etc/x/web.yml:2: http_server_config.http2: want true or false");
  CHECK(error_of("http_server_config:\n  headers:\n    Server: x\n") ==
        "/etc/x/web.yml:3: http_server_config.headers.Server: this header cannot be set");
  CHECK(error_of("http_server_config: {headers: {X-Frame-Options: none}}\n")
            .ends_with("X-Frame-Options: \"none\" is not allowed for it"));
  CHECK(error_of("http_server_config: {headers: {X-XSS-Protection: \"a\\nb: c\"}}\n")
            .ends_with("want one line without control characters"));
  CHECK(error_of("tls_server_config: [\n").starts_with("/etc/x/web.yml:"));
  CHECK(error_of("\"a\\nb\": 1\n") == "/etc/x/web.yml:1: a b: unknown key");
}

TEST_CASE("web config: what belongs together is asked for") {
  CHECK(error_of("tls_server_config:\n  key_file: k\n") ==
        "/etc/x/web.yml:1: tls_server_config: cert_file is missing");
  CHECK(error_of("tls_server_config:\n  cert_file: c\n") ==
        "/etc/x/web.yml:1: tls_server_config: key_file is missing");
  CHECK(tls_error("  client_auth_type: RequireAndVerifyClientCert\n").find("client_ca_file") !=
        std::string::npos);
  CHECK(tls_error("  client_ca_file: ca\n").find("client_auth_type") != std::string::npos);
  CHECK(tls_error("  client_auth_type: Maybe\n").ends_with("\"Maybe\" is not known"));
  CHECK(tls_error("  client_auth_type: RequestClientCert\n  client_allowed_sans: [a]\n")
            .find("client_allowed_sans") != std::string::npos);
  CHECK(tls_error("  min_version: SSL30\n").ends_with("\"SSL30\" is not known"));
  CHECK(tls_error("  min_version: TLS13\n  max_version: TLS12\n").find("above") !=
        std::string::npos);
  CHECK(tls_error("  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n").find("RC4") !=
        std::string::npos);
  CHECK(tls_error("  cipher_suites: TLS_AES_128_GCM_SHA256\n").ends_with("want a list"));
  CHECK(tls_error("  curve_preferences: [[a]]\n").ends_with("want a list of texts"));
}

TEST_CASE("web config: nothing of a file is silently left out") {
  const std::string users = "basic_auth_users: {a: " + std::string(kHash) + "}\n";
  CHECK(error_of("rate_limit: {}\n---\n" + users).find("not part of the configuration") !=
        std::string::npos);
  CHECK(error_of("rate_limit: {}\n}\n" + users) != "accepted");
  CHECK(error_of(users + users).ends_with("basic_auth_users: given twice"));
  CHECK(tls_error("  key_file: other\n").ends_with("key_file: given twice"));
  CHECK(error_of("\xff\n") == "/etc/x/web.yml: not in UTF-8");
}

TEST_CASE("tls priorities: versions stand between the two, newest first") {
  TlsChoice choice;
  CHECK(tls_priorities(choice).ends_with(":%SERVER_PRECEDENCE"));
  choice.min_version = "TLS10";
  CHECK(tls_priorities(choice).find(
            ":-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0:") !=
        std::string::npos);
  choice.min_version = "TLS13";
  choice.max_version = "TLS12";
  CHECK(tls_priorities(choice).empty());
}

}  // namespace hx::test
