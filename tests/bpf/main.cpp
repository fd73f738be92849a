// SPDX-License-Identifier: Apache-2.0
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>

#include "base/log.h"
#include "probes/probe.h"

// Without the right to load programs nothing here can be tested: 77 is CTest's "skipped".
int main(int argc, char** argv) {
  hx::set_log_level(hx::LogLevel::kError);
  const hx::HostFs fs{hx::HostRoots{}};
  hx::EventLog events;
  for (const auto& probe : hx::probe_table()) {
    const auto made = probe.make({.fs = fs, .events = &events});
    if (!made && (made.error().code == EPERM || made.error().code == EACCES)) {
      std::cerr << "skipped: " << probe.name << ": " << made.error().message() << '\n';
      return 77;
    }
  }
  return doctest::Context(argc, argv).run();
}
