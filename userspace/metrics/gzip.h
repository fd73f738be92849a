// SPDX-License-Identifier: Apache-2.0
// gzip for responses: one compressor, kept from scrape to scrape.
#pragma once

#include <libdeflate.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hx {

class Gzip {
 public:
  // Replaces `out`.
  Status compress(std::string_view text, std::string& out);

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const noexcept {
      ::libdeflate_free_compressor(compressor);
    }
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor_;  // made by the first that wants it
};

}  // namespace hx
