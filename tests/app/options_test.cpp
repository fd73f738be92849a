// SPDX-License-Identifier: Apache-2.0
#include "app/options.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "collectors/collector.h"
#include "probes/probe.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

using Words = std::vector<std::string>;

Result<CommandLine> parse(const Words& words) {
  std::vector<const char*> arguments{"host_exporter"};
  for (const auto& word : words) arguments.push_back(word.c_str());
  return parse_command_line(arguments);
}

Options good(const Words& words) {
  const auto result = parse(words);
  REQUIRE_MESSAGE(result, (result ? std::string() : result.error().message()));
  return result->options;
}

// The message of a command line that must fail, which must be one line.
std::string bad(const Words& words) {
  const auto result = parse(words);
  REQUIRE_FALSE(result);
  CHECK(result.error().message().find('\n') == std::string::npos);
  return result.error().message();
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

TEST_CASE("options: the defaults are those of the replaced exporters") {
  const auto options = good({});
  CHECK(options.node_addresses == Words{":9100"});
  CHECK(options.process_addresses == Words{":9256"});
  CHECK(options.telemetry_path == "/metrics");
  CHECK(options.max_requests == 40);
  CHECK(options.collector_timeout == std::chrono::seconds(5));
  CHECK(options.process.children);
  CHECK(options.process.threads);
  CHECK_FALSE(options.process.recheck);
  CHECK(options.process.use_bpf);
  for (const auto& row : collector_table()) {
    CAPTURE(std::string(row.name));
    CHECK(contains(options.collectors, row.name) == row.enabled_by_default);
  }
  for (const auto& row : probe_table()) {
    const bool wanted = row.enabled_by_default && row.name != "slow_io";  // its level is -1
    CHECK(contains(options.probes, row.name) == wanted);
  }
}

TEST_CASE("options: a value follows its flag or an equals sign, behind one dash or two") {
  for (const Words& words : {Words{"--web.max-requests", "7"}, Words{"--web.max-requests=7"},
                             Words{"-web.max-requests", "7"}, Words{"-web.max-requests=7"},
                             Words{"--web.max-requests=1", "--web.max-requests=7"}}) {
    CHECK(good(words).max_requests == 7);
  }
  CHECK(good({"-config.path", "-odd"}).process.config_path == "-odd");
  CHECK(good({"--path.rootfs=/", "--path.udev.data="}).roots.udev_data.empty());
}

TEST_CASE("options: what is repeatable gathers, and replaces the default") {
  CHECK(good({"--web.listen-address=:1", "--web.listen-address", "[::1]:2"}).node_addresses ==
        Words{":1", "[::1]:2"});
}

TEST_CASE("options: switches, their negations, and Go's way to write them") {
  CHECK_FALSE(good({"--no-children"}).process.children);
  CHECK_FALSE(good({"-children=false"}).process.children);
  CHECK(good({"--children=false", "--children"}).process.children);
  CHECK(good({"--recheck"}).process.recheck);
  CHECK_FALSE(good({"--no-bpf"}).process.use_bpf);
  CHECK(good({"--no-bpf"}).probes.empty());
}

TEST_CASE("options: each collector and probe can be switched alone") {
  CHECK_FALSE(contains(good({"--no-collector.loadavg"}).collectors, "loadavg"));
  CHECK(good({"--collector.disable-defaults"}).collectors.empty());
  CHECK(good({"--collector.disable-defaults"}).probes.empty());
  CHECK(good({"--collector.disable-defaults", "--collector.loadavg"}).collectors ==
        std::vector<std::string_view>{"loadavg"});
  for (const auto& row : collector_table()) {
    const std::string name(row.name);
    CHECK(contains(good({"--collector." + name}).collectors, row.name));
    CHECK_FALSE(contains(good({"--no-collector." + name}).collectors, row.name));
  }
  for (const auto& row : probe_table()) {
    const std::string name(row.name);
    const std::string everything = "--permissions.paranoid=-1";
    CHECK(contains(good({everything, "--probe." + name}).probes, row.name));
    CHECK_FALSE(contains(good({everything, "--no-probe." + name}).probes, row.name));
  }
}

TEST_CASE("options: every setting of the table is a flag and stands in the help") {
  const auto help = parse({"--help"});
  REQUIRE(help);
  for (const auto& flag : collector_flags()) {
    const std::string name(flag.name);
    CAPTURE(name);
    CHECK(help->print.find(name) != std::string::npos);
    if (std::holds_alternative<std::string CollectorOptions::*>(flag.value)) {
      const auto member = std::get<std::string CollectorOptions::*>(flag.value);
      CHECK(good({"--" + name, "a b"}).collector.*member == "a b");
    } else if (std::holds_alternative<bool CollectorOptions::*>(flag.value)) {
      const auto member = std::get<bool CollectorOptions::*>(flag.value);
      CHECK(good({"--" + name}).collector.*member);
      CHECK_FALSE(good({"--no-" + name}).collector.*member);
    } else {
      const auto member = std::get<std::vector<std::string> CollectorOptions::*>(flag.value);
      // Values of some lists are checked for what they name.
      CHECK(good({"--" + name + "=/proc", "--" + name + "=/sys"}).collector.*member ==
            Words{"/proc", "/sys"});
    }
  }
  for (const auto& row : collector_table()) {
    CHECK(help->print.find("--[no-]collector." + std::string(row.name)) != std::string::npos);
  }
}

TEST_CASE("options: help and version are answers, not a start") {
  CHECK(parse({"-h"})->print == parse({"--help"})->print);
  CHECK(parse({"--version"})->print.starts_with("host_exporter " HX_VERSION));
  CHECK(parse({"--once"})->print.empty());
}

TEST_CASE("options: bad input is one line that names the flag and the value") {
  CHECK(bad({"--no-such-flag"}).starts_with("unknown flag --no-such-flag"));
  CHECK(bad({"-x"}).starts_with("unknown flag -x"));
  CHECK(bad({"--collector.nope"}).starts_with("unknown flag --collector.nope"));
  CHECK(bad({"stray"}).starts_with("unexpected argument stray"));
  CHECK(bad({"--children", "false"}).starts_with("unexpected argument false"));
  CHECK(bad({"--web.max-requests=abc"}).find("--web.max-requests") != std::string::npos);
  CHECK(bad({"--web.max-requests=-1"}).find("-1") != std::string::npos);
  CHECK(bad({"--web.max-requests=99999999999"}).find("--web.max-requests") != std::string::npos);
  CHECK(bad({"--web.max-requests"}).find("--web.max-requests") != std::string::npos);
  CHECK(bad({"--bpf=maybe"}).find("maybe") != std::string::npos);
  CHECK(bad({"--log.level=loud"}).find("loud") != std::string::npos);
  CHECK(bad({"--web.telemetry-path=metrics"}).find("metrics") != std::string::npos);
  CHECK(bad({"--path.procfs=/no/such"}) == "--path.procfs: /no/such: No such file or directory");
  CHECK(bad({"--path.sysfs=/etc/passwd"}) == "--path.sysfs: /etc/passwd: Not a directory");
  CHECK(bad({"--config.file=/no/such"}).find("/no/such") != std::string::npos);
  CHECK(bad({"--config.file=/etc"}).find("/etc: Is a directory") != std::string::npos);
}

TEST_CASE("options: a file holds anything that a flag can") {
  const TempHost host;
  const auto file = (host.dir() / "flags.yml").string();
  host.write("flags.yml",
             "# a comment\n"
             "web.listen-address: [\":1\", '[::1]:2']\n"
             "web.process-listen-address: :3\n"
             "web.max-requests: 7\n"
             "children: no\n"
             "no-collector.loadavg: true\n"
             "collector.filesystem.mount-points-exclude: ^/(a|b)$\n"
             "log.level: debug\n");
  const auto options = good({"--config.file", file});
  CHECK(options.node_addresses == Words{":1", "[::1]:2"});
  CHECK(options.process_addresses == Words{":3"});
  CHECK(options.max_requests == 7);
  CHECK_FALSE(options.process.children);
  CHECK_FALSE(contains(options.collectors, "loadavg"));
  CHECK(options.collector.filesystem_mount_points_exclude == "^/(a|b)$");
  CHECK(options.log_level == LogLevel::kDebug);

  const auto overridden = good({"--config.file", file, "--web.listen-address=:9", "--children"});
  CHECK(overridden.node_addresses == Words{":9"});
  CHECK(overridden.process.children);
  CHECK(overridden.max_requests == 7);
}

TEST_CASE("options: a file that says nothing changes nothing") {
  const TempHost host;
  for (const char* text : {"", "# only a comment\n", "---\n", "{}\n", "web.listen-address: []\n"}) {
    CAPTURE(std::string(text));
    host.write("flags.yml", text);
    CHECK(good({"--config.file", (host.dir() / "flags.yml").string()}).node_addresses ==
          Words{":9100"});
  }
}

TEST_CASE("options: bad input in a file is one line that names file, line and key") {
  const TempHost host;
  const auto file = (host.dir() / "flags.yml").string();
  const auto complaint = [&](const char* text) {
    host.write("flags.yml", text);
    const auto message = bad({"--config.file=" + file});
    CHECK(message.starts_with(file + ":"));
    return message.substr(file.size() + 1);
  };
  CHECK(complaint("log.level: info\nno.such: 1\n") == "2: unknown key no.such");
  CHECK(complaint("--log.level: info\n") == "1: unknown key --log.level");
  CHECK(complaint("config.file: /x\n") == "1: unknown key config.file");
  CHECK(complaint("\nweb.max-requests: abc\n").starts_with("2: "));
  CHECK(complaint("web.max-requests: abc\n").find("web.max-requests") != std::string::npos);
  CHECK(complaint("web.max-requests: [1, 2]\n").find("want one value") != std::string::npos);
  CHECK(complaint("web.max-requests:\n").find("web.max-requests: want a value") !=
        std::string::npos);
  CHECK(complaint("bpf: {a: b}\n").starts_with("1: bpf: "));
  CHECK(complaint("web.listen-address: [[a]]\n").starts_with("1: web.listen-address: "));
  CHECK(complaint("bpf: true\nbpf: false\n") == "2: bpf: given twice");
  CHECK(complaint("- a\n").find("mapping") != std::string::npos);
  CHECK(complaint("just text\n").find("mapping") != std::string::npos);
  CHECK(complaint("a: b: c\n").starts_with("1: "));
  CHECK(complaint("bpf: true\n\tchildren: true\n").starts_with("2: "));
  CHECK(complaint("bpf: maybe\n").find("maybe") != std::string::npos);
  CHECK(complaint("[a]: b\n").starts_with("1: "));
  CHECK(complaint("a: *nowhere\n").starts_with("1: "));
}

}  // namespace hx::test
