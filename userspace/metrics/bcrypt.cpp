// SPDX-License-Identifier: Apache-2.0
#include "metrics/bcrypt.h"

#include <crypt.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <memory>

#include "base/text.h"

namespace hx {
namespace {

constexpr std::size_t kHashBytes = 60;
// bcrypt looks at no more; libxcrypt refuses what is far longer.
constexpr std::size_t kPasswordBytes = 72;

bool is_digit_of_salt(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '/';
}

}  // namespace

bool is_bcrypt(std::string_view hash) noexcept {
  if (hash.size() != kHashBytes || !hash.starts_with("$2") || hash[3] != '$' || hash[6] != '$') {
    return false;
  }
  const auto cost = to_number<unsigned>(hash.substr(4, 2));
  return (hash[2] == 'a' || hash[2] == 'b' || hash[2] == 'y') && cost && *cost >= 4 &&
         *cost <= 31 && std::all_of(hash.begin() + 7, hash.end(), is_digit_of_salt);
}

bool matches_bcrypt(std::string_view password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();
  const std::string phrase(password.substr(0, kPasswordBytes));
  const char* computed = ::crypt_r(phrase.c_str(), hash.c_str(), data.get());
  if (computed == nullptr) return false;
  // To C the password ends at a NUL, and would match what it begins with.
  const bool is_text = password.find('\0') == std::string_view::npos;
  const std::string_view result = computed;
  return result.size() == hash.size() &&
         ::gnutls_memcmp(result.data(), hash.data(), hash.size()) == 0 && is_text;
}

}  // namespace hx
