// SPDX-License-Identifier: Apache-2.0
#include "process/namer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "process/naming.h"

namespace hx::test {

using namespace std::string_literals;

Identity example_process() {
  Identity identity;
  identity.pid = 7;
  identity.start_ns = 1'700'000'000'120'000'000;
  identity.comm = "comm";
  identity.cmdline = "/usr/bin/exe\0-a\0b c\0"s;
  identity.username = [] { return "root"s; };
  identity.cgroups = [] { return std::vector{"/system.slice/foo.service"s, "/x"s}; };
  return identity;
}

std::string render_for(const Identity& identity, const std::string& text) {
  const auto name = NameTemplate::parse(text);
  if (!name) return name.error().message();
  Subject subject(identity);
  return name->render(subject, {{"", "-a"}, {"n", "-a"}});
}

std::string render(const std::string& text) { return render_for(example_process(), text); }

void check_names(const std::vector<Naming>& rows) {
  for (const Naming& row : rows) {
    CAPTURE(row.text);
    CHECK(render(row.text) == row.name);
  }
}

TEST_CASE("namer: fields print as they are") {
  check_names({
      {"{{.Comm}}", "comm"},
      {"{{ .ExeBase }}", "exe"},
      {"{{.ExeFull}}", "/usr/bin/exe"},
      {"{{.Username}}:{{.PID}}", "root:7"},
      {"{{.StartTime}}", "2023-11-14 22:13:20.12 +0000 UTC"},
      {"{{.Cgroups}}", "[/system.slice/foo.service /x]"},
      {"{{.Matches}}", "map[:-a n:-a]"},
      {"{{.Matches.n}}", "-a"},
      {"{{.Matches.zz}}", "<no value>"},
      {"{{.Matches.zz.y}}", "<no value>"},
      {"{{.}}",
       "{[/system.slice/foo.service /x] comm exe /usr/bin/exe root 7 2023-11-14 22:13:20.12 +0000 "
       "UTC map[:-a n:-a]}"},
      {"{{$}}",
       "{[/system.slice/foo.service /x] comm exe /usr/bin/exe root 7 2023-11-14 22:13:20.12 +0000 "
       "UTC map[:-a n:-a]}"},
      {"{{$.Comm}}", "comm"},
      {"plain } text", "plain } text"},
  });
}

TEST_CASE("namer: white space, trim markers and comments") {
  check_names({
      {"a {{.Comm}} b", "a comm b"},
      {"a {{- .Comm -}} b", "acommb"},
      {"{{.Comm -}} x", "commx"},
      {"x {{- .Comm}}", "xcomm"},
      {"a {{- /* c */ -}} b", "ab"},
      {"{{/* c */}}x", "x"},
      {"{{3 -}} x", "3x"},
      {"{{- -1 -}}", "-1"},
      {"a {{ \"x\" -}} b {{- \"y\" }} c", "a xby c"},
  });
}

TEST_CASE("namer: an error while it runs cuts the name") {
  check_names({
      {"a{{.Nope}}b", "a"},
      {"a{{.comm}}b", "a"},
      {"a{{.Comm.X}}b", "a"},
      {"a{{.Comm .PID}}b", "a"},
      {"a{{.Comm | .PID}}b", "a"},
      {"a{{\"a\" \"b\"}}b", "a"},
      {"a{{nil}}b", "a"},
      {"a{{18446744073709551615}}b", "a"},
      {"a{{index .Cgroups 2}}b", "a"},
      {"a{{index .Cgroups -1}}b", "a"},
      {"a{{index .Cgroups \"x\"}}b", "a"},
      {"a{{index .PID 0}}b", "a"},
      {"a{{index nil}}b", "a"},
      {"a{{slice \"abc\" 1 9}}b", "a"},
      {"a{{slice \"abc\" 0 1 2}}b", "a"},
      {"a{{slice .Cgroups 1 0}}b", "a"},
      {"a{{len 3}}b", "a"},
      {"a{{len nil}}b", "a"},
      {"a{{not}}b", "a"},
      {"a{{not 1 2}}b", "a"},
      {"a{{eq 1}}b", "a"},
      {"a{{eq 1 1.0}}b", "a"},
      {"a{{eq 1 \"a\"}}b", "a"},
      {"a{{eq .Cgroups .Cgroups}}b", "a"},
      {"a{{ne 1 2 3}}b", "a"},
      {"a{{lt true false}}b", "a"},
      {"a{{lt .Matches.zz \"a\"}}b", "a"},
      {"a{{gt 1 0.5}}b", "a"},
      {"a{{printf 3}}b", "a"},
      {"a{{printf .Matches.zz}}b", "a"},
      {"a{{range .Comm}}x{{end}}b", "a"},
      {"a{{range 3}}x{{else}}y{{end}}b", "a"},
      {"a{{$y = 1}}b", "a"},
      {"a{{.StartTime.Unix 1}}b", "a"},
      {"a{{.StartTime.Nope}}b", "a"},
      {"a{{and 1 .Nope}}b", "a"},
      {"a{{(index .Cgroups 0).X}}b", "a"},
  });
}

TEST_CASE("namer: literals") {
  check_names({
      {"{{\"é\\u00e9\\x41\\101\\n\\\"\\\\\"}}", "ééAA\n\"\\"},
      {"{{`raw\\n`}}", "raw\\n"},
      {"{{'a'}} {{'\\n'}} {{'\\377'}} {{'\\''}}", "97 10 255 39"},
      {"{{1_000}} {{0x_F}} {{007}} {{0o17}} {{0b11}} {{+5}} {{-5}}", "1000 15 7 15 3 5 -5"},
      {"{{1.5}} {{.5}} {{1e3}} {{1e6}} {{1e21}} {{1e-5}} {{-.5}} {{1.0}}",
       "1.5 0.5 1000 1e+06 1e+21 1e-05 -0.5 1"},
      {"{{9223372036854775807}} {{-9223372036854775808}}",
       "9223372036854775807 -9223372036854775808"},
      {"{{true}} {{false}} {{print nil}}", "true false <nil>"},
  });
}

TEST_CASE("namer: if, else if, with") {
  check_names({
      {"{{if .Comm}}y{{end}}", "y"},
      {"{{if .Matches.zz}}y{{else}}n{{end}}", "n"},
      {"{{if eq .Comm \"x\"}}1{{else if eq .Comm \"comm\"}}2{{else}}3{{end}}", "2"},
      {"{{if eq .Comm \"x\"}}1{{else if eq .Comm \"y\"}}2{{else}}3{{end}}", "3"},
      {"{{if $x := \"\"}}{{else if eq $x \"\"}}e{{$x}}{{end}}", "e"},
      {"{{if 0.0}}y{{else}}n{{end}}{{if -1}}y{{end}}{{if nil}}z{{end}}{{if .StartTime}}t{{end}}",
       "ny"},
      {"{{if and .Comm (eq .PID 7)}}y{{end}}", "y"},
      {"{{with .Username}}{{.}}{{$.PID}}{{end}}", "root7"},
      {"{{with .Matches.zz}}{{.}}{{else}}none {{.Comm}}{{end}}", "none comm"},
      {"{{with $x := .PID}}{{$x}}{{.}}{{end}}", "77"},
      {"{{with .}}{{.Comm}}{{end}}", "comm"},
  });
}

TEST_CASE("namer: range") {
  check_names({
      {"{{range .Cgroups}}{{.}},{{end}}", "/system.slice/foo.service,/x,"},
      {"{{range $i, $e := .Cgroups}}{{$i}}={{$e}} {{end}}", "0=/system.slice/foo.service 1=/x "},
      {"{{range $e := .Cgroups}}{{$e}} {{end}}", "/system.slice/foo.service /x "},
      {"{{range $k, $v := .Matches}}{{$k}}={{$v}} {{end}}", "=-a n=-a "},
      {"{{range .Matches.zz}}x{{else}}none{{end}}", "none"},
      {"{{range slice .Cgroups 2}}x{{else}}none{{end}}", "none"},
      {"{{$i := 1}}{{$e := \"\"}}{{range $i, $e = .Cgroups}}{{end}}{{$i}}{{$e}}", "1/x"},
      {"{{range .Cgroups}}a{{break}}b{{end}}x", "ax"},
      {"{{range .Cgroups}}{{if eq . \"/x\"}}{{continue}}{{end}}{{.}}{{end}}",
       "/system.slice/foo.service"},
      {"{{range .Cgroups}}{{range $.Cgroups}}{{break}}{{end}}x{{end}}", "xx"},
      {"{{range $i, $c := .Cgroups}}{{if $i}},{{end}}{{$c}}{{end}}",
       "/system.slice/foo.service,/x"},
  });
}

TEST_CASE("namer: variables and pipelines") {
  check_names({
      {"{{$x := .PID}}{{$x}}{{$x = \"a\"}}{{$x}}", "7a"},
      {"{{$x := .Comm}}{{with .PID}}{{$x := 3}}{{$x}}{{end}}{{$x}}", "3comm"},
      {"{{$x := .Comm}}{{with .PID}}{{$x = 3}}{{end}}{{$x}}", "3"},
      {"{{$x := .}}{{$x.Comm}}{{$x.Matches.n}}", "comm-a"},
      {"{{($x := 5)}}{{$x}}", "55"},
      {"{{$ = 1}}{{$}}", "1"},
      {"{{(.Matches).n}}", "-a"},
      {"{{.Comm | print \"a\" | print \"b\"}}", "bacomm"},
      {"{{.Comm | printf \"%s-%s\" \"x\"}}", "x-comm"},
      {"{{\"%d\" | printf \"%q\"}}", "\"%d\""},
      {"{{.Comm|}}", "comm"},
      {"{{print (print 1) (print 2)}}", "12"},
      {"{{len .Comm | printf \"%03d\"}}", "004"},
  });
}

TEST_CASE("namer: a capture may have the name of an unsupported method") {
  CHECK(render("{{.Matches.Format}}{{.StartTime.Year}}") == "<no value>2023");
}

// Of Go 1.23, later than the reference.
TEST_CASE("namer: else with") {
  check_names({
      {"{{with .Matches.zz}}1{{else with .Comm}}{{.}}{{else}}3{{end}}", "comm"},
      {"{{with .Matches.zz}}1{{else with .Matches.zz}}2{{else}}3{{.Comm}}{{end}}", "3comm"},
  });
}

TEST_CASE("namer: a process without arguments is named by comm") {
  Identity identity = example_process();
  identity.cmdline.clear();
  CHECK(render_for(identity, "{{.ExeBase}} {{.ExeFull}}") == "comm comm");
  identity.cmdline = "\0"s;
  CHECK(render_for(identity, "{{.ExeBase}}|{{.ExeFull}}") == ".|");
}

TEST_CASE("namer: a start at a whole second has no fraction, one before the epoch is fine") {
  Identity identity = example_process();
  identity.start_ns = 0;
  CHECK(render_for(identity, "{{.StartTime}}") == "1970-01-01 00:00:00 +0000 UTC");
  identity.start_ns = -1;
  CHECK(render_for(identity, "{{.StartTime}} {{.StartTime.Unix}} {{.StartTime.Second}}") ==
        "1969-12-31 23:59:59.999999999 +0000 UTC -1 59");
}

// Ours; upstream has no such fields.
TEST_CASE("namer: unit, slice and container are read from the cgroup") {
  const std::string id(64, 'a');
  struct Row {
    std::vector<std::string> cgroups;
    std::string name;
  };
  for (const Row& row : std::vector<Row>{
           {{}, "||"},
           {{"/"}, "||"},
           {{"/init.scope"}, "init.scope||"},
           {{"/system.slice/ssh.service"}, "ssh.service|system.slice|"},
           {{"/system.slice/foo.service/worker/0"}, "foo.service|system.slice|"},
           {{"/system.slice/dbus.socket"}, "dbus.socket|system.slice|"},
           {{"/user.slice/user-0.slice/user@0.service/app.slice/app-x.scope"},
            "app-x.scope|app.slice|"},
           {{"/system.slice/docker-" + id + ".scope"},
            "docker-" + id + ".scope|system.slice|" + id},
           {{"/machine.slice/libpod-" + id + ".scope/container"},
            "libpod-" + id + ".scope|machine.slice|" + id},
           {{"/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope"},
            "cri-containerd-" + id + ".scope|kubepods-pod1.slice|" + id},
           {{"/machine.slice/libpod-conmon-" + id + ".scope"},
            "libpod-conmon-" + id + ".scope|machine.slice|"},
           {{"/docker/" + id}, "||" + id},
           {{"/docker/" + id.substr(1)}, "||"},
           {{"/docker/" + id + "a"}, "||"},
           {{"/.service/.slice"}, "||"},
           {{"/", "/system.slice/foo.service"}, "foo.service|system.slice|"},
       }) {
    CAPTURE(row.cgroups);
    Identity identity = example_process();
    identity.cgroups = [&] { return row.cgroups; };
    CHECK(render_for(identity, "{{.Unit}}|{{.Slice}}|{{.Container}}") == row.name);
  }
}

TEST_CASE(
    "namer: the effective group and the id of the cgroup are asked for when they are printed") {
  Identity identity = example_process();
  CHECK(render_for(identity, "{{.Group}}|{{.CgroupID}}") == "|0");
  identity.groupname = [] { return "adm\xFF"s; };
  identity.cgroup_id = [] { return 4711; };
  CHECK(render_for(identity, "{{.Group}}|{{.CgroupID}}") == "adm\uFFFD|4711");
  const auto name = NameTemplate::parse("{{.Group}}");
  REQUIRE(name);
  CHECK(name->needs().groupname);
  CHECK_FALSE(name->needs().username);
}

TEST_CASE("namer: a template knows whether it is literal and what it needs") {
  const auto parse = [](const std::string& text) {
    auto name = NameTemplate::parse(text);
    REQUIRE(name);
    return std::move(*name);
  };
  CHECK(parse("web").literal() == "web");
  CHECK(parse("w{{/* c */}}eb").literal() == "web");
  CHECK(parse("").literal() == "");
  CHECK_FALSE(parse("{{.Comm}}").literal());
  CHECK_FALSE(parse("{{\"web\"}}").literal());

  const auto needs = [&](const std::string& text) {
    const Facts facts = parse(text).needs();
    return std::string(facts.username ? "user " : "") + (facts.cgroups ? "cgroups" : "");
  };
  CHECK(needs("{{.Comm}}{{.PID}}{{.Matches.Username}}") == "");
  CHECK(needs("{{.Username}}") == "user ");
  CHECK(needs("{{$.Username}}{{if .Comm}}{{index .Cgroups 0}}{{end}}") == "user cgroups");
  CHECK(needs("{{.Unit}}") == "cgroups");
  CHECK(needs("{{with .}}{{.Slice}}{{end}}") == "user cgroups");
  CHECK(needs("{{print $}}") == "user cgroups");

  bool asked = false;
  Identity identity = example_process();
  identity.username = [&] { return asked = true, ""s; };
  CHECK(render_for(identity, "{{if .Matches.zz}}{{.Username}}{{end}}x") == "x");
  CHECK_FALSE(asked);
}

}  // namespace hx::test
