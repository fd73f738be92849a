// SPDX-License-Identifier: Apache-2.0
#include "loader/skeleton.h"

#include <bpf/libbpf.h>

#include <array>
#include <cstdio>

#include "base/log.h"
#include "base/text.h"

namespace hx {
namespace {

// libbpf's hook takes no context. A thread that loads sees its own last warning.
thread_local std::string last_warning;

int on_libbpf_message(libbpf_print_level level, const char* format, va_list args) {
  std::array<char, 1024> line;
  const int size = std::vsnprintf(line.data(), line.size(), format, args);
  if (level == LIBBPF_WARN) {
    last_warning = trim(std::string_view(line.data()).substr(0, 200));
    log_debug(last_warning);
  }
  return size;
}

}  // namespace

void quiet_libbpf() { libbpf_set_print(on_libbpf_message); }

Error bpf_error(const std::string& action, int result) {
  const int code = -result;
  if (code == EPERM || code == EACCES) {
    // The verifier answers EACCES too: then its message says more than the missing right.
    if (last_warning.find("BEGIN PROG LOAD LOG") == std::string::npos) {
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
