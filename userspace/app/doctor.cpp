// SPDX-License-Identifier: Apache-2.0
#include "app/doctor.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <thread>

#include "app/target.h"
#include "base/text.h"
#include "loader/programs.h"
#include "metrics/self.h"

namespace hx {
namespace {

constexpr std::size_t kNameColumn = 22, kProgramColumn = 30, kNumberColumn = 12;

// The first that fits is taken.
struct Remedy {
  std::string_view name;    // of the source or collector; empty: any
  std::string_view reason;  // what its reason holds; empty: anything
  std::string_view text;
};
constexpr std::array<Remedy, 7> kRemedies{{
    {"pressure", "",
     "boot with psi=1: grubby --update-kernel=ALL --args=psi=1 on Rocky, GRUB_CMDLINE_LINUX on "
     "Debian"},
    {"blocked_time", "task_delayacct",
     "sysctl kernel.task_delayacct=1, and a line in /etc/sysctl.d: processes that start from then "
     "on are accounted"},
    {"conntrack", "No such file", "nothing tracks connections: load nf_conntrack if you want it"},
    {"", "CAP_BPF", "run as root, or give the daemon CAP_BPF and CAP_PERFMON"},
    {"perf", "perf_event_paranoid", "run as root, or give the daemon CAP_PERFMON"},
    {"", "Permission denied", "run as root, or give the daemon CAP_DAC_READ_SEARCH"},
    {"", "Operation not permitted", "run as root"},
}};

std::string column(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width > text.size() ? width - text.size() : 1, ' ');
}

void append_line(std::string& out, std::string_view name, std::string_view state,
                 const std::string& reason) {
  out += "  " + column(name, kNameColumn) +
         (reason.empty() ? std::string(state) : column(state, 8) + reason) + "\n";
}

void append_finding(std::string& out, std::string_view name, std::string_view state,
                    const std::string& reason) {
  append_line(out, name, state, reason);
  const auto remedy = reason.empty() ? std::string_view() : remedy_for(name, reason);
  if (!remedy.empty())
    out += "  " + std::string(kNameColumn, ' ') + "-> " + std::string(remedy) + "\n";
}

void examine_sources(const Sources& sources, Diagnosis& diagnosis) {
  for (const auto& state : sources.states()) {
    if (state.is_left_out) {
      append_finding(diagnosis.report, state.source, "off", state.reason);
      continue;
    }
    const bool is_up = state.reason.empty();
    append_finding(diagnosis.report, state.source, is_up ? "ok" : "down", state.reason);
    diagnosis.healthy &= is_up;
  }
}

// A host has most kinds of hardware not: those are told in one line.
void examine_collectors(const Registry& registry, Diagnosis& diagnosis) {
  const auto failures = registry.failures();
  diagnosis.report += "Collectors: " + std::to_string(registry.names().size() - failures.size()) +
                      " of " + std::to_string(registry.names().size()) +
                      " have something to tell\n";
  std::string absent;
  for (const auto& [name, error] : failures) {
    const auto reason = error.message();
    if (error.is_absent() && remedy_for(name, reason).empty()) {
      absent += (absent.empty() ? "" : ", ") + name;
    } else {
      append_finding(diagnosis.report, name, error.is_absent() ? "absent" : "failed", reason);
      diagnosis.healthy &= error.is_absent();
    }
  }
  if (!absent.empty()) diagnosis.report += "  not on this host: " + absent + "\n";
}

std::string with_decimals(double value, int decimals) {
  std::array<char, 32> text;
  const auto size = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return {text.data(), static_cast<std::size_t>(size)};
}

// What each program costs just now, which depends on what the host does.
void examine_programs(Diagnosis& diagnosis) {
  constexpr std::chrono::seconds kWindow{1};
  const auto window = StatsWindow::open();
  if (!window) {
    append_finding(diagnosis.report, "kernel programs", "", window.error().message());
    return;
  }
  const auto before = program_costs();
  std::this_thread::sleep_for(kWindow);
  const auto after = program_costs();
  diagnosis.report += "Kernel programs, over " + std::to_string(kWindow.count()) + " s:\n  " +
                      column("program", kProgramColumn) + column("ns a run", kNumberColumn) +
                      column("runs a s", kNumberColumn) + column("% of a CPU", kNumberColumn) +
                      "not run (recursion)\n";
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i) {
    const auto runs = static_cast<double>(after[i].runs - before[i].runs);
    const auto ns = static_cast<double>(after[i].run_ns - before[i].run_ns);
    const auto seconds = static_cast<double>(kWindow.count());
    diagnosis.report += "  " + column(after[i].name, kProgramColumn) +
                        column(runs == 0 ? "-" : with_decimals(ns / runs, 0), kNumberColumn) +
                        column(with_decimals(runs / seconds, 0), kNumberColumn) +
                        column(with_decimals(ns / seconds / 1e7, 3), kNumberColumn) +
                        std::to_string(after[i].recursion_misses) + "\n";
  }
}

// What was not counted, or not for its owner, since the programs began a moment ago.
void examine_losses(std::string_view exposition, Diagnosis& diagnosis) {
  const auto losses = losses_of(exposition);
  diagnosis.report += "Events that are not counted, or not for whom they are:";
  diagnosis.report += losses.empty() ? " none\n" : "\n" + losses;
}

}  // namespace

std::string losses_of(std::string_view exposition) {
  constexpr std::array<std::string_view, 4> kKinds{"_discarded_", "_dropped_", "_lost_",
                                                   "_uncounted_"};
  std::string losses;
  while (!exposition.empty()) {
    const auto line = cut(exposition, '\n');
    const auto value = line.substr(line.rfind(' ') + 1);
    if (!line.starts_with("host_exporter_") || value == "0") continue;
    const auto family = line.substr(0, line.find_first_of("{ "));
    const bool is_loss = std::any_of(kKinds.begin(), kKinds.end(), [&](std::string_view kind) {
      return family.find(kind) != std::string_view::npos;
    });
    if (is_loss) losses += "  " + std::string(line) + "\n";
  }
  return losses;
}

std::string_view remedy_for(std::string_view name, const std::string& reason) {
  for (const auto& remedy : kRemedies) {
    if ((remedy.name.empty() || remedy.name == name) &&
        reason.find(remedy.reason) != std::string::npos) {
      return remedy.text;
    }
  }
  return {};
}

Result<Diagnosis> diagnose(const Options& options) {
  const auto targets = make_targets(options);
  if (!targets) return targets.error();
  Diagnosis diagnosis{version_line() + "\nSources:\n", true};
  for (const auto& target : *targets) {
    target->registry().scrape();
    examine_sources(target->sources(), diagnosis);
  }
  for (const auto& target : *targets) {
    if (!target->registry().names().empty()) examine_collectors(target->registry(), diagnosis);
  }
  if (program_costs().empty()) return diagnosis;
  examine_programs(diagnosis);
  std::string exposition;
  for (const auto& target : *targets) exposition += target->registry().scrape();
  examine_losses(exposition, diagnosis);
  return diagnosis;
}

}  // namespace hx
