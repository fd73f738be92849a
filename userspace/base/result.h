// SPDX-License-Identifier: Apache-2.0
// Errors as values: the shape of std::expected, which the compilers of our floor do not have yet.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <variant>

namespace hx {

// An errno and what was being done: {ENOENT, "open proc/loadavg"}.
struct Error {
  int code = 0;
  std::string what;

  // This host simply lacks it (no such file, device or module): worth a debug line, not an alarm.
  bool is_absent() const noexcept { return code == ENOENT || code == ENODEV || code == ENOTDIR; }
  // "open proc/loadavg: No such file or directory"
  std::string message() const { return code == 0 ? what : what + ": " + std::strerror(code); }
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  template <class U>
  requires std::is_constructible_v<T, U&&> &&(!std::is_same_v<std::remove_cvref_t<U>, Result>)&&(
      !std::is_same_v<std::remove_cvref_t<U>, Error>)Result(U&& value)
      : state_(T(std::forward<U>(value))) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const noexcept { return state_.index() == 0; }
  T& operator*() noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&state_); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }
  const Error& error() const noexcept { return *std::get_if<1>(&state_); }
  T value_or(T fallback) const { return *this ? **this : std::move(fallback); }

 private:
  std::variant<T, Error> state_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error)
      : error_(std::move(error)), failed_(true) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const noexcept { return !failed_; }
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace hx
