// SPDX-License-Identifier: Apache-2.0
// A blocking HTTP client for tests that need to see, or to send, the bytes themselves.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace hx::test {

struct HttpReply {
  int status = 0;                              // 0: the connection ended without an answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// One connection to a port of 127.0.0.1. Throws when it cannot connect; a server that is silent for
// ten seconds is an empty answer.
class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port);

  // False when the server has closed the connection.
  bool send(std::string_view bytes) const;
  // The next answer; `head` for an answer that has no body whatever its headers say.
  HttpReply receive(bool head = false);
  // "GET path" with header lines, each ending in "\r\n".
  HttpReply get(std::string_view path, std::string_view headers = {});

 private:
  bool fill();

  Fd fd_;
  std::string pending_;
};

HttpReply http_get(std::uint16_t port, std::string_view path, std::string_view headers = {});

// The text that `gzipped` was made from; throws when it is damaged.
std::string gunzip(std::string_view gzipped);

}  // namespace hx::test
