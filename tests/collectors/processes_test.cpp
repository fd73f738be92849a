// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

// /proc/PID/stat up to the number of threads.
std::string stat(const std::string& pid, const std::string& name, const std::string& state,
                 const std::string& threads) {
  return pid + " (" + name + ") " + state + " 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 " + threads +
         " 0 100\n";
}

void write_limits(const TempHost& host) {
  host.write("proc/sys/kernel/pid_max", "4194304\n");
  host.write("proc/sys/kernel/threads-max", "31000\n");
}

}  // namespace

TEST_CASE("processes: processes and threads are counted by state") {
  const TempHost host;
  write_limits(host);
  host.write("proc/1/stat", stat("1", "init", "S", "1"));
  host.write("proc/1/task/1/stat", stat("1", "init", "S", "1"));
  host.write("proc/20/stat", stat("20", "a) R (b\n", "S", "3"));
  for (const auto& [tid, state] : {std::pair{"20", "S"}, {"21", "R"}, {"22", "D"}}) {
    host.write("proc/20/task/" + std::string(tid) + "/stat", stat(tid, "worker", state, "3"));
  }
  host.write("proc/self/stat", stat("20", "a", "S", "3"));
  const auto scrape = scrape_collector("processes", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_processes_pids") == "2");
  CHECK(scrape.value("node_processes_threads") == "4");
  CHECK(scrape.value("node_processes_max_processes") == "4194304");
  CHECK(scrape.value("node_processes_max_threads") == "31000");
  CHECK(scrape.value(R"(node_processes_state{state="S"})") == "2");
  CHECK(scrape.value(R"(node_processes_threads_state{thread_state="S"})") == "2");
  CHECK(scrape.value(R"(node_processes_threads_state{thread_state="R"})") == "1");
  CHECK(scrape.value(R"(node_processes_threads_state{thread_state="D"})") == "1");
  CHECK(parse_exposition(scrape.text).size() == 4 + 1 + 3);
}

TEST_CASE("processes: tasks that have gone or whose file is broken do not count") {
  const TempHost host;
  write_limits(host);
  host.make_dir("proc/7");
  for (const auto& [pid, text] : {std::pair{"8", ""},
                                  {"9", "9 (cut"},
                                  {"10", "10 (short) S 1 2 3"},
                                  {"11", "11 (state) SS 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0"},
                                  {"12", "12 (number) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 x 0"}}) {
    host.write("proc/" + std::string(pid) + "/stat", text);
  }
  host.write("proc/13/stat", stat("13", "whole", "Z", "1"));
  host.write("proc/13/task/14/stat", "14 (cut");
  const auto scrape = scrape_collector("processes", host.fs());
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_processes_pids") == "1");
  CHECK(scrape.value(R"(node_processes_state{state="Z"})") == "1");
  CHECK(scrape.text.find("thread_state") == std::string::npos);
}

TEST_CASE("processes: without the limits' files it fails") {
  const TempHost host;
  host.make_dir("proc");
  CHECK(scrape_collector("processes", host.fs()).status.error().message() ==
        "open proc/sys/kernel/threads-max: No such file or directory");
  write_limits(host);
  CHECK(scrape_collector("processes", host.fs()).status);
}

}  // namespace hx::test
