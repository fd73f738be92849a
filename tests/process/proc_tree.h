// SPDX-License-Identifier: Apache-2.0
// Processes in the /proc of a made-up host.
#pragma once

#include <string>

#include "support/temp_host.h"

namespace hx::test {

// What the files of /proc/PID, or of /proc/PID/task/TID, say. Numbers that a test does not care
// about are 0.
struct ProcFiles {
  std::string comm = "comm";
  char state = 'S';
  unsigned ppid = 1;
  unsigned flags = 0;
  unsigned threads = 1;
  unsigned long user_ticks = 0, system_ticks = 0;
  unsigned long minor_faults = 0, major_faults = 0;
  unsigned long start_ticks = 1000;
  unsigned long virtual_bytes = 0, resident_pages = 0, swapped_kb = 0;
  unsigned long voluntary = 0, involuntary = 0;
  unsigned long read_bytes = 0, write_bytes = 0;
  unsigned long run_delay_ns = 0;
  unsigned long blocked_ticks = 0;
  std::string cmdline{};

  std::string stat(unsigned pid) const {
    const auto field = [](auto value) { return " " + std::to_string(value); };
    return std::to_string(pid) + " (" + comm + ") " + state + field(ppid) + " 1 1 0 -1" +
           field(flags) + field(minor_faults) + " 0" + field(major_faults) + " 0" +
           field(user_ticks) + field(system_ticks) + " 0 0 20 0" + field(threads) + " 0" +
           field(start_ticks) + field(virtual_bytes) + field(resident_pages) +
           " 18446744073709551615 1 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41" +
           field(blocked_ticks) + " 43\n";
  }

  std::string status() const {
    return std::string("Name:\tx\nState:\t") + state + " (some)\nUid:\t0\t33\t0\t0\nVmSwap:\t" +
           std::to_string(swapped_kb) + " kB\nvoluntary_ctxt_switches:\t" +
           std::to_string(voluntary) + "\nnonvoluntary_ctxt_switches:\t" +
           std::to_string(involuntary) + "\n";
  }

  std::string io() const {
    return "rchar: 1\nread_bytes: " + std::to_string(read_bytes) +
           "\nwrite_bytes: " + std::to_string(write_bytes) + "\n";
  }
};

// Writes those files of a process with 3 open descriptors of 1,024.
inline std::string write_process(const TempHost& host, unsigned pid, const ProcFiles& files = {}) {
  const std::string directory = "proc/" + std::to_string(pid);
  host.write(directory + "/stat", files.stat(pid));
  host.write(directory + "/status", files.status());
  host.write(directory + "/io", files.io());
  host.write(directory + "/schedstat", "1 " + std::to_string(files.run_delay_ns) + " 1\n");
  host.write(directory + "/limits", "Max open files            1024                 4096 files\n");
  host.write(directory + "/cmdline", files.cmdline);
  for (const char* fd : {"0", "1", "2"}) host.write(directory + "/fd/" + fd, "");
  return directory;
}

inline std::string write_thread(const TempHost& host, unsigned pid, unsigned tid,
                                const ProcFiles& files = {}) {
  const std::string directory = "proc/" + std::to_string(pid) + "/task/" + std::to_string(tid);
  host.write(directory + "/stat", files.stat(tid));
  host.write(directory + "/status", files.status());
  host.write(directory + "/io", files.io());
  host.write(directory + "/schedstat", "1 " + std::to_string(files.run_delay_ns) + " 1\n");
  return directory;
}

}  // namespace hx::test
