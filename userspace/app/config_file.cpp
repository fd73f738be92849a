// SPDX-License-Identifier: Apache-2.0
#include "app/config_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "base/host_fs.h"
#include "base/text.h"

namespace hx {
namespace {

std::string place(const std::string& path, const YAML::Mark& mark) {
  return path + ":" + std::to_string(mark.line + 1);
}

Result<ConfigItem> make_item(const YAML::Node& key, const YAML::Node& value,
                             const std::string& path) {
  const auto where = place(path, key.Mark());
  if (!key.IsScalar()) return Error{0, where + ": a key must be the name of a flag"};
  ConfigItem item{.key = key.Scalar(), .values = {}, .is_list = value.IsSequence(), .where = where};
  if (value.IsScalar()) {
    item.values.push_back(value.Scalar());
    return item;
  }
  if (!item.is_list)
    return Error{0, where + ": " + item.key + ": want a value or a list of values"};
  for (const auto& element : value) {
    if (!element.IsScalar()) {
      return Error{0, place(path, element.Mark()) + ": " + item.key + ": want a list of values"};
    }
    item.values.push_back(element.Scalar());
  }
  return item;
}

Result<std::vector<ConfigItem>> parse(const std::string& text, const std::string& path) {
  const YAML::Node root = YAML::Load(text);
  std::vector<ConfigItem> items;
  if (root.IsNull()) return items;
  if (!root.IsMap()) {
    return Error{0, place(path, root.Mark()) + ": want a mapping of flag names to values"};
  }
  for (const auto& entry : root) {
    auto item = make_item(entry.first, entry.second, path);
    if (!item) return item.error();
    const bool again = std::any_of(items.begin(), items.end(),
                                   [&](const ConfigItem& known) { return known.key == item->key; });
    if (again) return Error{0, item->where + ": " + item->key + ": given twice"};
    items.push_back(std::move(*item));
  }
  return items;
}

}  // namespace

Result<std::vector<ConfigItem>> read_config_file(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return Error{text.error().code, "--config.file: " + text.error().what};
  try {
    return parse(*text, path);
  } catch (const YAML::Exception& e) {
    return Error{0, place(path, e.mark) + ": " + to_utf8(e.msg)};
  }
}

}  // namespace hx
