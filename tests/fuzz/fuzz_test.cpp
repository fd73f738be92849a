// SPDX-License-Identifier: Apache-2.0
// Mutates good input in every way that has ever broken a parser, the same way each time.
// HX_FUZZ_ROUNDS=1000 goes on for longer.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "fuzz/targets.h"
#include "process/quote.h"

namespace hx::test {
namespace {

using namespace std::string_literals;
using Words = std::vector<std::string>;

class Mutator {
 public:
  // `seeds` are good input, `words` what means something in it.
  Mutator(Words seeds, Words words) : seeds_(std::move(seeds)), words_(std::move(words)) {}

  std::string next() {
    std::string text = pick(seeds_);
    for (auto changes = below(6); changes > 0; --changes) change(text);
    if (text.size() > kMaxSize) text.resize(kMaxSize);
    return text;
  }

 private:
  static constexpr std::size_t kMaxSize = 4096;

  // Not std::uniform_int_distribution, which each library implements in its own way.
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& pick(const Words& from) { return from[below(from.size())]; }
  char any_byte() {
    static const std::string hard = "\0\n\t \"'\\{}[]():,#&*!|>%-./~\x7f\x80\xc3\xed\xf4\xff"s;
    return below(2) == 0 ? hard[below(hard.size())] : static_cast<char>(below(256));
  }

  void change(std::string& text) {
    const auto at = below(text.size() + 1);
    const auto size = below(std::min<std::size_t>(text.size() - at, 32) + 1);
    switch (below(8)) {
      case 0: text.insert(at, 1, any_byte()); break;
      case 1: text.replace(at, size, 1, any_byte()); break;
      case 2: text.erase(at, size); break;
      case 3: text.resize(at); break;
      case 4: text.insert(at, pick(words_)); break;
      case 5: text.replace(at, size, pick(words_)); break;
      case 6: repeat(text, at, size); break;
      default: splice(text, at);
    }
  }

  void repeat(std::string& text, std::size_t at, std::size_t size) {
    const auto part = text.substr(at, size);
    for (auto times = below(40); times > 0; --times) text.insert(at, part);
  }

  void splice(std::string& text, std::size_t at) {
    const auto& other = pick(seeds_);
    text.replace(at, std::string::npos, other, below(other.size() + 1), std::string::npos);
  }

