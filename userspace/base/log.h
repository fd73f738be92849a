// SPDX-License-Identifier: Apache-2.0
// One line to stderr for each event worth a person's time; journald adds time and unit.
#pragma once

#include <string_view>

namespace hx {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

void set_log_level(LogLevel least) noexcept;
// Thread-safe. Control characters of the message are replaced, so that it stays one line.
void log(LogLevel level, std::string_view message);

inline void log_debug(std::string_view message) { log(LogLevel::kDebug, message); }
inline void log_info(std::string_view message) { log(LogLevel::kInfo, message); }
inline void log_warning(std::string_view message) { log(LogLevel::kWarning, message); }
inline void log_error(std::string_view message) { log(LogLevel::kError, message); }

}  // namespace hx
