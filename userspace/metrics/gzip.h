// SPDX-License-Identifier: Apache-2.0
// gzip for responses: one deflate stream, kept from scrape to scrape.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace hx {

class Gzip {
 public:
  Gzip() = default;
  ~Gzip();
  // zlib's state points back at the stream.
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // Replaces `out`.
  Status compress(std::string_view text, std::string& out);

 private:
  z_stream stream_{};
  bool ready_ = false;  // its 192 KiB are taken by the first request that wants them
};

}  // namespace hx
