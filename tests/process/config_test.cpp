// SPDX-License-Identifier: Apache-2.0
#include "process/config.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/temp_host.h"

namespace hx::test {
namespace {

using namespace std::string_literals;

Identity process(std::string comm, std::string cmdline = {}) {
  Identity identity;
  identity.comm = std::move(comm);
  identity.cmdline = std::move(cmdline);
  return identity;
}

// The group's name, "unmatched", or what is wrong with the configuration.
std::string name_by(const Result<Config>& config, const Identity& identity) {
  if (!config) return config.error().message();
  return config->name_of(identity).value_or("unmatched");
}

std::string name_by(const std::string& yaml, const Identity& identity) {
  return name_by(parse_config(yaml, "all.yml"), identity);
}

std::string error_of(const std::string& yaml) {
  const auto config = parse_config(yaml, "all.yml");
  return config ? "accepted" : config.error().message();
}

}  // namespace

TEST_CASE("config: the first entry that matches names the process") {
  const std::string yaml =
      "process_names:\n"
      "- name: first\n  comm: [a, b]\n"
      "- name: second {{.Matches.N}}\n  comm: [b, c]\n  cmdline: ['-n (?P<N>.)']\n"
      "- exe: [/bin/c]\n";
  CHECK(name_by(yaml, process("b", "b\0-n\0"s + "1\0"s)) == "first");
  CHECK(name_by(yaml, process("c", "/bin/c\0-n\0"s + "1\0"s)) == "second 1");
  CHECK(name_by(yaml, process("c", "/bin/c\0"s)) == "c");  // without a name: {{.ExeBase}}
  CHECK(name_by(yaml, process("c", "/usr/bin/c\0"s)) == "unmatched");
}

TEST_CASE("config: an empty list is a selector, a null one is none") {
  const auto process_without_arguments = process("kthread");
  const auto named = [&](const std::string& entry) {
    return name_by("process_names: [{name: x, " + entry + "}]", process_without_arguments);
  };
  CHECK(named("cmdline: []") == "x");
  CHECK(named("comm: []") == "unmatched");
  CHECK(named("exe: []") == "unmatched");
  CHECK(named("cmdline: [], comm: null") == "x");
  CHECK(named("cmdline: [], exe:") == "x");
  CHECK(named("cmdline: [], comm: []") == "unmatched");
}

TEST_CASE("config: nothing but comments matches nothing") {
  for (const std::string& yaml :
       {""s, "# nothing\n"s, "---\n"s, "process_names:\n"s, "process_names: []\n"s, "other: 1\n"s,
        "Process_names:\n- comm: [a]\n"s, "null\n"s}) {
    CAPTURE(yaml);
    const auto config = parse_config(yaml, "all.yml");
    REQUIRE(config);
    CHECK(config->empty());
    CHECK_FALSE(config->name_of(process("a", "a")));
  }
}

TEST_CASE("config: YAML is read as the Go library reads it") {
  const auto a = process("a", "/bin/a\0"s);
  const std::string entry = "comm: [a]\n";
  CHECK(name_by("{\"process_names\": [{\"name\": \"json\", \"comm\": [\"a\"]}]}", a) == "json");
  CHECK(name_by("\xEF\xBB\xBFprocess_names:\r\n- name: crlf\r\n  comm: [a]\r\n", a) == "crlf");
  CHECK(name_by("process_names:\n- name: one\n  name: two\n  " + entry, a) == "two");
  CHECK(name_by("process_names: [{comm: [b]}]\nprocess_names:\n- name: last\n  " + entry, a) ==
        "last");
  CHECK(name_by("process_names:\n- name: x\n  nosuch: [1]\n  " + entry + "---\nx: [\n", a) == "x");
  // A scalar is its source text.
  for (const char* scalar : {"1.50", "yes", "0x1F", "1_000", "2001-01-01"}) {
    CHECK(name_by("process_names:\n- name: "s + scalar + "\n  " + entry, a) == scalar);
  }
  CHECK(name_by("process_names:\n- name: ~\n  " + entry, a) == "a");
  CHECK(name_by("process_names:\n- name: '{{.Comm}}:'\n  comm: [1, yes, a]\n", process("yes")) ==
        "yes:");
  CHECK(name_by("x: &c [a]\nprocess_names:\n- {name: alias, comm: *c}\n", a) == "alias");
  CHECK(name_by("x: &e {comm: [a], name: old}\nprocess_names:\n- <<: *e\n  name: new\n", a) ==
        "new");
  CHECK(name_by("process_names:\n- name: |-\n    two\n    lines\n  " + entry, a) == "two\nlines");
}

TEST_CASE("config: what is wrong is said in one line with file, line and key") {
  struct Row {
    std::string yaml, error;
  };
  for (const Row& row : std::vector<Row>{
           {"- a\n", "all.yml:1: expected a mapping with process_names"},
           {"text\n", "all.yml:1: expected a mapping with process_names"},
           {"process_names: x\n", "all.yml:1: process_names: expected a list of entries"},
           {"process_names:\n  a: 1\n", "all.yml:2: process_names: expected a list of entries"},
           {"process_names:\n- x\n", "all.yml:2: process_names[0]: expected a mapping"},
           {"process_names:\n- comm: [a]\n- name: x\n",
            "all.yml:3: process_names[1]: no matchers: needs at least one of comm, exe, cmdline"},
           {"process_names:\n-\n",
            "all.yml:3: process_names[0]: no matchers: needs at least one of comm, exe, cmdline"},
           {"process_names:\n- Comm: [a]\n",
            "all.yml:2: process_names[0]: no matchers: needs at least one of comm, exe, cmdline"},
           {"process_names:\n- comm:\n",
            "all.yml:2: process_names[0]: no matchers: needs at least one of comm, exe, cmdline"},
           {"process_names:\n- comm: a\n",
            "all.yml:2: process_names[0].comm: expected a list of strings"},
           {"process_names:\n- exe: {a: 1}\n",
            "all.yml:2: process_names[0].exe: expected a list of strings"},
           {"process_names:\n- cmdline:\n  - [a]\n",
            "all.yml:3: process_names[0].cmdline[0]: expected a string"},
           {"process_names:\n- name: [x]\n  comm: [a]\n",
            "all.yml:2: process_names[0].name: expected a string"},
           {"process_names:\n- comm: [*nope]\n", "all.yml:2: invalid YAML: "},
           {"\"\\\xef\xbb\xbf\"",
            "all.yml:1: invalid YAML: unknown escape character: \xef\xbf\xbd"},
           {"\\\r:\n\"\t\\\r:\n\"", "all.yml:2: invalid YAML: unknown escape character:  "},
           {"process_names: [\n", "all.yml:2: invalid YAML: "},
           {"process_names:\n\t- comm: [a]\n", "all.yml:2: invalid YAML: tab in the indentation"},
           {"a: 1\n\xff: 2\n", "all.yml:2: invalid UTF-8"},
           {"a: 1\n\0: 2\n"s, "all.yml:2: control character"},
           {",\n", "all.yml:1: invalid YAML: not part of the mapping"},
           {"process_names: []\n]\n", "all.yml:2: invalid YAML: "},
       }) {
    CAPTURE(row.yaml);
    const auto error = error_of(row.yaml);
    CHECK(error.starts_with(row.error));
    CHECK(error.find('\n') == std::string::npos);
    if (!row.error.ends_with(' ')) CHECK(error == row.error);
  }
}

TEST_CASE("config: a bad pattern or template is quoted") {
  CHECK(error_of("process_names:\n- comm: [a]\n  cmdline:\n  - ok\n  - 'a(b'\n") ==
        "all.yml:5: process_names[0].cmdline[1]: invalid regular expression \"a(b\": missing ) in "
        "\"a(b\"");
  CHECK(error_of("process_names:\n- comm: [a]\n  name: '{{.Comm'\n") ==
        "all.yml:3: process_names[0].name: invalid name template \"{{.Comm\": unclosed action");
}

TEST_CASE("config: merges that unfold without end are refused at once") {
  CHECK(error_of("a: &a {<<: *a}\nprocess_names: []\n") != "");
  std::string yaml = "a0: &a0 {k: 1}\n";
  for (int i = 1; i <= 30; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {<<: [" + before + ", " +
            before + "]}\n";
  }
  CHECK(error_of(yaml + "process_names:\n- <<: *a30\n  comm: [a]\n").ends_with("too many keys"));
}

TEST_CASE("config: a file that cannot be read is named") {
  const TempHost host;
  const auto path = (host.dir() / "all.yml").string();
  CHECK(read_config(path).error().message() == "open " + path + ": No such file or directory");
  CHECK(read_config(host.dir()).error().message() ==
        "read " + host.dir().string() + ": Is a directory");
  host.write("all.yml", "process_names: [{name: x, comm: [a]}]");
  CHECK(name_by(read_config(path), process("a")) == "x");
}

TEST_CASE("config: the packaged configuration takes whoever has a command line") {
  const auto config = default_config();
  CHECK(config.name_of(process("a", "x\0"s)).value_or("") == "a");
  CHECK(config.name_of(process("a", "\xff\0"s)).value_or("") == "a");
  CHECK_FALSE(config.name_of(process("a")));         // kernel threads and zombies
  CHECK_FALSE(config.name_of(process("a", "\0"s)));  // one empty argument
}

TEST_CASE("config: names without a file") {
  const auto names = config_of_flags("a,,b, c", "");
  CHECK(name_by(names, process("a")) == "a");
  CHECK(name_by(names, process("b")) == "b");
  CHECK(name_by(names, process("c")) == "unmatched");  // not trimmed
  CHECK(name_by(names, process(" c")) == " c");
  CHECK(name_by(names, process("")) == "unmatched");
  CHECK(config_of_flags("", "")->empty());
}

TEST_CASE("config: a mapping names by its first capture, and decides alone") {
  const auto config =
      config_of_flags("a,b", R"(a,-x (\w+)|-y (?P<y>\w+),c,nothing,d,old (.),d,new (.))");
  CHECK(name_by(config, process("a", "a\0-x\0foo\0"s)) == "a:foo");
  CHECK(name_by(config, process("a", "a\0-y\0bar\0"s)) == "a:bar");
  CHECK(name_by(config, process("a", "a\0-z\0"s)) == "unmatched");
  CHECK(name_by(config, process("b", "b\0"s)) == "b");
  CHECK(name_by(config, process("c", "nothing\0"s)) == "unmatched");  // no capture
  CHECK(name_by(config, process("d", "new\0x\0"s)) == "d:x");         // the later pair
  CHECK(name_by(config, process("d", "old\0x\0"s)) == "unmatched");
}

TEST_CASE("config: a mapping that makes no sense is refused") {
  struct Row {
    std::string text, error;
  };
  for (const Row& row : std::vector<Row>{
           {"a", "-namemapping: odd number of items, expected name,regex pairs"},
           {"a,b,c", "-namemapping: odd number of items, expected name,regex pairs"},
           {",x", "-namemapping: empty item"},
           {"a,", "-namemapping: empty item"},
           {"a,(", "-namemapping: invalid regular expression \"(\": missing ) in \"(\""},
       }) {
    CAPTURE(row.text);
    const auto config = config_of_flags("", row.text);
    REQUIRE_FALSE(config);
    CHECK(config.error().message() == row.error);
  }
}

TEST_CASE("config: what it needs to know and the names it can promise") {
  const auto config = parse_config(
      "process_names: [{name: z, comm: [a]}, {name: a, comm: [b]}, {name: z, comm: [c]}, "
      "{name: '{{.Username}}', comm: [d]}]",
      "all.yml");
  REQUIRE(config);
  CHECK(config->literal_names() == std::vector{"a"s, "z"s});
  CHECK(config->needs().username);
  CHECK_FALSE(config->needs().cgroups);
}

}  // namespace hx::test
