// SPDX-License-Identifier: Apache-2.0
#include "loader/skeleton.h"

#include <bpf/libbpf.h>

#include <cstdio>

#include "base/log.h"
#include "base/text.h"

namespace hx {
namespace {

// libbpf's hook takes no context. A thread that loads sees its own last warning.
thread_local std::string last_warning;

constexpr std::string_view kRefusal = "the verifier says: ";
constexpr std::size_t kTrace = 2'000;

std::string format_message(const char* format, va_list args) {
  va_list again;
  va_copy(again, args);
  const int size = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  std::string text(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  std::vsnprintf(text.data(), text.size() + 1, format, args);
  return text;
}

// Of a verifier's log the last line before its statistics says why; the rest is a trace.
std::string_view refusal(std::string_view log) noexcept {
  const auto statistics = log.rfind("\nprocessed ");
  if (log.find("BEGIN PROG LOAD LOG") == std::string_view::npos ||
      statistics == std::string_view::npos) {
    return {};
  }
  log = log.substr(0, statistics);
  return trim(log.substr(log.rfind('\n') + 1));
}

int on_libbpf_message(libbpf_print_level level, const char* format, va_list args) {
  if (level != LIBBPF_WARN) return 0;
  const auto text = format_message(format, args);
  const auto reason = refusal(text);
  // What led to a refusal is at the end.
  const std::string_view all = text;
  log_debug(trim(reason.empty() || all.size() < kTrace ? all.substr(0, 200)
                                                       : all.substr(all.size() - kTrace)));
  if (!reason.empty()) {
    last_warning = std::string(kRefusal) + std::string(reason.substr(0, 200));
  } else if (text.find("failed to load") == std::string::npos) {  // which only repeats the failure
    last_warning = trim(std::string_view(text).substr(0, 200));
  }
  return 0;
}

}  // namespace

void quiet_libbpf() { libbpf_set_print(on_libbpf_message); }

Error bpf_error(const std::string& action, int result) {
  const int code = -result;
  if (code == EPERM || code == EACCES) {
    // The verifier answers EACCES too: then its message says more than the missing right.
    if (!last_warning.starts_with(kRefusal)) {
      return {code,
              action + " needs CAP_BPF and CAP_PERFMON (run as root, or see host_exporter(8))"};
    }
  }
  if (code == ESRCH || code == ENOENT) {
    return {code, action + ": this kernel lacks a tracepoint or its BTF (" + last_warning + ")"};
  }
  return {code, action + " (" + last_warning + ")"};
}

}  // namespace hx
