// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/fd.h"

namespace hx::test {
namespace {

// What `body` writes to standard error, at most a pipe's worth.
template <class Body>
std::string standard_error_of(Body body) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const Fd read_end(ends[0]), saved(::dup(STDERR_FILENO));
  Fd write_end(ends[1]);
  ::dup2(write_end.get(), STDERR_FILENO);
  body();
  ::dup2(saved.get(), STDERR_FILENO);
  write_end.reset();
  std::array<char, 4096> text;
  const auto size = ::read(read_end.get(), text.data(), text.size());
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

TEST_CASE("log: a message is one line, whatever it holds, and less severe ones are left out") {
  const auto text = standard_error_of([] {
    set_log_level(LogLevel::kWarning);
    log_info("not this");
    log_warning("a\nb\x1b[31m\tc");
    log_error("d");
    set_log_level(LogLevel::kError);
  });
  CHECK(text.find("not this") == std::string::npos);
  CHECK(text.find("host_exporter: warning: a?b?[31m?c\n") != std::string::npos);
  CHECK(text.find("host_exporter: error: d\n") != std::string::npos);
}

}  // namespace hx::test
