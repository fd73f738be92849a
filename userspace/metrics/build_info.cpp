// SPDX-License-Identifier: Apache-2.0
// The only file that knows the version control revision, so that a commit recompiles nothing else.
#include "metrics/self.h"

#ifndef HX_REVISION
#define HX_REVISION "unknown"
#endif
#ifndef HX_BRANCH
#define HX_BRANCH "unknown"
#endif

namespace hx {
namespace {

// Go's names, which dashboards know.
constexpr const char* kArchitecture =
#if defined(__x86_64__)
    "amd64";
#elif defined(__aarch64__)
    "arm64";
#elif defined(__powerpc64__)
    "ppc64le";
#elif defined(__s390x__)
    "s390x";
#else
    "unknown";
#endif

#ifdef __clang__
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

}  // namespace

const BuildInfo& build_info() {
  static const BuildInfo info{HX_VERSION, HX_REVISION, HX_BRANCH, kCompiler, kArchitecture};
  return info;
}

std::string version_line() {
  const auto& build = build_info();
  return "host_exporter " + build.version + " (revision " + build.revision + ", " + build.compiler +
         ", " + build.architecture + ")";
}

}  // namespace hx
