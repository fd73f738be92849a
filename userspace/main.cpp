// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "app/daemon.h"
#include "app/doctor.h"
#include "app/options.h"
#include "base/log.h"

namespace {

enum ExitCode { kClean = 0, kFailure = 1, kBadInput = 2 };

int fail(ExitCode code, const std::string& message) {
  hx::log_error(message);
  return code;
}

int print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return kClean;
  }
  return fail(kFailure, hx::Error{errno, "write to standard output"}.message());
}

// The end waits neither for a client that does not read nor for a file system that does not answer:
// the kernel takes back what is left.
void end_within_a_second() {
  ::signal(SIGALRM, [](int) { ::_exit(kClean); });
  const itimerval most{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 800'000}};
  ::setitimer(ITIMER_REAL, &most, nullptr);
}

int run(std::span<const char* const> words) {
  const auto command_line = hx::parse_command_line(words);
  if (!command_line) return fail(kBadInput, command_line.error().message());
  if (!command_line->print.empty()) return print(command_line->print);
  const auto& options = command_line->options;
  hx::set_log_level(options.log_level);

  if (options.doctor) {
    const auto diagnosis = hx::diagnose(options);
    if (!diagnosis) return fail(kBadInput, diagnosis.error().message());
    const int printed = print(diagnosis->report);
    return diagnosis->healthy ? printed : kFailure;
  }
  if (options.once) {
    const auto text = hx::Daemon::scrape_once(options);
    return text ? print(*text) : fail(kBadInput, text.error().message());
  }
  const auto daemon = hx::Daemon::start(options);
  if (!daemon) return fail(kBadInput, daemon.error().message());
  (*daemon)->wait();
  end_within_a_second();
  return kClean;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv, argv + argc});
  } catch (const std::exception& e) {
    return fail(kFailure, std::string("unexpected: ") + e.what());
  }
}
