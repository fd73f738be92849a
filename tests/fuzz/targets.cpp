// SPDX-License-Identifier: Apache-2.0
#include "fuzz/targets.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "app/options.h"
#include "app/target.h"
#include "base/text.h"
#include "metrics/bcrypt.h"
#include "metrics/passwords.h"
#include "metrics/web_config.h"
#include "process/config.h"
#include "process/namer.h"
#include "process/procfs_stat.h"
#include "process/source.h"
#include "support/exposition.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

using namespace std::string_literals;

Identity process_with(std::string comm, std::string cmdline) {
  Identity identity;
  identity.pid = 7;
  identity.start_ns = 1'700'000'000'120'000'000;
  identity.comm = std::move(comm);
  identity.cmdline = std::move(cmdline);
  identity.username = [] { return "root"s; };
  identity.cgroups = [] { return std::vector{"/system.slice/x.service"s, "/\xff"s}; };
  return identity;
}

bool is_one_line(std::string_view text) {
  return !text.empty() && is_utf8(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; });
}

void expect(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

void expect_name(std::string_view name) {
  expect(is_utf8(name), "a name is not valid UTF-8");
  expect(name.size() <= kMaxNameLength, "a name is too long");
}

const Config& example_config() {
  static const Config config = [] {
    auto parsed = parse_config(R"(process_names:
  - {name: '{{.ExeBase}}:{{.ExeFull}}', exe: [serve, /usr/bin/serve]}
  - {name: '{{.Comm}} {{.Matches.D}} {{.Matches}}', cmdline: ['-d (?P<D>\S+)', '(a|b)*c']}
  - {name: '{{printf "%q %x %.3s" .ExeBase .ExeFull .Comm}}', cmdline: ['^.{3}$']}
  - {name: '{{slice .ExeFull 1 3}}{{html .Comm}}', cmdline: ['.+']}
)",
                               "example.yml");
    if (!parsed) throw std::logic_error(parsed.error().message());
    return std::move(*parsed);
  }();
  return config;
}

}  // namespace

void fuzz_procfs(std::string_view text) {
  if (const auto stat = parse_pid_stat(text)) {
    expect(text_of(stat->thread.comm).size() < TASK_COMM_BYTES, "a comm has no end");
    expect(stat->thread.pid == stat->thread.tgid, "a process is its own leader");
  }
  parse_pid_status(text);
  parse_pid_io(text);
  parse_fd_limit(text);
  parse_run_delay(text);
  parse_boot_time(text);
}

void fuzz_cmdline(std::string_view text) {
  const auto identity = process_with(std::string(text.substr(0, 15)), std::string(text));
  const Subject subject(identity);
  expect(is_utf8(subject.command_line()), "a command line is not valid UTF-8");
  expect(subject.command_line().find('\0') == std::string::npos, "a command line holds a NUL");
  expect(subject.exe_full().ends_with(subject.exe_base()) || subject.exe_full().ends_with('/') ||
             subject.exe_full().empty(),
         "a base name is not the end of its path");
  const auto name = example_config().name_of(identity);
  if (name) expect_name(*name);
  // `.` matches no line break.
  expect(name || subject.command_line().find_first_not_of('\n') == std::string::npos,
         "a process with arguments has no name");
}

void fuzz_template(std::string_view text) {
  const auto parsed = NameTemplate::parse(text);
  if (!parsed) {
    expect(is_one_line(parsed.error().message()), "a template's error is not one line");
    return;
  }
  const auto identity = process_with("co\nmm", "/usr/bin/exe\0-a\0b c\0"s);
  const auto render = [&] {
    Subject subject(identity);
    return parsed->render(subject, {{"", "-a"}, {"n", "\"x\""}});
  };
  const auto name = render();
  expect_name(name);
  expect(name == render(), "a template renders differently the second time");
  if (const auto literal = parsed->literal()) {
    expect(name == *literal, "a literal template renders something else");
  }
}

void fuzz_config(std::string_view text) {
  const auto config = parse_config(text, "all.yml");
  if (!config) {
    const auto message = config.error().message();
    expect(is_one_line(message), "a configuration's error is not one line");
    expect(message.starts_with("all.yml"), "a configuration's error does not name the file");
    return;
  }
  for (const auto& cmdline : {""s, "/usr/bin/exe\0-d\0data\0"s}) {
    const auto name = config->name_of(process_with("comm", cmdline));
    if (name) expect_name(*name);
    expect(!(config->empty() && name), "an empty configuration names a process");
  }
}

void fuzz_argv(std::string_view text) {
  std::vector<std::string> words;
  std::string_view line;
  while (next_line(text, line)) words.emplace_back(line.substr(0, line.find('\0')));
  // It may name a device that never ends.
  std::erase_if(words, [](const std::string& word) { return word.starts_with("--config.file"); });
  for (const char* program : {"host_exporter", "node_exporter", "process-exporter"}) {
    std::vector<const char*> command_line{program};
    for (const auto& word : words) command_line.push_back(word.c_str());
    const auto parsed = parse_command_line(command_line);
    if (!parsed) {
      expect(is_one_line(to_utf8(parsed.error().message())), "an error is not one line");
    } else if (parsed->print.empty()) {
      expect(!plan_targets(parsed->options).empty(), "a daemon has no target");
    }
  }
}

void fuzz_textfile(std::string_view text) {
  static const TempHost host;
  host.write("text/all.prom", text);
  CollectorOptions options;
  options.textfile_directory = {(host.dir() / "text").string()};
  const auto scrape = scrape_collector("textfile", host.fs(), options);
  const auto line = bad_exposition_line(scrape.text);
  if (!line.empty()) throw std::logic_error("a text file spoils the scrape: " + line);
}

void fuzz_web(std::string_view text) {
  const auto config = parse_web_config(text, "web.yml");
  if (!config) {
    const auto message = config.error().message();
    expect(is_one_line(message), "a web configuration's error is not one line");
    expect(message.starts_with("web.yml:"), "a web configuration's error does not name the file");
    return;
  }
  for (const auto& [user, hash] : config->users) expect(is_bcrypt(hash), "a hash is not bcrypt's");
  for (const auto& [name, value] : config->headers) {
    expect(is_one_line(name) && is_one_line(value), "a header is not one line");
  }
  expect(config->rate_interval.count() == 0 || config->rate_burst > 0, "a rate lets none through");
  if (!config->tls) return;
  const auto& tls = *config->tls;
  expect(!tls.certificate.where.empty() && !tls.key.where.empty(), "TLS has no certificate");
  expect(tls.client_auth != ClientAuth::kRequireAndVerify || !tls.client_ca.where.empty(),
         "nothing to verify clients by");
}

void fuzz_authorization(std::string_view text) {
  const auto credentials = parse_basic_auth(text);
  expect(!credentials || credentials->user.find(':') == std::string::npos, "a name has a colon");
}

}  // namespace hx::test
