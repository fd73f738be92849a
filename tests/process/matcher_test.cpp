// SPDX-License-Identifier: Apache-2.0
#include "process/matcher.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace hx::test {
namespace {

using namespace std::string_literals;
using Names = std::vector<std::string>;

Identity process(std::string comm, std::string cmdline) {
  Identity identity;
  identity.comm = std::move(comm);
  identity.cmdline = std::move(cmdline);
  return identity;
}

bool matches(const Matcher& matcher, const Identity& identity) {
  Matches captures;
  return matcher.match(Subject(identity), captures);
}

bool exe_matches(const Names& paths, const std::string& cmdline) {
  Matcher matcher;
  matcher.require_exe(paths);
  return matches(matcher, process("comm", cmdline));
}

// The captures as Go prints the map, "no match" without a match.
std::string captures(const Names& patterns, const std::string& cmdline) {
  Matcher matcher;
  std::vector<Pattern> compiled;
  for (const std::string& text : patterns) {
    auto pattern = Pattern::compile(text);
    if (!pattern) return pattern.error().message();
    compiled.push_back(std::move(*pattern));
  }
  matcher.require_cmdline(std::move(compiled));
  Matches found;
  if (!matcher.match(Subject(process("comm", cmdline)), found)) return "no match";
  std::string out;
  for (const auto& [name, text] : found) out += (out.empty() ? "" : " ") + name + ":" + text;
  return out;
}

}  // namespace

TEST_CASE("subject: the arguments are what is left without trailing NULs") {
  struct Row {
    std::string cmdline;
    bool has_arguments;
    std::string full, base, line;
  };
  for (const Row& row : std::vector<Row>{
           {"", false, "comm", "comm", ""},
           {"\0"s, true, "", ".", ""},
           {"\0\0\0"s, true, "", ".", ""},
           {"/bin/a\0"s, true, "/bin/a", "a", "/bin/a"},
           {"/bin/a", true, "/bin/a", "a", "/bin/a"},
           {"/bin/a\0b\0\0c\0\0\0"s, true, "/bin/a", "a", "/bin/a b  c"},
           {"\0b"s, true, "", ".", " b"},
           {"nginx: master process /usr/sbin/nginx\0\0\0"s, true,
            "nginx: master process /usr/sbin/nginx", "nginx",
            "nginx: master process /usr/sbin/nginx"},
           {"sshd: root@pts/0"s, true, "sshd: root@pts/0", "0", "sshd: root@pts/0"},
           {"php-fpm: master process (/etc/php/php-fpm.conf)"s, true,
            "php-fpm: master process (/etc/php/php-fpm.conf)", "php-fpm.conf)",
            "php-fpm: master process (/etc/php/php-fpm.conf)"},
           {"-bash\0"s, true, "-bash", "-bash", "-bash"},
           {"/opt/x/\0-v"s, true, "/opt/x/", "x", "/opt/x/ -v"},
           {"///\0"s, true, "///", "/", "///"},
           {"/bin/a  \0"s, true, "/bin/a  ", "a  ", "/bin/a  "},
           {"\xFF/\xC3\0\x80"s, true, "\uFFFD/\uFFFD", "\uFFFD", "\uFFFD/\uFFFD \uFFFD"},
       }) {
    CAPTURE(row.cmdline);
    const Identity identity = process("comm", row.cmdline);
    const Subject subject(identity);
    CHECK(subject.has_arguments() == row.has_arguments);
    CHECK(subject.exe_full() == row.full);
    CHECK(subject.exe_base() == row.base);
    CHECK(subject.command_line() == row.line);
  }
}

