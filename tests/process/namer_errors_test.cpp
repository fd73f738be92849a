// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "process/namer.h"
#include "process/naming.h"

namespace hx::test {

using namespace std::string_literals;

TEST_CASE("namer: what Go does not parse is refused in one line") {
  struct Row {
    std::string text, reason;
  };
  for (const Row& row : std::vector<Row>{
           {"{{.Comm", "unclosed action"},
           {"{{", "unclosed action"},
           {"{{}}", "missing value for command"},
           {"{{if}}x{{end}}", "missing value for if"},
           {"{{if .Comm}}", "unexpected end of template in if"},
           {"{{if .Comm}}{{else}}{{else}}{{end}}", "expected end; found {{else}}"},
           {"{{if .Comm}}{{else .Comm}}{{end}}", "unexpected \".Comm\" in else"},
           {"{{end}}", "unexpected {{end}}"},
           {"{{else}}", "unexpected {{else}}"},
           {"{{range .Cgroups}}{{else if .Comm}}{{end}}", "unexpected \"if\" in else"},
           {"{{foo}}", "function \"foo\" not defined"},
           {"{{Comm}}", "function \"Comm\" not defined"},
           {"{{$x}}", "undefined variable \"$x\""},
           {"{{if $x := .Comm}}{{end}}{{$x}}", "undefined variable \"$x\""},
           {"{{break}}", "{{break}} outside {{range}}"},
           {"{{range .Cgroups}}{{else}}{{break}}{{end}}", "{{break}} outside {{range}}"},
           {"{{$x, $y := 1}}", "too many declarations in command"},
           {"{{range $i, $j, $k := .Cgroups}}{{end}}", "too many declarations in range"},
           {"{{range $i, 3}}{{end}}", "range can only initialize variables"},
           {"{{( .Comm}}", "unclosed left paren"},
           {"{{.Comm )}}", "unexpected right paren"},
           {"{{()}}", "missing value for parenthesized pipeline"},
           {"{{.Comm | 1}}", "non executable command in pipeline stage 2"},
           {"{{.Comm | .}}", "non executable command in pipeline stage 2"},
           {"{{|html}}", "unexpected \"|\" in command"},
           {"{{.Comm||html}}", "unexpected \"|\" in command"},
           {"{{print (|html)}}", "unexpected \"|\" in parenthesized pipeline"},
           {"{{nil.X}}", "unexpected . after a literal or a dot"},
           {"{{..X}}", "unexpected . after a literal or a dot"},
           {"{{.Comm!}}", "bad character \"!\""},
           {"{{.Comm-}}", "bad character \"-\""},
           {"{{.Comm,}}", "unexpected \",\" in operand"},
           {"{{!}}", "unexpected \"!\" in command"},
           {"{{.Comm = 5}}", "unexpected \"=\" in operand"},
           {"{{$x:=2}}{{$x+2}}", "bad character \"+\""},
           {"{{: 5}}", "expected :="},
           {"{{ /* c */ }}", "unexpected \"/\" in command"},
           {"{{/* c }}", "unclosed comment"},
           {"{{/* c */ x}}", "comment ends before closing delimiter"},
           {"{{\"x}}", "unterminated quoted string"},
           {"{{`x}}", "unterminated raw quoted string"},
           {"{{'x}}", "unterminated character constant"},
           {"{{'xy'}}", "malformed character constant: \"'xy'\""},
           {"{{\"\\q\"}}", "invalid string literal \"\\\"\\\\q\\\"\""},
           {"{{\"\\ud800\"}}", "invalid string literal \"\\\"\\\\ud800\\\"\""},
           {"{{08}}", "illegal number syntax: \"08\""},
           {"{{1__0}}", "illegal number syntax: \"1__0\""},
           {"{{1.E}}", "illegal number syntax: \"1.E\""},
           {"{{3x}}", "bad number syntax: \"3x\""},
           {"{{18446744073709551616}}", "integer overflow: \"18446744073709551616\""},
           {"{{-9223372036854775809}}", "integer overflow: \"-9223372036854775809\""},
           {"{{\u00a0.Comm}}", "unrecognized character in action \"\\u00a0\""},
           // Go knows these, we do not.
           {"{{define \"x\"}}{{end}}", "{{define}} is not supported"},
           {"{{template \"x\"}}", "{{template}} is not supported"},
           {"{{block \"x\" .}}{{end}}", "{{block}} is not supported"},
           {"{{call .Comm}}", "function call is not supported"},
           {"{{1+2i}}", "complex numbers are not supported: \"1\""},
           {"{{.StartTime.Format \"2006\"}}", "method Format of the start time is not supported"},
           {"{{with .StartTime}}{{.Format \"2006\"}}{{end}}",
            "method Format of the start time is not supported"},
       }) {
    const auto name = NameTemplate::parse(row.text);
    CAPTURE(row.text);
    REQUIRE_FALSE(name);
    const std::string message = name.error().message();
    CHECK(message.substr(message.size() - std::min(message.size(), row.reason.size())) ==
          row.reason);
    CHECK(message.substr(0, 24) == "invalid name template \"{");
  }
  CHECK(render("{{\n(") == "invalid name template \"{{\\n(\": unclosed action");
}

TEST_CASE("namer: names are valid UTF-8 of at most 4 KiB") {
  Identity identity = example_process();
  identity.comm = "a\xFF\xC3";
  CHECK(render_for(identity, "{{.Comm}}") == "a\uFFFD\uFFFD");
  CHECK(render("{{slice \"\u00e9x\" 1}}") == "\uFFFDx");
  CHECK(render("{{\"\\xff\"}}") == "\uFFFD");
  CHECK(render(std::string(5000, 'x')) == std::string(4096, 'x'));

  identity.cmdline = "x";
  for (int i = 0; i < (1 << 19); ++i) identity.cmdline += "\u00e9";
  const std::string name = render_for(identity, "{{.ExeFull}}{{.ExeFull}}");
  CHECK(name.size() == 4095);
  CHECK(is_utf8(name));
  CHECK(render_for(identity, "{{.ExeFull}}{{.Nope}}").size() == 4095);
}

TEST_CASE("namer: a template cannot work for ever or eat the memory") {
  Identity identity = example_process();
  identity.cgroups = [] { return std::vector(1000, "/c"s); };
  std::string loops = "x";
  for (int i = 0; i < 50; ++i) loops = "{{range $.Cgroups}}" + loops + "{{end}}";
  CHECK(render_for(identity, "a" + loops).size() < 4097);
  CHECK(render_for(identity,
                   "a{{$x := .Comm}}{{range .Cgroups}}{{$x = print $x $x}}{{end}}{{$x}}") == "a");
  identity.cmdline = std::string(1 << 20, '<');
  CHECK(render_for(identity, "a{{printf \"%1000000d\" 1}}").size() == 4096);
  CHECK(render_for(identity, "a{{html .ExeFull .ExeFull .ExeFull}}") == "a");
  identity.cmdline.clear();
  for (int i = 0; i < 70000; ++i) identity.cmdline += "%1000000[1]d";
  CHECK(render_for(identity, "a{{printf .ExeFull .PID}}") == "a");
}

TEST_CASE("namer: nesting is bounded, chains are not") {
  const auto repeat = [](std::size_t n, const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out += text;
    return out;
  };
  const auto parens = [&](std::size_t n) {
    return "{{" + std::string(n, '(') + ".Comm" + std::string(n, ')') + "}}";
  };
  const auto ifs = [&](std::size_t n) {
    return repeat(n, "{{if .Comm}}") + "x" + repeat(n, "{{end}}");
  };
  CHECK(render(parens(100)) == "comm");
  CHECK(render(ifs(100)) == "x");
  for (const std::size_t depth : {101UL, 100'000UL}) {
    CHECK_FALSE(NameTemplate::parse(parens(depth)));
    CHECK_FALSE(NameTemplate::parse(ifs(depth)));
    CHECK_FALSE(NameTemplate::parse("{{" + std::string(depth, '(')));
    CHECK_FALSE(NameTemplate::parse(repeat(depth, "{{range .Cgroups}}")));
  }
  CHECK(render("{{if .Nil}}" + repeat(1000, "{{else if .Comm}}x") + "{{end}}").empty());
  CHECK(render("{{if .Matches.zz}}" + repeat(1000, "{{else if eq .Comm \"y\"}}x") +
               "{{else}}last{{end}}") == "last");
  CHECK(render("{{.Comm" + repeat(1000, " | print") + "}}") == "comm");
}

}  // namespace hx::test
