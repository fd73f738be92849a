// SPDX-License-Identifier: Apache-2.0
#include "bpf/support.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "support/scrape.h"

namespace hx::test {

const ProbeEntry& probe_entry(std::string_view name) {
  const auto table = probe_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const auto& entry) { return entry.name == name; });
  REQUIRE(found != table.end());
  return *found;
}

CollectorPtr make_probe(std::string_view name, const ProbeContext& context) {
  auto made = probe_entry(name).make(context);
  REQUIRE_MESSAGE(made, made.error().message());
  return std::move(*made);
}

std::map<std::string, double> scrape(Collector& unit) {
  std::string text;
  MetricSink out(text);
  const auto status = unit.collect(out);
  REQUIRE_MESSAGE(status, status.error().message());
  std::map<std::string, double> series;
  for (const auto& [name, value] : parse_exposition(text))
    series[name] = std::strtod(value.c_str(), nullptr);
  return series;
}

std::string reason_of(const Sources& sources, std::string_view source) {
  for (const auto& state : sources.states()) {
    if (state.source == source) return state.reason;
  }
  return {};
}

int run_child(const std::function<int()>& child) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

int run_program(const std::string& file, const std::vector<std::string>& args) {
  std::vector<char*> argv{const_cast<char*>(file.c_str())};
  for (const auto& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = ::vfork();
  if (pid == 0) {
    ::execv(file.c_str(), argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

void pin_to_cpu0() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

pid_t start_pinned(const std::string& path, std::vector<std::string> args) {
  std::vector<char*> argv{const_cast<char*>(path.c_str())};
  for (auto& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    pin_to_cpu0();
    ::execv(path.c_str(), argv.data());
    ::_exit(127);
  }
  return pid;
}

void stop(pid_t pid) {
  ::kill(pid, SIGSTOP);
  const auto is_stopped = [](const std::filesystem::path& thread) {
    std::ifstream file(thread / "stat");
    std::string text;
    std::getline(file, text);
    return text.find(") T ") != std::string::npos;
  };
  for (int i = 0; i < 500; ++i) {
    bool all = true;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
      all &= is_stopped(entry.path());
    }
    if (all) return;
    sleep_ms(10);
  }
}

void end(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

double waited(pid_t pid) {
  double sum = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(entry.path() / "schedstat");
    double ran = 0, waited_ns = 0;
    file >> ran >> waited_ns;
    sum += waited_ns * 1e-9;
  }
  return sum;
}

void spin_ms(int ms) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  while (std::chrono::steady_clock::now() < end) {
  }
}

void sleep_ms(int ms) {
  const timespec time{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000L};
  ::nanosleep(&time, nullptr);
}

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

rusage usage_of_children() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return usage;
}

namespace {

std::string comm_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string comm;
  std::getline(file, comm);
  return comm;
}

}  // namespace

NamedProgram::NamedProgram(std::string_view source, std::string_view name) {
  std::string dir = (std::filesystem::temp_directory_path() / "hx-bin-XXXXXX").string();
  if (::mkdtemp(dir.data()) == nullptr) throw std::runtime_error("mkdtemp");
  dir_ = dir;
  path_ = dir_ + "/" + std::string(name);
  std::filesystem::copy_file(source, path_);
}

NamedProgram::~NamedProgram() {
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

bool is_too_old(const Sources& sources, std::string_view source) {
  const auto reason = reason_of(sources, source);
  if (reason.empty()) return false;
  MESSAGE("not here: " << reason);
  CHECK(reason_of(sources, "sched_storage").find("no task storage") != std::string::npos);
  return true;
}

NameGroups::NameGroups(const ProcessOptions& options) {
  auto made = make_process_groups(fs, options, default_config(),
                                  open_life_source(fs, options, sources), sources);
  REQUIRE_MESSAGE(made, made.error().message());
  unit = std::move(*made);
  for (const auto& state : sources.states()) {
    if (!state.is_left_out) REQUIRE_MESSAGE(state.reason.empty(), state.reason);
  }
}

std::map<std::string, double> NameGroups::scrape_until(const std::string& series, double value) {
  auto all = scrape(*unit);
  for (int i = 0; i < 100 && all[series] < value; ++i) {
    sleep_ms(100);
    all = scrape(*unit);
  }
  return all;
}

CountedGroups::CountedGroups(std::string_view probe, Config config, const ProbeOptions& options) {
  auto lives = open_life_source(fs, {}, sources);
  REQUIRE(lives != nullptr);
  const ProbeContext context{
      .fs = fs, .options = options, .lives = lives.get(), .groups = &counts, .sources = &sources};
  sched = make_probe("sched", context);
  if (!probe.empty()) node = make_probe(probe, context);
  REQUIRE(counts.numbers);
  auto made = make_process_groups(fs, {}, std::move(config), std::move(lives), sources, counts);
  REQUIRE_MESSAGE(made, made.error().message());
  groups = std::move(*made);
}

Worker::Worker(const char* name, const std::function<void()>& work) {
  if (::pipe2(start_, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  pid_ = ::fork();
  if (pid_ != 0) {
    while (comm_of(pid_) != name) sleep_ms(1);
    return;
  }
  ::prctl(PR_SET_NAME, name);
  char go = 0;
  if (::read(start_[0], &go, 1) == 1) work();
  ::_exit(0);
}

Worker::~Worker() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::close(start_[0]);
  ::close(start_[1]);
}

void Worker::start() const {
  if (::write(start_[1], "x", 1) != 1) throw std::runtime_error("start a worker");
}

void Worker::wait() const {
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT);
}

}  // namespace hx::test