TEST_CASE("subject: costly facts are fetched when asked for, and once") {
  int names = 0;
  int lists = 0;
  Identity identity = process("c", "");
  identity.uid = 12;
  {
    Subject subject(identity);
    CHECK(subject.username() == "12");
    CHECK(subject.cgroups().empty());
  }
  identity.username = [&] { return ++names, "\xFFroot"s; };
  identity.cgroups = [&] { return ++lists, Names{"/a\xFF", "/b"}; };
  Subject subject(identity);
  CHECK(names + lists == 0);
  CHECK(subject.username() == "\uFFFDroot");
  CHECK(subject.username() == "\uFFFDroot");
  CHECK(subject.cgroups() == Names{"/a\uFFFD", "/b"});
  CHECK(subject.cgroups().size() == 2);
  CHECK(names == 1);
  CHECK(lists == 1);
}

TEST_CASE("matcher: comm is the whole string, case and all") {
  Matcher matcher;
  matcher.require_comm({"bash", "kworker/0:1-events", "a b)c", "x\uFFFD"});
  CHECK(matches(matcher, process("bash", "")));
  CHECK(matches(matcher, process("kworker/0:1-events", "")));
  CHECK(matches(matcher, process("a b)c", "")));
  CHECK(matches(matcher, process("x\xFF", "")));
  CHECK_FALSE(matches(matcher, process("Bash", "")));
  CHECK_FALSE(matches(matcher, process("bas", "")));
  CHECK_FALSE(matches(matcher, process("bashx", "")));
  CHECK_FALSE(matches(matcher, process("", "")));
}

TEST_CASE("matcher: exe looks at the first argument, by base name or by whole path") {
  struct Row {
    Names paths;
    std::string cmdline;
    bool expected;
  };
  for (const Row& row : std::vector<Row>{
           {{"foo"}, "foo\0-x\0"s, true},
           {{"foo"}, "/usr/bin/foo\0"s, true},
           {{"foo"}, "./foo/", true},
           {{"foo"}, "foobar", false},
           {{"foo"}, "", false},
           {{"comm"}, "", false},  // never without arguments, even if comm would do
           {{"/usr/bin/foo"}, "/usr/bin/foo", true},
           {{"/usr/bin/foo"}, "foo", false},
           {{"/usr/bin/foo"}, "/usr/bin//foo", false},
           {{"/usr/bin/foo", "/usr/local/bin/foo"}, "/usr/bin/foo", true},
           {{"/usr/bin/foo", "/usr/local/bin/foo"}, "/usr/local/bin/foo", true},
           {{"/usr/bin/foo", "/usr/local/bin/foo"}, "/opt/foo", false},
           {{"foo", "/usr/bin/foo"}, "/opt/foo", true},
           {{"/usr/bin/foo", "foo"}, "/opt/foo", true},
           {{"./foo"}, "./foo", true},
           {{"./foo"}, "/x/./foo", false},
           {{"nginx"}, "nginx: master process /usr/sbin/nginx", true},
           {{"php-fpm"}, "php-fpm: pool www", false},
           {{"."}, "\0"s, true},
           {{""}, "\0"s, false},
           {{"/"}, "/", true},
           {{"foo/"}, "foo/", true},
           {{"foo/"}, "foo", false},
           {{}, "foo", false},
       }) {
    CAPTURE(row.cmdline);
    CAPTURE(row.paths);
    CHECK(exe_matches(row.paths, row.cmdline) == row.expected);
  }
}

