// SPDX-License-Identifier: Apache-2.0
// Whether this is built with a sanitizer, whose runtime has threads and system calls of its own.
#pragma once

#ifndef __has_feature  // which clang has, and gcc has macros for
#define __has_feature(feature) 0
#endif

namespace hx {

#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = kThreadSanitizer;
#endif

}  // namespace hx
