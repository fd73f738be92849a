// SPDX-License-Identifier: Apache-2.0
// A process to name, and a table of names for it. The rows were compared with process-exporter
// 0.7.10 unless they say otherwise.
#pragma once

#include <string>
#include <vector>

#include "process/identity.h"

namespace hx::test {

struct Naming {
  std::string text;
  std::string name;
};

// comm, started at 2023-11-14 22:13:20.12, with three arguments and two cgroups.
Identity example_process();
// The name by a template, with the captures "" and "n", both "-a"; or what is wrong with the
// template.
std::string render_for(const Identity& identity, const std::string& text);
std::string render(const std::string& text);  // for the example
void check_names(const std::vector<Naming>& rows);

}  // namespace hx::test
