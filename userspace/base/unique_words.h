// SPDX-License-Identifier: Apache-2.0
// Lists of words in files, each of which becomes a label: a word twice would be a series twice,
// which spoils the whole scrape.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace hx {

class UniqueWords {
 public:
  // The words of `text`, valid UTF-8 and in its order, that no text before had.
  std::vector<std::string> add(std::string_view text) {
    const auto valid = to_utf8(text);
    std::vector<std::string> words;
    std::string_view rest = valid, line;
    while (next_line(rest, line)) {
      for (auto word = next_field(line); !word.empty(); word = next_field(line)) {
        if (known_.emplace(word).second) words.emplace_back(word);
      }
    }
    return words;
  }

 private:
  std::set<std::string, std::less<>> known_;
};

}  // namespace hx
