// SPDX-License-Identifier: Apache-2.0
#include "base/shared_reads.h"

namespace hx {

Status SharedFile::read(const Use& use) {
  const std::lock_guard lock(mutex_);
  const auto scrape = scrape_.load();
  if (read_in_ != scrape) {
    read_in_ = 0;
    const auto text = file_.read();
    if (!text) return text.error();
    text_ = *text;
    read_in_ = scrape;
  }
  return use(text_);
}

Status SharedLinks::dump(const Netlink::Each& each) {
  const std::lock_guard lock(mutex_);
  const auto scrape = scrape_.load();
  if (read_in_ != scrape) {
    read_in_ = 0;
    bytes_.clear();
    messages_.clear();
    auto ok = route_.dump(RTM_GETLINK, LinkRequest{},
                          [this](std::uint16_t type, std::string_view message) {
                            messages_.push_back({type, bytes_.size(), message.size()});
                            bytes_ += message;
                          });
    if (!ok) return ok;
    read_in_ = scrape;
  }
  for (const auto& message : messages_) {
    each(message.type, std::string_view(bytes_).substr(message.begin, message.size));
  }
  return {};
}

}  // namespace hx