TEST_CASE("matcher: cmdline searches every pattern and gathers the captures") {
  struct Row {
    Names patterns;
    std::string cmdline, expected;
  };
  for (const Row& row : std::vector<Row>{
           {{"b"}, "a\0b c"s, ":b"},
           {{"a b"}, "a\0b\0"s, ":a b"},
           {{"a  b"}, "a\0\0b\0"s, ":a  b"},
           {{".+"}, "", "no match"},
           {{".*"}, "", ":"},
           {{"^$"}, "", ":"},
           {{"a", "z"}, "a b", "no match"},
           {{"a", "b"}, "a b", ":b"},
           {{"(?P<n>\\w+)$"}, "a bc", ":bc n:bc"},
           {{"(?<n>\\w+)$"}, "a bc", ":bc n:bc"},
           {{"(?P<n>a)", "(?P<n>b)"}, "a b", ":b n:b"},
           {{"(?P<n>b)", "(?P<n>a)"}, "a b", ":a n:a"},
           {{"(?P<n>a) (?P<n>b)"}, "a b", ":a b n:b"},
           {{"(?P<n>a)|(?P<n>b)"}, "a", ":a n:"},
           {{"(?P<x>q)?a"}, "a", ":a x:"},
           {{"(a)( )(?P<n>b)"}, "a b", ":  n:b"},
           {{"\\((?P<n>.)[(?P<m>)]"}, "x(yz?", "no match"},
           {{"\\((?P<n>.)[(?P<m>)]"}, "x(y(", ":(y( n:y"},
           {{"[]a(]+(?P<n>.)"}, "(]b", ":(]b n:b"},
           {{"[^]a](?P<n>.)"}, "]xb", ":xb n:b"},
           {{"[[:alpha:](]+(?P<n>.)"}, "a(1", ":a(1 n:1"},
           {{"\\Q(?P<x>\\E(?P<n>.)"}, "(?P<x>1", ":(?P<x>1 n:1"},
           {{"[\\](?P<x>](?P<n>.)"}, "]1", ":]1 n:1"},
           {{"^x.y$"}, "x\xFFy", ":x\uFFFDy"},
           {{"(?i)ABC"}, "xabc", ":abc"},
           {{"a.b"}, "a\nb", "no match"},
           {{"(?s)a.b"}, "a\nb", ":a\nb"},
           {{"^b"}, "a\nb", "no match"},
           {{"(?m)^b"}, "a\nb", ":b"},
           {{"(?U)a+"}, "aaa", ":a"},
           {{"a|ab"}, "ab", ":a"},
           {{"\\pL+"}, "1\u00e9x", ":\u00e9x"},
           {{"[[:digit:]]+\\z"}, "a12", ":12"},
           {{"a{1000}"}, std::string(1000, 'a'), ":" + std::string(1000, 'a')},
           {{}, "", ""},
           {{""}, "x", ":"},
       }) {
    CAPTURE(row.cmdline);
    CAPTURE(row.patterns);
    CHECK(captures(row.patterns, row.cmdline) == row.expected);
  }
}

TEST_CASE("matcher: selectors are ANDed, an empty list is not the same as none") {
  const Identity daemon = process("daemon", "/usr/sbin/daemon\0-f\0"s);
  const Identity kthread = process("kthreadd", "");
  {
    Matcher matcher;
    CHECK_FALSE(matcher.has_selectors());
    matcher.require_comm({"daemon"});
    CHECK(matcher.has_selectors());
    matcher.require_exe({"daemon"});
    CHECK(matches(matcher, daemon));
    matcher.require_exe({"other"});
    CHECK_FALSE(matches(matcher, daemon));
  }
  Matcher no_comm;
  no_comm.require_comm({});
  CHECK(no_comm.has_selectors());
  CHECK_FALSE(matches(no_comm, daemon));
  Matcher no_exe;
  no_exe.require_exe({});
  CHECK_FALSE(matches(no_exe, daemon));
  Matcher no_cmdline;
  no_cmdline.require_cmdline({});
  CHECK(matches(no_cmdline, daemon));
  CHECK(matches(no_cmdline, kthread));
}

TEST_CASE("matcher: a match forgets the captures of the entry before") {
  Matcher matcher;
  matcher.require_comm({"c"});
  Matches found{{"old", "x"}};
  const Identity identity = process("c", "");
  REQUIRE(matcher.match(Subject(identity), found));
  CHECK(found.empty());
}

