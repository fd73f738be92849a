// SPDX-License-Identifier: Apache-2.0
// libFuzzer's side of the targets; scripts/fuzz runs it.
//   fuzz --list                       names the targets
//   fuzz --target=NAME --prepare=DIR  writes DIR/seeds/* and the dictionary DIR/words
//   fuzz --target=NAME -FLAG... DIR.. fuzzes; libFuzzer's flags have one dash
// NAME is a target, or a collector for the files of that one alone.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "fuzz/collector_files.h"
#include "fuzz/corpus.h"

namespace hx::test {
namespace {

constexpr std::string_view kAllCollectors = "collectors";

struct Engine {
  std::function<void(std::string_view)> run;
  std::vector<std::string> seeds, words;
};

Engine make_engine(std::string_view name) {
  for (const auto& target : fuzz_targets()) {
    if (target.name == name) return {target.run, target.seeds, target.words};
  }
  const auto files =
      std::make_shared<CollectorFiles>(name == kAllCollectors ? std::string_view() : name);
  return {[files](std::string_view input) { files->run(input); },
          files->seeds(),
          {"\n", " ", "\t", ":", ",", "-1", "nan", "18446744073709551615", "18446744073709551616",
           "9223372036854775808", "1e308", "0x", "..", "/", "\"", "\\", "\xff"}};
}

// libFuzzer's form.
std::string dictionary_entry(std::string_view word) {
  std::string text = "\"";
  for (const char byte : word) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(byte));
    text += escaped;
  }
  return text + "\"\n";
}

void prepare(const Engine& engine, const std::filesystem::path& dir) {
  std::filesystem::create_directories(dir / "seeds");
  for (std::size_t i = 0; i < engine.seeds.size(); ++i) {
    std::ofstream(dir / "seeds" / std::to_string(i), std::ios::binary) << engine.seeds[i];
  }
  std::ofstream words(dir / "words", std::ios::binary);
  for (const auto& word : engine.words) words << dictionary_entry(word);
}

void list_targets() {
  for (const auto& target : fuzz_targets()) std::puts(std::string(target.name).c_str());
  std::puts(std::string(kAllCollectors).c_str());
}

Engine engine;

}  // namespace
}  // namespace hx::test

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  using namespace hx::test;
  hx::set_log_level(hx::LogLevel::kError);  // a bad text file has a line each
  std::string_view target, dir;
  for (const std::string_view argument : std::span(*argv, static_cast<std::size_t>(*argc))) {
    if (argument == "--list") {
      list_targets();
      std::exit(0);
    }
    if (argument.starts_with("--target=")) target = argument.substr(9);
    if (argument.starts_with("--prepare=")) dir = argument.substr(10);
  }
  try {
    engine = make_engine(target);
    if (dir.empty()) return 0;
    prepare(engine, dir);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fuzz: %s\n", error.what());
    std::exit(2);
  }
  std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  hx::test::engine.run({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
