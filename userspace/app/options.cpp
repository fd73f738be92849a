// SPDX-License-Identifier: Apache-2.0
#include "app/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>

#include "app/config_file.h"
#include "app/help.h"
#include "base/text.h"
#include "collectors/collector.h"
#include "metrics/self.h"
#include "probes/probe.h"

namespace hx {
namespace {

struct LevelName {
  std::string_view name;
  LogLevel level;
};
constexpr std::array<LevelName, 4> kLogLevels{{{"debug", LogLevel::kDebug},
                                               {"info", LogLevel::kInfo},
                                               {"warn", LogLevel::kWarning},
                                               {"error", LogLevel::kError}}};

Error bad_input(std::string what) { return {0, std::move(what)}; }

std::vector<std::string> level_names() {
  std::vector<std::string> names;
  for (const auto& row : kLogLevels) names.emplace_back(row.name);
  return names;
}

bool is_switch(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

// Binds every flag to its place in the options. CLI11 keeps references, so it must not move.
class Parser {
 public:
  Parser() { bind(); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  Result<CommandLine> parse(Invocation invocation);

 private:
  // --NAME and --no-NAME for a row of a table.
  struct Toggle {
    std::string_view name;
    bool by_default = false;
    bool value = false;
    CLI::Option* flag = nullptr;
  };

  void bind();
  void bind_general();
  void bind_serving();
  void bind_permissions();
  void bind_host();
  void bind_groups();
  void bind_collectors();
  void bind_settings();
  // Flags belong to the group of --help that was begun last.
  void begin(const char* group) { app_.option_defaults()->group(group); }
  CLI::Option* add_value(const std::string& name, auto& value, const char* kind,
                         const std::string& help);
  CLI::Option* add_list(const std::string& name, std::vector<std::string>& value, const char* kind,
                        const std::string& help);
  CLI::Option* add_toggle(const std::string& name, bool& value, const std::string& help);
  void add_rows(const auto& table, const std::string& prefix, std::deque<Toggle>& toggles);

  Status check_permissions();
  Status apply_file();
  Status apply(const ConfigItem& item);
  Status check();
  std::vector<std::string_view> enabled(const std::deque<Toggle>& toggles) const;

  CLI::App app_;
  Options options_;
  std::deque<Toggle> collectors_, probes_;
  std::string as_, config_file_, log_level_ = "info", collector_timeout_ = "5s", once_delay_ = "0",
                                 recheck_time_limit_ = "0", paranoid_ = "0", slow_io_ = "100ms";
  bool disable_defaults_ = false, help_ = false, version_ = false;
};

CLI::Option* Parser::add_value(const std::string& name, auto& value, const char* kind,
                               const std::string& help) {
  return app_.add_option("--" + name, value, help)
      ->option_text(kind)
      ->take_last()
      ->capture_default_str();
}

// One value a flag: what follows it is the next flag or a mistake.
CLI::Option* Parser::add_list(const std::string& name, std::vector<std::string>& value,
                              const char* kind, const std::string& help) {
  return app_.add_option("--" + name, value, help)
      ->option_text(kind)
      ->allow_extra_args(false)
      ->take_all()
      ->capture_default_str();
}

CLI::Option* Parser::add_toggle(const std::string& name, bool& value, const std::string& help) {
  return app_.add_flag("--" + name + ",!--no-" + name, value, help)
      ->take_last()
      ->default_str(value ? "on" : "off");
}

void Parser::add_rows(const auto& table, const std::string& prefix, std::deque<Toggle>& toggles) {
  for (const auto& row : table) {
    auto& toggle = toggles.emplace_back(
        Toggle{row.name, row.enabled_by_default, row.enabled_by_default, nullptr});
    toggle.flag = add_toggle(prefix + std::string(row.name), toggle.value, std::string(row.help));
  }
}

void Parser::bind_general() {
  begin("General");
  app_.set_help_flag();  // ours reads better
  app_.add_flag("-h,--help", help_, "Print this and exit.");
  app_.add_flag("--version", version_, "Print the version and exit.");
  app_.add_flag("--once", options_.once, "Print one complete scrape to standard output and exit.");
  add_value("once-to-stdout-delay", once_delay_, "DURATION",
            "Not 0: scrape, wait, print a second scrape to standard output and exit.");
  add_value("config.file", config_file_, "FILE",
            "YAML file of flags: a mapping of their names without dashes to values or lists. The "
            "command line wins.");
  add_value("as", as_, "NAME",
            "As the first argument: take the command line of node_exporter or process-exporter, "
            "and serve that target only.");
  add_value("log.level", log_level_, "LEVEL", "Least severity to log: debug, info, warn, error.")
      ->check(CLI::IsMember(level_names()));
}

void Parser::bind_serving() {
  begin("Serving");
  add_list("web.listen-address", options_.node_addresses, "ADDRESS",
           "Where the node metrics are served. Repeatable.");
  add_list("web.process-listen-address", options_.process_addresses, "ADDRESS",
           "Where the name-group metrics are served. Repeatable.");
  add_value("web.telemetry-path", options_.telemetry_path, "PATH", "Path of the metrics.");
  add_value("web.max-requests", options_.max_requests, "NUMBER",
            "Scrapes of one target that may wait or run at once; 0: no limit.");
  add_toggle("web.disable-exporter-metrics", options_.disable_exporter_metrics,
             "Leave process_* and promhttp_* out of the node metrics.");
  add_toggle("web.single-target", options_.single_target,
             "Serve the name groups together with the node metrics, on --web.listen-address "
             "alone.");
  add_value("web.config.file", options_.web_config_file, "FILE",
            "YAML file of the exporter toolkit with certificates, passwords and headers; read "
            "again when it changes.");
  add_toggle("web.systemd-socket", options_.systemd_socket,
             "Take the sockets from systemd instead of addresses: those called node and process "
             "(FileDescriptorName=), or the first and the second.");
}

void Parser::bind_permissions() {
  begin("Permissions");
  add_value("permissions.paranoid", paranoid_, "LEVEL",
            "What may be read and told, -1 to 3: 3 what /proc and /sys show to anyone; 2 also "
            "histograms of the host from kernel programs; 1 also what the kernel knows of single "
            "processes; 0 also files that ptrace(2) guards, and performance counters; -1 also "
            "/debug/events. host: what kernel.perf_event_paranoid says.");
  add_toggle("permissions.seccomp", options_.seccomp,
             "Once it serves, refuse the system calls that serving does not need.");
}

void Parser::bind_host() {
  begin("Host");
  add_value("path.procfs", options_.roots.procfs, "DIRECTORY", "Where procfs is mounted.");
  add_value("path.sysfs", options_.roots.sysfs, "DIRECTORY", "Where sysfs is mounted.");
  add_value("path.rootfs", options_.roots.rootfs, "DIRECTORY", "Where the host's root is mounted.");
  add_value("path.udev.data", options_.roots.udev_data, "DIRECTORY",
            "Where udev keeps its database.");
}

void Parser::bind_groups() {
  begin("Name groups");
  auto& process = options_.process;
  add_value("config.path", process.config_path, "FILE",
            "process-exporter's YAML file; without one every process that has a command line is "
            "grouped by {{.Comm}}.");
  add_value("procnames", process.procnames, "NAMES",
            "Instead of a file: comma-separated names (comm) of the processes to group by them.");
  add_value("namemapping", process.namemapping, "NAME,REGEXP,...",
            "Instead of a file: for a process of this name, the regexp's capture in its command "
            "line completes the name of the group.");
  add_toggle("children", process.children,
             "Let unmatched processes join the group of a tracked ancestor.");
  add_toggle("gather-smaps", process.gather_smaps,
             "Sample proportional memory (smaps_rollup), in the background and at most 0.5 % of a "
             "CPU.");
  add_toggle("threads", process.threads, "Report by thread name too.");
  add_toggle("recheck", process.recheck, "Match unmatched processes again on every scrape.");
  add_value("recheck-with-time-limit", recheck_time_limit_, "DURATION",
            "Not 0: --recheck, but only for processes younger than this.");
  add_toggle("process.rematch-on-exec", process.rematch_on_exec,
             "Move a process to the group of its new name when it calls exec or renames itself.");
  add_value("process.max-groups", process.max_groups, "NUMBER",
            "Names past this many are summed in the group \"other (limit)\".");
  add_toggle("remove-empty-groups", process.remove_empty_groups,
             "Forget a group when its last process has gone.");
}

void Parser::bind_collectors() {
  begin("Kernel programs (BPF)");
  add_toggle("bpf", options_.process.use_bpf, "Use kernel programs at all, for the groups too.");
  add_rows(probe_table(), "probe.", probes_);
  add_toggle("bpf.block.owners", options_.probe.block_owners,
             "Latency of the block requests of each name group, and of control groups.");
  add_toggle("bpf.block.split", options_.probe.block_split,
             "The parts of a block request's latency: in the queue, in the device.");
  add_toggle("bpf.sched.groups", options_.probe.sched_groups,
             "Run-queue latency of each name group: 30 series for each that has waited.");
  add_toggle("bpf.sched.per-cpu", options_.probe.sched_per_cpu,
             "Run-queue latency of the node by CPU instead of in one histogram.");
  add_toggle("bpf.sched.slices", options_.probe.sched_slices,
             "How long the threads of each name group run at a time; needs --bpf.sched.groups.");
  add_value("bpf.slow-io", slow_io_, "DURATION",
            "A block request that takes so long is told in /debug/events.");
  begin("Collectors of /proc and /sys");
  app_.add_flag("--collector.disable-defaults", disable_defaults_,
                "Only those collectors and kernel programs that are asked for by name.");
  add_value("collector.timeout", collector_timeout_, "DURATION",
            "A collector or kernel program that takes longer fails, and is left alone until it "
            "answers.");
  add_rows(collector_table(), "collector.", collectors_);
}

void Parser::bind_settings() {
  begin("Settings of collectors");
  auto& values = options_.collector;
  for (const auto& flag : collector_flags()) {
    const std::string name(flag.name), help(flag.help);
    if (const auto* text = std::get_if<std::string CollectorOptions::*>(&flag.value)) {
      add_value(name, values.*(*text), "TEXT", help);
    } else if (const auto* yes = std::get_if<bool CollectorOptions::*>(&flag.value)) {
      add_toggle(name, values.*(*yes), help);
    } else if (const auto* list =
                   std::get_if<std::vector<std::string> CollectorOptions::*>(&flag.value)) {
      add_list(name, values.*(*list), "TEXT", help);
    }
  }
}

void Parser::bind() {
  app_.allow_extras();  // our words for them
  bind_general();
  bind_serving();
  bind_permissions();
  bind_host();
  bind_groups();
  bind_collectors();
  bind_settings();
}

// Adds the words of one argument, in CLI11's spelling: Go programs take flags with one dash as well
// (-config.path), and an equals sign with nothing behind it is an empty value.
void append_words(const CLI::App& app, std::string argument, std::vector<std::string>& words) {
  const auto equals = argument.find('=');
  std::string name = argument.substr(0, equals);
  if (name.size() > 2 && name[0] == '-' && name[1] != '-' &&
      app.get_option_no_throw("-" + name) != nullptr) {
    name = "-" + name;
    argument = "-" + argument;
  }
  const auto* option = name.starts_with("--") ? app.get_option_no_throw(name) : nullptr;
  if (equals == std::string::npos || option == nullptr || is_switch(*option)) {
    words.push_back(std::move(argument));
  } else {
    words.push_back(name);
    words.push_back(argument.substr(name.size() + 1));
  }
}

Status Parser::apply(const ConfigItem& item) {
  auto* option = app_.get_option_no_throw("--" + item.key);
  if (option == nullptr || item.key == "config.file") {
    return bad_input(item.where + ": unknown key " + item.key);
  }
  if (option->count() > 0) return {};  // the command line wins
  const bool takes_list = option->get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  if (item.is_list && !takes_list) {
    return bad_input(item.where + ": " + item.key + ": want one value, not a list");
  }
  try {
    for (const auto& value : item.values) {
      option->add_result(is_switch(*option) ? option->get_flag_value(item.key, value) : value);
    }
    if (!item.values.empty()) option->run_callback();
  } catch (const CLI::Error& e) {
    return bad_input(item.where + ": " + e.what());
  }
  return {};
}

Status Parser::apply_file() {
  if (config_file_.empty()) return {};
  const auto items = read_config_file(config_file_);
  if (!items) return items.error();
  for (const auto& item : *items) {
    if (auto ok = apply(item); !ok) return ok;
  }
  return {};
}

Status check_directory(std::string_view flag, const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return {};
  return Error{error ? error.value() : ENOTDIR, "--" + std::string(flag) + ": " + path};
}

Result<std::chrono::nanoseconds> read_duration(std::string_view flag, const std::string& text) {
  const auto duration = to_duration(text);
  if (!duration || *duration < std::chrono::nanoseconds::zero()) {
    return bad_input("--" + std::string(flag) + ": \"" + text + "\" is not a duration such as 5s");
  }
  return *duration;
}

// What is asked for by name must be possible. Of a level that the host decides nobody knows before.
Status Parser::check_permissions() {
  const auto permissions = parse_permissions(paranoid_, HostFs(options_.roots));
  if (!permissions)
    return Error{permissions.error().code, "--permissions.paranoid: " + permissions.error().what};
  options_.permissions = *permissions;
  if (permissions->follows_host) return {};
  struct Need {
    const char* flag;
    bool (*allows)(int level);
    const char* level;
  };
  constexpr std::array<Need, 13> kNeeds{{{"bpf.block.owners", allows_processes, "1"},
                                         {"bpf.block.split", allows_programs, "2"},
                                         {"bpf.sched.groups", allows_processes, "1"},
                                         {"bpf.sched.per-cpu", allows_programs, "2"},
                                         {"bpf.sched.slices", allows_processes, "1"},
                                         {"collector.perf", allows_guarded, "0"},
                                         {"gather-smaps", allows_guarded, "0"},
                                         {"probe.block", allows_programs, "2"},
                                         {"probe.fault", allows_programs, "2"},
                                         {"probe.irq", allows_programs, "2"},
                                         {"probe.sched", allows_programs, "2"},
                                         {"probe.slow_io", allows_events, "-1"},
                                         {"probe.tcp", allows_programs, "2"}}};
  for (const auto& need : kNeeds) {
    const auto* option = app_.get_option_no_throw("--" + std::string(need.flag));
    if (need.allows(permissions->level) || option->count() == 0 || !option->as<bool>()) continue;
    return bad_input("--" + std::string(need.flag) +
                     ": needs --permissions.paranoid=" + need.level + " or less, not " + paranoid_);
  }
  return {};
}

Status Parser::check() {
  if (!as_.empty()) return bad_input("--as: must be the first argument, as --as=NAME");
  const auto& roots = options_.roots;
  for (const auto& [flag, path] :
       {std::pair{"path.procfs", roots.procfs}, std::pair{"path.sysfs", roots.sysfs},
        std::pair{"path.rootfs", roots.rootfs}}) {
    if (auto ok = check_directory(flag, path); !ok) return ok;
  }
  if (auto ok = check_permissions(); !ok) return ok;
  const auto timeout = read_duration("collector.timeout", collector_timeout_);
  if (!timeout) return timeout.error();
  if (timeout->count() == 0) {
    return bad_input("--collector.timeout: \"" + collector_timeout_ + "\" leaves no time");
  }
  options_.collector_timeout = std::chrono::ceil<std::chrono::milliseconds>(*timeout);
  const auto delay = read_duration("once-to-stdout-delay", once_delay_);
  if (!delay) return delay.error();
  options_.once_delay = std::chrono::ceil<std::chrono::milliseconds>(*delay);
  const auto limit = read_duration("recheck-with-time-limit", recheck_time_limit_);
  if (!limit) return limit.error();
  options_.process.recheck_time_limit = *limit;
  const auto slow_io = read_duration("bpf.slow-io", slow_io_);
  if (!slow_io) return slow_io.error();
  options_.probe.slow_io = *slow_io;
  options_.once |= delay->count() != 0;
  if (!options_.telemetry_path.starts_with('/')) {
    return bad_input("--web.telemetry-path: \"" + options_.telemetry_path +
                     "\" does not begin with a slash");
  }
  return {};
}

std::vector<std::string_view> Parser::enabled(const std::deque<Toggle>& toggles) const {
  std::vector<std::string_view> names;
  for (const auto& toggle : toggles) {
    const bool asked_for = toggle.flag->count() > 0;
    if (asked_for ? toggle.value : toggle.by_default && !disable_defaults_) {
      names.push_back(toggle.name);
    }
  }
  return names;
}

Result<CommandLine> Parser::parse(Invocation invocation) {
  options_.personality = invocation.personality;
  if (!invocation.words.empty() && invocation.words.front() == "doctor") {
    options_.doctor = true;
    invocation.words.erase(invocation.words.begin());
  }
  std::vector<std::string> words;  // CLI11 wants them backwards
  for (auto& word : invocation.words) append_words(app_, std::move(word), words);
  std::reverse(words.begin(), words.end());
  try {
    app_.parse(std::move(words));
  } catch (const CLI::Error& e) {
    return bad_input(e.what());
  }
  if (const auto extras = app_.remaining(); !extras.empty()) {
    const auto& first = extras.front();
    return bad_input((first.starts_with('-') ? "unknown flag " : "unexpected argument ") + first +
                     " (see host_exporter --help)");
  }
  if (help_) return CommandLine{{}, help_text(app_)};
  if (version_) return CommandLine{{}, version_line() + "\n"};
  if (auto ok = apply_file(); !ok) return ok.error();
  if (auto ok = check(); !ok) return ok.error();
  for (const auto& row : kLogLevels) {
    if (row.name == log_level_) options_.log_level = row.level;
  }
  options_.process.groups_all = options_.personality != Personality::kProcessExporter;
  options_.collectors = enabled(collectors_);
  if (options_.process.use_bpf) options_.probes = enabled(probes_);
  auto& permissions = options_.permissions;
  permissions.left_out = left_out_by(permissions.level, options_);
  restrict_to(permissions.level, options_);
  return CommandLine{std::move(options_), {}};
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const char* const> command_line) {
  auto invocation = invocation_of(command_line);
  if (!invocation) return invocation.error();
  return Parser().parse(std::move(*invocation));
}

}  // namespace hx