TEST_CASE("pattern: what Go refuses is refused in one line that quotes it") {
  struct Row {
    std::string text, message;
  };
  for (const Row& row : std::vector<Row>{
           {"(", "invalid regular expression \"(\": missing ) in \"(\""},
           {"a)", "invalid regular expression \"a)\": unexpected ) in \"a)\""},
           {"[a", "invalid regular expression \"[a\": missing ] in \"[a\""},
           {"*", "invalid regular expression \"*\": no argument for repetition operator in \"*\""},
           {"a**", "invalid regular expression \"a**\": bad repetition operator in \"**\""},
           {"a\n(", "invalid regular expression \"a\\n(\": missing ) in \"a\\n(\""},
           {"\\C", "invalid regular expression \"\\\\C\": \\C is not supported"},
           {"(?P<n>\\C)", "invalid regular expression \"(?P<n>\\\\C)\": \\C is not supported"},
           {"\xFF", "invalid regular expression \"\\xff\": invalid UTF-8"},
           {"(?P<n>", "invalid regular expression \"(?P<n>\": missing )"},
       }) {
    CAPTURE(row.text);
    const auto pattern = Pattern::compile(row.text);
    REQUIRE_FALSE(pattern);
    CHECK(pattern.error().message() == row.message);
  }
  for (const std::string text :
       {"(?=a)",        "(?!a)",       "(?<=a)",  "(?<!a)",        "(a)\\1",
        "a++",          "(?>a)",       "a{1001}", "(a{100}){100}", "(?P<\u00e9>a)",
        "(?P<>a)",      "(?P<a b>c)",  "(?P<a",   "(?P=a)",        "\\Z",
        "\\",           "[z-a]",       "(?<>a)",  "[[:foo:]]",     "\\pX",
        "(?z)",         "x{2,1}",      "[\\C]",   "[a-\\d]",       "[\\Q]",
        "a*?*",         "\\1",         "\\8",     "[[:foo:]",      "a{1000}{2}",
        "\\\u00e9",     "[]",          "[^]",     "[\\b]",         "(?#c)",
        "(?i",          "\\x{110000}", "\\xZ",    "a|*",           "(|*)",
        "(?:a{500}){3}"}) {
    CAPTURE(text);
    CHECK_FALSE(Pattern::compile(text));
  }
  for (const std::string text :
       {"\\Q\\C\\E", "\\\\C",      "a{,2}",        "\\_",        "[a-b-c]",        "[a-]",
        "[]a]",      "\\07",       "[[:alpha]",    "(?s:.)",     "(?P<1>a)",       "|",
        "^*",        "$+",         "\\p{^Greek}",  "[[.a.]]",    "(\\pL{30}){30}", "\\x{10FFFF}",
        "\\Q",       "[[:word:]]", "\\pN",         "\\p{Greek}", "(?:)",           "(?i-s:a)",
        "(a|)*",     "\\PL",       "[[:^alpha:]]", "\\pL{1000}"}) {
    CAPTURE(text);
    CHECK(Pattern::compile(text));
  }
}

TEST_CASE("pattern: deep nesting is an error, not a crash") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + std::string(depth, ')');
  };
  CHECK(Pattern::compile(nested(999)));
  CHECK_FALSE(Pattern::compile(nested(1000)));
  CHECK_FALSE(Pattern::compile(nested(100000)));
  CHECK_FALSE(Pattern::compile(std::string(100000, '(')));
}

TEST_CASE("pattern: the first capture that holds something") {
  const auto first = [](std::string_view text, std::string_view subject) {
    const auto pattern = Pattern::compile(text);
    REQUIRE(pattern);
    return pattern->first_capture(subject).value_or("none");
  };
  CHECK(first("-(.)(.)", "-ab") == "a");
  CHECK(first("(x)?(?P<n>b)", "b") == "b");
  CHECK(first("()(.)", "b") == "b");
  CHECK(first("b", "b") == "none");
  CHECK(first("(x)", "b") == "none");
  CHECK(first("(x?)", "b") == "none");
}

TEST_CASE("matcher: a command line of 1 MiB is searched in linear time") {
  std::string cmdline;
  for (int i = 0; i < (1 << 19); ++i) cmdline.append("a\0", 2);
  CHECK(captures({"(a|aa)+b", ".+"}, cmdline) == "no match");
  CHECK(captures({"(?P<n>a a)$"}, cmdline) == ":a a n:a a");
}

}  // namespace hx::test
