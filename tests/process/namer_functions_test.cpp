// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "process/naming.h"

namespace hx::test {

TEST_CASE("namer: comparisons") {
  check_names({
      {"{{eq 1 2 3 1}} {{eq \"a\" \"a\"}} {{ne 1 2}} {{eq true true}}", "true true true true"},
      {"{{eq .Matches.zz \"a\"}} {{eq \"a\" .Matches.zz}} {{eq .Matches.zz nil}} {{eq .Cgroups "
       "nil}}",
       "false false true false"},
      {"{{eq .StartTime .StartTime}} {{eq . .}} {{eq (index \"abc\" 0) 97}}", "true true true"},
      {"{{eq 1 1 \"a\"}}", "true"},
      {"{{lt \"a\" \"b\"}} {{le 1 1}} {{gt 2 1}} {{ge 1.5 1.5}} {{le 2 1}}",
       "true true true true false"},
      {"{{and 1 0 3}} {{or 0 \"\" \"x\"}} {{not 1}} {{and \"a\" \"b\"}} {{or .Matches.zz \"def\"}}",
       "0 x false b def"},
      {"{{or .Matches.zz .Matches.y}}", "<no value>"},
      {"{{or 1 .Nope}} {{and 0 .Nope}}", "1 0"},
      {"{{1 | or 0}} {{0 | and 1}}", "1 0"},
  });
}

TEST_CASE("namer: index, len and slice") {
  check_names({
      {"{{index .Matches \"zz\"}}|{{index .Cgroups 1}}|{{index .Matches \"n\"}}|{{index \"abc\" "
       "1}}|{{index .Comm}}",
       "|/x|-a|98|comm"},
      {"{{len \"é\"}} {{len .Cgroups}} {{len .Matches}}", "2 2 2"},
      {"{{slice .Cgroups 1}} {{slice \"abcd\" 1 3}} {{slice \"abc\"}} {{slice .Cgroups 0 1 2}}",
       "[/x] bc abc [/system.slice/foo.service]"},
  });
}

TEST_CASE("namer: print and escapes") {
  check_names({
      {"{{print 1 2 \"a\" 3 4 \"b\" \"c\" .Cgroups .PID nil nil}}",
       "1 2a3 4bc[/system.slice/foo.service /x] 7 <nil> <nil>"},
      {"{{println 1 \"a\" .Matches.zz}}", "1 a <nil>\n"},
      {"{{print .}}",
       "&{[/system.slice/foo.service /x] comm exe /usr/bin/exe root 7 2023-11-14 22:13:20.12 +0000 "
       "UTC map[:-a n:-a]}"},
      {"{{html}}|{{print}}|{{println}}|", "||\n|"},
      {"{{html \"<a href=\\\"x\\\">&'\" .PID nil}}",
       "&lt;a href=&#34;x&#34;&gt;&amp;&#39;7&lt;no value&gt;"},
      {"{{html .Matches.zz}}", "&lt;no value&gt;"},
      {"{{html . .}}",
       "{[/system.slice/foo.service /x] comm exe /usr/bin/exe root 7 2023-11-14 22:13:20.12 +0000 "
       "UTC map[:-a n:-a]} {[/system.slice/foo.service /x] comm exe /usr/bin/exe root 7 2023-11-14 "
       "22:13:20.12 +0000 UTC map[:-a n:-a]}"},
      {"{{js \"a<b>=&\\\"'\\\\\\n\\té\\u00a0\\u2028😀\"}}",
       "a\\u003Cb\\u003E\\u003D\\u0026\\\"\\'\\\\\\u000A\\u0009é\\u00A0\\u2028😀"},
      {"{{urlquery \"a b/é?&=~-_.*\" 5}}", "a+b%2F%C3%A9%3F%26%3D~-_.%2A5"},
      {"{{urlquery .Cgroups}}", "%5B%2Fsystem.slice%2Ffoo.service+%2Fx%5D"},
  });
}

TEST_CASE("namer: printf") {
  check_names({
      {"{{printf \"%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%O|%b|%c|%q|%U|%#U|%8.3d|\" 42 42 42 42 "
       "42 42 42 42 42 42 42 42 65 65 65 65 42}}",
       "   42|42   |00042|+42| 42|2a|2A|0x2a|52|052|0o52|101010|A|'A'|U+0041|U+0041 'A'|     042|"},
      {"{{printf \"%5s|%-5s|%.1s|%q|%x|%X|% x|%#x|%#q|%+q|%05s|%#v|\" \"ab\" \"ab\" \"ab\" "
       "\"a\\\"b\" \"ab\" \"ab\" \"ab\" \"ab\" \"a\" \"é\" \"ab\" \"ab\"}}",
       "   ab|ab   |a|\"a\\\"b\"|6162|6162|61 62|0x6162|`a`|\"\\u00e9\"|000ab|\"ab\"|"},
      {"{{printf \"%v %s %d %q\" .Cgroups .Cgroups .Cgroups .Cgroups}}",
       "[/system.slice/foo.service /x] [/system.slice/foo.service /x] "
       "[%!d(string=/system.slice/foo.service) %!d(string=/x)] [\"/system.slice/foo.service\" "
       "\"/x\"]"},
      {"{{printf \"%v %d %q\" .Matches .Matches .Matches}}",
       "map[:-a n:-a] map[%!d(string=):%!d(string=-a) %!d(string=n):%!d(string=-a)] "
       "map[\"\":\"-a\" \"n\":\"-a\"]"},
      {"{{printf \"%#v %T %#v %T %T %T %T %T\" .Cgroups .Cgroups .Matches .Matches .PID .StartTime "
       "nil 1.5}}",
       "[]string{\"/system.slice/foo.service\", \"/x\"} []string map[string]string{\"\":\"-a\", "
       "\"n\":\"-a\"} map[string]string int time.Time <nil> float64"},
      {"{{printf \"%s|%q|%x|%40s\" .StartTime .StartTime .StartTime .StartTime}}",
       "2023-11-14 22:13:20.12 +0000 UTC|\"2023-11-14 22:13:20.12 +0000 "
       "UTC\"|323032332d31312d31342032323a31333a32302e3132202b3030303020555443|        2023-11-14 "
       "22:13:20.12 +0000 UTC"},
      {"{{printf \"%+v\" .}}",
       "&{Cgroups:[/system.slice/foo.service /x] Comm:comm ExeBase:exe ExeFull:/usr/bin/exe "
       "Username:root PID:7 StartTime:2023-11-14 22:13:20.12 +0000 UTC Matches:map[:-a n:-a]}"},
      {"{{printf \"%s\" .}}",
       "&{[/system.slice/foo.service /x] comm exe /usr/bin/exe root %!s(int=7) 2023-11-14 "
       "22:13:20.12 +0000 UTC map[:-a n:-a]}"},
      {"{{printf \"%z %!\" 1 2}}", "%!z(int=1) %!!(int=2)"},
      {"{{printf \"%d %t\" \"x\" 1}}", "%!d(string=x) %!t(int=1)"},
      {"{{printf \"%[2]d %[1]d %d\" 1 2}}", "2 1 2"},
      {"{{printf \"%[5]d %[1]s %[x]d %[\" 1 2}}",
       "%!d(BADINDEX) %!s(int=1) %!d(BADINDEX) %!(NOVERB)"},
      {"{{printf \"%*d|%-*d|%.*f\" 5 1 5 1 2 1.23456}}", "    1|1    |1.23"},
      {"{{printf \"%.*d %*d\" -1 5 \"x\" 5}}", "%!(BADPREC)5 %!(BADWIDTH)5"},
      {"{{printf \"%f %e %g %G %E %.2f %8.2f %v %6.3v\" 1.5 1.5 1.5 1e30 1.5 1.555 1.5 1e21 "
       "3.14159}}",
       "1.500000 1.500000e+00 1.5 1E+30 1.500000E+00 1.55     1.50 1e+21   3.14"},
      {"{{printf \"%08.3f|%+.2e|% f|%-10f|\" 3.14159 1234.5 1.5 1.5}}",
       "0003.142|+1.23e+03| 1.500000|1.500000  |"},
      {"{{printf \"%%|%5%|%\"}}", "%|%|%!(NOVERB)"},
      {"{{printf \"%s %v %5v\" nil nil nil}}", "%!s(<nil>) <nil> <nil>"},
      {"{{printf \"a\" 1 \"b\" nil}}", "a%!(EXTRA int=1, string=b, <nil>)"},
      {"{{printf \"%d %s\" 1}}", "1 %!s(MISSING)"},
      {"{{printf \"%.0d|%.0d|%5.0d\" 0 1 0}}", "|1|     "},
      {"{{printf \"%6.2q|%.2x|%x\" \"abcdef\" \"abcdef\" \"\"}}", "  \"ab\"|6162|"},
      {"{{printf \"%2147483648d|\" 1}}", "%!(NOVERB)%!(EXTRA int=1)"},
      {"{{printf \"%[3]2d\" 2}} {{printf \"%.[3]2d\" 2}} {{printf \"%[2]*[1]d\" 2 6}}",
       "%!d(BADINDEX) %!d(BADINDEX)      2"},
      {"{{printf \"%c%c\" 1114112 -1}}", "��"},
      {"{{printf \"%6v|%06v\" \"é\" \"é\"}}", "     é|00000é"},
  });
}

TEST_CASE("namer: methods of the start time") {
  check_names({
      {"{{.StartTime.Unix}} {{.StartTime.UnixMilli}} {{.StartTime.UnixMicro}} "
       "{{.StartTime.UnixNano}}",
       "1700000000 1700000000120 1700000000120000 1700000000120000000"},
      {"{{.StartTime.Year}} {{.StartTime.Day}} {{.StartTime.Hour}} {{.StartTime.Minute}} "
       "{{.StartTime.Second}} {{.StartTime.Nanosecond}}",
       "2023 14 22 13 20 120000000"},
      {"{{with .StartTime}}{{.Unix}}{{end}}", "1700000000"},
  });
}

}  // namespace hx::test
