// SPDX-License-Identifier: Apache-2.0
#include "base/attributes.h"

#include "base/text.h"

namespace hx {

Attributes::Attributes(const HostFs& fs, const std::string& dir,
                       std::span<const std::string_view> names) {
  files_.reserve(names.size());
  for (const auto name : names) {
    const auto path = dir + "/" + std::string(name);
    auto& file = files_.emplace_back();
    if (fs.exists(path)) file.emplace(fs, path);
  }
}

std::optional<std::string_view> Attributes::text(std::size_t i) {
  if (!files_[i]) return std::nullopt;
  const auto text = files_[i]->read();
  if (!text) return std::nullopt;
  return trim(*text);
}

std::optional<std::int64_t> Attributes::number(std::size_t i) {
  const auto digits = text(i);
  if (!digits) return std::nullopt;
  if (!digits->starts_with("0x")) return to_i64(*digits);
  const auto bits = hex_to_u64(digits->substr(2));
  if (!bits || *bits > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(*bits);
}

void Attributes::close() noexcept {
  for (auto& file : files_) {
    if (file) file->close();
  }
}

}  // namespace hx
