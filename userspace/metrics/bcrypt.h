// SPDX-License-Identifier: Apache-2.0
// Password hashes in bcrypt's form, "$2y$10$" with 22 characters of salt and 31 of hash.
#pragma once

#include <string>
#include <string_view>

namespace hx {

bool is_bcrypt(std::string_view hash) noexcept;

// Takes as long for a wrong password as for the right one; `hash` must be bcrypt's. Thread-safe.
bool matches_bcrypt(std::string_view password, const std::string& hash);

}  // namespace hx
