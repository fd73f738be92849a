// SPDX-License-Identifier: Apache-2.0
#include "metrics/web_config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <span>

#include "base/text.h"
#include "base/yaml.h"
#include "metrics/bcrypt.h"
#include "metrics/tls_priorities.h"

namespace hx {
namespace {

// What a key is called in errors, and where it stands.
struct Where {
  std::string key;    // with those above it: "tls_server_config.min_version"
  std::string place;  // "web.yml:3"

  Error error(const std::string& what) const { return {0, place + ": " + key + ": " + what}; }
};

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }

struct HeaderRule {
  std::string_view name;
  std::array<std::string_view, 2> values;  // the only ones allowed; empty: any
};
constexpr std::array<HeaderRule, 5> kHeaders{{{"Content-Security-Policy", {}},
                                              {"Strict-Transport-Security", {}},
                                              {"X-Content-Type-Options", {"nosniff"}},
                                              {"X-Frame-Options", {"deny", "sameorigin"}},
                                              {"X-XSS-Protection", {}}}};

struct ClientAuthName {
  std::string_view name;
  ClientAuth value;
};
constexpr std::array<ClientAuthName, 6> kClientAuths{{
    {"NoClientCert", ClientAuth::kNone},
    {"RequestClientCert", ClientAuth::kRequest},
    {"RequireAnyClientCert", ClientAuth::kRequireAny},
    {"RequireClientCert", ClientAuth::kRequireAny},  // its name in old files
    {"VerifyClientCertIfGiven", ClientAuth::kVerifyIfGiven},
    {"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerify},
}};

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Result<WebConfig> read(const YAML::Node& root) {
    const Key keys[] = {
        {"tls_server_config", [&](auto& node, auto& where) { return read_tls(node, where); }},
        {"http_server_config", [&](auto& node, auto& where) { return read_http(node, where); }},
        {"basic_auth_users", [&](auto& node, auto& where) { return read_users(node, where); }},
        {"rate_limit", [&](auto& node, auto& where) { return read_rate(node, where); }},
    };
    if (auto ok = read_mapping(root, {{}, place(root)}, keys); !ok) return ok.error();
    return std::move(out_);
  }

  std::string place_of_line(int line) const { return path_ + ":" + std::to_string(line + 1); }

 private:
  using Read = std::function<Status(const YAML::Node& value, const Where& where)>;
  struct Key {
    std::string_view name;
    Read read;
  };

  std::string place(const YAML::Node& node) const { return place_of_line(node.Mark().line); }

  // Calls `read` for each pair of a mapping, which may be missing.
  Status for_each(const YAML::Node& map, const Where& where, const Read& read) const {
    if (map.IsNull()) return {};
    if (!map.IsMap()) {
      return where.key.empty() ? Error{0, where.place + ": want a mapping of sections"}
                               : where.error("want a mapping");
    }
    std::set<std::string> seen;
    for (const auto& pair : map) {
      if (!pair.first.IsScalar()) return Error{0, place(pair.first) + ": a key must be a word"};
      const auto& name = pair.first.Scalar();
      const Where at{where.key.empty() ? name : where.key + "." + name, place(pair.first)};
      if (!seen.insert(name).second) return at.error("given twice");
      if (auto ok = read(pair.second, at); !ok) return ok;
    }
    return {};
  }

  Status read_mapping(const YAML::Node& map, const Where& where, std::span<const Key> keys) const {
    return for_each(map, where, [&](const YAML::Node& value, const Where& at) -> Status {
      const auto name =
          std::string_view(at.key).substr(where.key.empty() ? 0 : where.key.size() + 1);
      const auto key = std::find_if(keys.begin(), keys.end(),
                                    [&](const Key& known) { return known.name == name; });
      return key == keys.end() ? at.error("unknown key") : key->read(value, at);
    });
  }

  // A null leaves what is there.
  static Status read_text(const YAML::Node& node, const Where& where, std::string& out) {
    if (node.IsNull()) return {};
    if (!node.IsScalar()) return where.error("want a text");
    if (!is_utf8(node.Scalar()) || node.Scalar().find('\0') != std::string::npos) {
      return where.error("want a text in UTF-8");
    }
    out = node.Scalar();
    return {};
  }

  static Status read_bool(const YAML::Node& node, const Where& where, bool& out) {
    if (node.IsNull() || YAML::convert<bool>::decode(node, out)) return {};
    return where.error("want true or false");
  }

  // One of the names that `is_known`.
  static Status read_name(const YAML::Node& node, const Where& where, auto is_known,
                          std::string& out) {
    std::string name = out;
    if (auto ok = read_text(node, where, name); !ok) return ok;
    if (!is_known(name)) return where.error(quoted(name) + " is not known");
    out = std::move(name);
    return {};
  }

  Status read_list(const YAML::Node& node, const Where& where, auto is_known,
                   std::vector<std::string>& out) const {
    if (node.IsNull()) return {};
    if (!node.IsSequence()) return where.error("want a list");
    for (const auto& element : node) {
      if (!element.IsScalar())
        return Where{where.key, place(element)}.error("want a list of texts");
      std::string name;
      if (auto ok = read_name(element, {where.key, place(element)}, is_known, name); !ok) return ok;
      out.push_back(std::move(name));
    }
    return {};
  }

  Read pem_text(Pem& out) const {
    return [&](const YAML::Node& node, const Where& where) {
      return read_pem(node, where, out.text, out);
    };
  }
  Read pem_file(Pem& out) const {
    return [&](const YAML::Node& node, const Where& where) {
      return read_pem(node, where, out.file, out);
    };
  }
  Status read_pem(const YAML::Node& node, const Where& where, std::string& value, Pem& out) const {
    std::string text;
    if (auto ok = read_text(node, where, text); !ok || text.empty()) return ok;
    if (!out.where.empty()) return where.error("given both here and in a file");
    out.where = where.place + ": " + where.key;
    value = std::move(text);
    if (&value == &out.file && !out.file.starts_with('/')) out.file.insert(0, directory());
    return {};
  }
  std::string directory() const { return path_.substr(0, path_.rfind('/') + 1); }

  Status read_tls(const YAML::Node& node, const Where& where) {
    TlsConfig tls;
    tls.where = where.place + ": " + where.key;
    TlsChoice choice;
    bool is_asked_for = false;
    const auto any = [](std::string_view) { return true; };
    const Key keys[] = {
        {"cert", pem_text(tls.certificate)},
        {"cert_file", pem_file(tls.certificate)},
        {"key", pem_text(tls.key)},
        {"key_file", pem_file(tls.key)},
        {"client_ca", pem_text(tls.client_ca)},
        {"client_ca_file", pem_file(tls.client_ca)},
        {"client_auth_type",
         [&](auto& value, auto& at) {
           is_asked_for |= !value.IsNull();
           return read_client_auth(value, at, tls.client_auth);
         }},
        {"client_allowed_sans",
         [&](auto& value, auto& at) { return read_list(value, at, any, tls.client_allowed_sans); }},
        {"min_version",
         [&](auto& value, auto& at) {
           return read_name(value, at, is_tls_version, choice.min_version);
         }},
        {"max_version",
         [&](auto& value, auto& at) {
           return read_name(value, at, is_tls_version, choice.max_version);
         }},
        {"cipher_suites",
         [&](auto& value, auto& at) {
           return read_list(value, at, is_cipher_suite, choice.cipher_suites);
         }},
        {"curve_preferences",
         [&](auto& value, auto& at) { return read_list(value, at, is_curve, choice.curves); }},
        {"prefer_server_cipher_suites",
         [&](auto& value, auto& at) { return read_bool(value, at, choice.prefer_server_ciphers); }},
    };
    if (auto ok = read_mapping(node, where, keys); !ok) return ok;
    tls.priorities = tls_priorities(choice);
    if (tls.priorities.empty()) return where.error("min_version is above max_version");
    is_asked_for |= !(tls.certificate.where + tls.key.where + tls.client_ca.where).empty();
    if (!is_asked_for) return {};
    if (auto ok = check(tls, where); !ok) return ok;
    out_.tls = std::move(tls);
    return {};
  }

  // What belongs together.
  static Status check(const TlsConfig& tls, const Where& where) {
    if (tls.certificate.where.empty()) return where.error("cert_file is missing");
    if (tls.key.where.empty()) return where.error("key_file is missing");
    const bool verifies = tls.client_auth == ClientAuth::kVerifyIfGiven ||
                          tls.client_auth == ClientAuth::kRequireAndVerify;
    if (verifies && tls.client_ca.where.empty()) {
      return where.error("client_ca_file is missing, for client_auth_type to verify by");
    }
    if (!tls.client_ca.where.empty() && tls.client_auth == ClientAuth::kNone) {
      return where.error("client_ca_file without a client_auth_type that asks for certificates");
    }
    const bool requires_one = tls.client_auth == ClientAuth::kRequireAny ||
                              tls.client_auth == ClientAuth::kRequireAndVerify;
    if (!tls.client_allowed_sans.empty() && !requires_one) {
      return where.error(
          "client_allowed_sans without a client_auth_type that requires a certificate "
          "(RequireAndVerifyClientCert)");
    }
    return {};
  }

  static Status read_client_auth(const YAML::Node& node, const Where& where, ClientAuth& out) {
    std::string name = "NoClientCert";
    if (auto ok = read_text(node, where, name); !ok) return ok;
    for (const auto& row : kClientAuths) {
      if (row.name != name) continue;
      out = row.value;
      return {};
    }
    return where.error(quoted(name) + " is not known");
  }

  Status read_http(const YAML::Node& node, const Where& where) {
    bool http2 = true;  // there is none here, and no client minds
    const Key keys[] = {
        {"http2", [&](auto& value, auto& at) { return read_bool(value, at, http2); }},
        {"headers",
         [&](auto& value, auto& at) {
           return for_each(value, at, [&](const YAML::Node& text, const Where& header) {
             return read_header(text, header, header.key.substr(at.key.size() + 1));
           });
         }},
    };
    return read_mapping(node, where, keys);
  }

  Status read_header(const YAML::Node& node, const Where& where, const std::string& name) {
    const auto* const rule = std::find_if(kHeaders.begin(), kHeaders.end(),
                                          [&](const HeaderRule& row) { return row.name == name; });
    if (rule == kHeaders.end()) return where.error("this header cannot be set");
    std::string value;
    if (auto ok = read_text(node, where, value); !ok || value.empty()) return ok;
    if (std::any_of(value.begin(), value.end(), is_control)) {
      return where.error("want one line without control characters");
    }
    const auto& allowed = rule->values;
    if (!allowed[0].empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      return where.error(quoted(value) + " is not allowed for it");
    }
    out_.headers.emplace_back(name, std::move(value));
    return {};
  }

  Status read_users(const YAML::Node& node, const Where& where) {
    return for_each(node, where, [&](const YAML::Node& value, const Where& at) -> Status {
      std::string hash;
      if (auto ok = read_text(value, at, hash); !ok) return ok;
      if (!is_bcrypt(hash)) {
        return at.error("not a bcrypt hash of a password, such as htpasswd -nB makes");
      }
      out_.users.emplace(at.key.substr(where.key.size() + 1), std::move(hash));
      return {};
    });
  }

  Status read_rate(const YAML::Node& node, const Where& where) {
    std::string interval = "0", burst = "0";
    const Key keys[] = {
        {"interval", [&](auto& value, auto& at) { return read_text(value, at, interval); }},
        {"burst", [&](auto& value, auto& at) { return read_text(value, at, burst); }},
    };
    if (auto ok = read_mapping(node, where, keys); !ok) return ok;
    const auto duration = to_duration(interval);
    if (!duration || duration->count() < 0) {
      return where.error("interval: " + quoted(interval) + " is not a duration such as 1s");
    }
    const auto requests = to_number<unsigned>(burst);
    if (!requests) return where.error("burst: " + quoted(burst) + " is not a number of requests");
    if (duration->count() > 0 && *requests == 0) {
      return where.error("burst: 0 requests at once would let none through");
    }
    out_.rate_interval = *duration;
    out_.rate_burst = *requests;
    return {};
  }

  const std::string& path_;
  WebConfig out_;
};

}  // namespace

Result<WebConfig> parse_web_config(std::string_view text, const std::string& path) {
  if (!is_utf8(text)) return Error{0, path + ": not in UTF-8"};
  Reader reader(path);
  const auto error = [](const std::string& what) { return Error{0, on_one_line(what)}; };
  const std::string document(text);
  try {
    if (const auto line = line_of_leftover(document)) {
      return Error{0, reader.place_of_line(*line) + ": not part of the configuration before it"};
    }
    auto config = reader.read(YAML::Load(document));
    return config ? std::move(config) : error(config.error().what);
  } catch (const YAML::Exception& e) {
    return error(reader.place_of_line(e.mark.line) + ": " + e.msg);
  }
}

}  // namespace hx
