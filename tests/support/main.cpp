// SPDX-License-Identifier: Apache-2.0
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>

#include "base/log.h"

int main(int argc, char** argv) {
  hx::set_log_level(hx::LogLevel::kError);  // the tests provoke warnings on purpose
  ::setenv("TZ", "UTC", 1);
  return doctest::Context(argc, argv).run();
}
