// SPDX-License-Identifier: Apache-2.0
#include "metrics/self.h"

#include <sys/resource.h>

#include <optional>

#include "base/text.h"

namespace hx {
namespace {

// Field 22 of proc_pid_stat(5), in ticks. The name before it may hold anything, parentheses
// included.
std::optional<double> parse_start(std::string_view text) {
  const auto name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 1);
  for (int i = 3; i < 22; ++i) next_field(text);
  return to_double(next_field(text));
}

// The first two of proc_pid_statm(5).
struct Pages {
  double all = 0, resident = 0;
};

std::optional<Pages> parse_pages(std::string_view text) {
  const auto all = to_double(next_field(text)), resident = to_double(next_field(text));
  if (!all || !resident) return std::nullopt;
  return Pages{*all, *resident};
}

std::optional<double> parse_boot_time(std::string_view text) {
  std::string_view line;
  while (next_line(text, line)) {
    if (next_field(line) == "btime") return to_double(next_field(line));
  }
  return std::nullopt;
}

// The value of `column` of the table `prefix`, whose first line names the columns
// (/proc/PID/net/netstat).
std::optional<double> table_value(std::string_view text, std::string_view prefix,
                                  std::string_view column) {
  std::string_view names, values;
  while (next_line(text, names) && next_line(text, values)) {
    if (next_field(names) != prefix) continue;
    next_field(values);
    for (auto name = next_field(names); !name.empty(); name = next_field(names)) {
      const auto value = next_field(values);
      if (name == column) return to_double(value);
    }
  }
  return std::nullopt;
}

// Without a limit the Go client library exports the largest 64-bit number.
double soft_limit(__rlimit_resource_t resource) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  return limit.rlim_cur == RLIM_INFINITY ? 18446744073709551615.0
                                         : static_cast<double>(limit.rlim_cur);
}

class Self final : public Collector {
 public:
  Self(const HostFs& fs, SharedFile& netstat, Syscalls sys)
      : fs_(fs), sys_(sys), pages_(fs, "proc/self/statm"), netstat_(netstat) {
    const auto boot = fs.read("proc/stat"), own = fs.read("proc/self/stat");
    if (!boot || !own) return;
    static const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto boot_time = parse_boot_time(*boot), start = parse_start(*own);
    if (boot_time && start) start_time_ = *boot_time + *start / ticks;
  }

  Status collect(MetricSink& out) override {
    add_limits(out);
    const auto text = pages_.read();
    if (!text) return text.error();
    const auto pages = parse_pages(*text);
    if (!pages) return Error{EBADMSG, "parse " + pages_.path()};
    add_memory(out, *pages);
    auto ok = netstat_.read([&](std::string_view table) { return add_network(out, table); });
    return !ok && ok.error().is_absent() ? Status() : ok;
  }

 private:
  void add_limits(MetricSink& out) {
    timespec used{};
    if (sys_.clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0) {
      out.counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.")
          .add(static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9);
    }
    if (const auto open = count_open_fds()) {
      out.gauge("process_open_fds", "Number of open file descriptors.").add(*open);
    }
    out.gauge("process_max_fds", "Maximum number of open file descriptors.")
        .add(soft_limit(RLIMIT_NOFILE));
    out.gauge("process_virtual_memory_max_bytes",
              "Maximum amount of virtual memory available in bytes.")
        .add(soft_limit(RLIMIT_AS));
  }

  // Since f1f1f2569901 ("proc: report open files as size in stat() for /proc/pid/fd"), 6.2, the
  // kernel says how many there are. To list them makes it build an entry for each.
  Result<std::uint64_t> count_open_fds() const {
    if (fs_.roots().procfs == "/proc") {  // elsewhere the size may mean something else
      const auto stamp = fs_.stamp("proc/self/fd");
      if (stamp && stamp->size != 0) return stamp->size;
    }
    const auto names = fs_.list("proc/self/fd");
    if (!names) return names.error();
    return names->size() - 1;  // one of them is the directory's own
  }

  // Not from proc/self/stat, for which the kernel looks at more.
  void add_memory(MetricSink& out, const Pages& pages) {
    static const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
    out.gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.")
        .add(pages.all * page_bytes);
    out.gauge("process_resident_memory_bytes", "Resident memory size in bytes.")
        .add(pages.resident * page_bytes);
    if (start_time_) {
      out.gauge("process_start_time_seconds",
                "Start time of the process since unix epoch in seconds.")
          .add(*start_time_);
    }
  }

  // Of the whole network namespace, as upstream has it: the kernel does not count by process.
  static Status add_network(MetricSink& out, std::string_view text) {
    if (const auto in = table_value(text, "IpExt:", "InOctets")) {
      out.counter("process_network_receive_bytes_total",
                  "Number of bytes received by the process over the network.")
          .add(*in);
    }
    if (const auto sent = table_value(text, "IpExt:", "OutOctets")) {
      out.counter("process_network_transmit_bytes_total",
                  "Number of bytes sent by the process over the network.")
          .add(*sent);
    }
    return {};
  }

  const HostFs& fs_;
  Syscalls sys_;
  HotFile pages_;
  SharedFile& netstat_;
  std::optional<double> start_time_;
};

class BuildInfoUnit final : public Collector {
 public:
  explicit BuildInfoUnit(const std::vector<std::string>& stand_in_for) {
    for (const auto& name : stand_in_for) {
      std::string help =
          "A metric with a constant '1' value labeled by version, revision, branch, "
          "goversion from which " +
          name + " was built, and the goos and goarch for the build.";
      families_.push_back({name + "_build_info", std::move(help)});
    }
  }

  Status collect(MetricSink& out) override {
    const auto& build = build_info();
    out.gauge("host_exporter_build_info",
              "A metric with a constant '1' value labeled by what this daemon was built from.")
        .add({{"version", build.version},
              {"revision", build.revision},
              {"branch", build.branch},
              {"compiler", build.compiler},
              {"goarch", build.architecture}},
             1);
    for (const auto& [name, help] : families_) {
      out.gauge(name, help)
          .add({{"branch", build.branch},
                {"goarch", build.architecture},
                {"goos", "linux"},
                {"goversion", build.compiler},
                {"revision", build.revision},
                {"tags", "host_exporter"},
                {"version", build.version}},
               1);
    }
    return {};
  }

 private:
  struct Names {
    std::string name, help;
  };
  std::vector<Names> families_;
};

}  // namespace

CollectorPtr make_self(const HostFs& fs, SharedFile& netstat, Syscalls sys) {
  return std::make_unique<Self>(fs, netstat, sys);
}

CollectorPtr make_build_info(const std::vector<std::string>& stand_in_for) {
  return std::make_unique<BuildInfoUnit>(stand_in_for);
}

}  // namespace hx
