// SPDX-License-Identifier: Apache-2.0
// --config.file: a YAML mapping from flag names without dashes to a scalar or a list of scalars.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace hx {

struct ConfigItem {
  std::string key;
  std::vector<std::string> values;  // one for a scalar
  bool is_list = false;
  std::string where;  // "FILE:LINE", for messages
};

// In file order, each key once. Knows nothing about which keys exist.
Result<std::vector<ConfigItem>> read_config_file(const std::string& path);

}  // namespace hx