  std::mt19937_64 random_{20'240'229};
  const Words seeds_, words_;
};

void fuzz(void (*target)(std::string_view), Mutator mutator, int inputs) {
  const char* rounds = std::getenv("HX_FUZZ_ROUNDS");
  const long all = inputs * (rounds != nullptr ? std::strtol(rounds, nullptr, 10) : 1L);
  for (long i = 0; i < all; ++i) {
    const auto text = mutator.next();
    CAPTURE(quote(text));
    target(text);
  }
}

}  // namespace

TEST_CASE("fuzz: files of /proc/PID") {
  fuzz(fuzz_procfs,
       {{"42 (a) b) S 11 12 13 14 -1 4194560 101 9001 7 9002 250 150 3 4 20 0 3 0 12345 8192000 "
         "200 18446744073709551615 1\n",
         "Name:\tx\nState:\tS (sleeping)\nUid:\t1\t2\t3\t4\nVmSwap:\t 12 kB\n"
         "voluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t6\n",
         "rchar: 1\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n",
         "Limit  Soft Limit  Hard Limit  Units\nMax open files  1024  unlimited  files\n",
         "123 456 7\n", "cpu 1 2 3\nbtime 1700000000\nprocesses 5\n"},
        {"(", ")", " ", "\n", "-1", "0", "18446744073709551616", "9223372036854775808",
         "4294967296", "0x1", "1e9", "nan", "unlimited", "Uid:", "kB"}},
       60'000);
}

TEST_CASE("fuzz: command lines") {
  fuzz(fuzz_cmdline,
       {{"/usr/bin/serve\0-d /data\0\0x\0"s, "nginx: master process /usr/sbin/nginx\0\0\0\0"s,
         "-bash\0"s, "sshd: root@pts/0"s, "\0"s, "ab\xff"s, "/\0//\0"s, "caf\xc3\xa9 -d x\0abc"s},
        {"/", "//", "\0"s, "\0\0"s, " ", "-d ", "\xe2\x82", "\xf0\x9f\x98\x80", "\xed\xa0\x80",
         "\"", "\n", "serve", std::string(600, 'a'), std::string(300, '/')}},
       15'000);
}

TEST_CASE("fuzz: name templates") {
  fuzz(fuzz_template,
       {{"{{.Comm}}", "{{ .ExeBase -}} x {{- .ExeFull }}", "{{.Matches.n}}:{{index .Cgroups 0}}",
         "{{if eq .Comm \"a\" `b`}}x{{else if and .PID (gt .PID 3)}}y{{else}}z{{end}}",
         "{{range $i, $c := .Cgroups}}{{$i}}={{$c}}{{else}}none{{end}}",
         "{{with $x := slice .ExeFull 1 3}}{{$x | printf \"%-8.2q|%v\" | html}}{{end}}",
         "{{printf \"%d %x %o %e %U %t %T %%\" .PID 1 0x1F 1e3 'x' true .}}",
         "{{/* comment */}}{{len .Comm}}{{.StartTime.Unix}}{{.StartTime}}{{urlquery .ExeFull}}",
         "{{range .Cgroups}}{{if .}}{{break}}{{end}}{{continue}}{{end}}"},
        {"{{",         "}}",
         "{{-",        "-}}",
         "{{end}}",    "{{else}}",
         "{{if .}}",   "{{range .}}",
         "{{with .}}", "|",
         "(",          ")",
         ".",          "$",
         "$x",         ":=",
         "=",          ",",
         "\"",         "`",
         "'",          "\\",
         "/*",         "*/",
         "nil",        "true",
         "index",      "slice",
         "printf",     "\"%*d\"",
         "\"%[3]v\"",  "\"%99999d\"",
         "and",        "or",
         "not",        "len",
         "html",       "js",
         "1e999",      "0x",
         "0b2",        "9223372036854775808",
         "-1",         ".PID",
         ".StartTime", ".Matches",
         ".Cgroups",   ".Nope",
         "break",      "define \"x\"",
         "block"}},
       30'000);
}

TEST_CASE("fuzz: configurations") {
  fuzz(fuzz_config,
       {{"process_names:\n  - name: \"{{.Comm}}\"\n    cmdline:\n    - '.+'\n",
         "process_names:\n  - comm: [bash, sh]\n  - exe:\n    - /usr/bin/x\n    - y\n"
         "  - name: \"{{.Matches.Cfg}}\"\n    exe: [java]\n    cmdline: ['-c (?P<Cfg>\\S+)', "
         "'(?i)X{1,5}']\n",
         "{\"process_names\": [{\"name\": \"x\", \"comm\": [\"a\"]}]}",
         "a: &a {comm: [x]}\nprocess_names:\n  - <<: *a\n    name: 1.50\n---\nsecond: document\n",
         "# nothing\n", "process_names: []\n", "\xEF\xBB\xBFprocess_names:\r\n  - comm: [a]\r\n"},
        {"process_names:",
         "- ",
         "  ",
         "\n",
         "\t",
         ": ",
         "[",
         "]",
         "{",
         "}",
         "&a ",
         "*a",
         "<<: ",
         "!!str ",
         "!!binary ",
         "|\n",
         ">-\n",
         "---\n",
         "...\n",
         "%YAML 1.1\n",
         "? ",
         "~",
         "null",
         "comm",
         "exe",
         "cmdline",
         "name",
         "'",
         "\"",
         "\\",
         "#",
         "(?P<n>",
         "(a*)*",
         "x{1000}",
         "[[:alpha:]]",
         "\\C",
         "(?<n>",
         "{{.Comm}}",
         "{{",
         "\xff",
         "\0"s}},
       5'000);
}

}  // namespace hx::test
