// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/exposition.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

void set(const TempHost& host, std::string_view policy, std::string_view file,
         std::string_view value) {
  host.write("sys/devices/system/cpu/cpufreq/" + std::string(policy) + "/" + std::string(file),
             value);
}

}  // namespace

TEST_CASE("cpufreq: kilohertz become hertz, for each CPU of a policy") {
  const TempHost host;
  set(host, "policy0", "related_cpus", "0 2\n");
  set(host, "policy0", "cpuinfo_cur_freq", "1600000\n");
  set(host, "policy0", "cpuinfo_avg_freq", "1500000\n");
  set(host, "policy0", "scaling_cur_freq", "1400000\n");
  const auto scrape = scrape_collector("cpufreq", host.fs());
  REQUIRE(scrape.status);
  for (const std::string cpu : {"0", "2"}) {
    CHECK(scrape.value("node_cpu_frequency_hertz{cpu=\"" + cpu + "\"}") == "1.6e+09");
    CHECK(scrape.value("node_cpu_frequency_avg_hertz{cpu=\"" + cpu + "\"}") == "1.5e+09");
    CHECK(scrape.value("node_cpu_scaling_frequency_hertz{cpu=\"" + cpu + "\"}") == "1.4e+09");
  }
  CHECK(parse_exposition(scrape.text).size() == 6);
}

TEST_CASE("cpufreq: of the governors one governs") {
  const TempHost host;
  set(host, "policy1", "related_cpus", "1\n");
  set(host, "policy1", "scaling_governor", "powersave\n");
  set(host, "policy1", "scaling_available_governors", "performance powersave \n");
  const auto scrape = scrape_collector("cpufreq", host.fs());
  CHECK(scrape.value("node_cpu_scaling_governor{cpu=\"1\",governor=\"powersave\"}") == "1");
  CHECK(scrape.value("node_cpu_scaling_governor{cpu=\"1\",governor=\"performance\"}") == "0");
  CHECK(parse_exposition(scrape.text).size() == 2);
}

TEST_CASE("cpufreq: a CPU that two policies have, or a governor named twice, is one series") {
  const TempHost host;
  set(host, "policy0", "related_cpus", "0 1 0 \xff \xfe\n");
  set(host, "policy0", "scaling_min_freq", "1\n");
  set(host, "policy0", "scaling_governor", "a\n");
  set(host, "policy0", "scaling_available_governors", "a b a\n");
  set(host, "policy1", "related_cpus", "1 2\n");
  set(host, "policy1", "scaling_min_freq", "2\n");
  const auto scrape = scrape_collector("cpufreq", host.fs());
  CHECK(bad_exposition_line(scrape.text) == "");
  CHECK(scrape.value("node_cpu_scaling_frequency_min_hertz{cpu=\"1\"}") == "1000");
  CHECK(scrape.value("node_cpu_scaling_frequency_min_hertz{cpu=\"2\"}") == "2000");
  CHECK(parse_exposition(scrape.text).size() == 4 + 2 * 3);
}

TEST_CASE("cpufreq: the current frequency is left to cpu info where that is asked for") {
  const TempHost host;
  set(host, "policy0", "related_cpus", "0\n");
  set(host, "policy0", "cpuinfo_cur_freq", "1\n");
  set(host, "policy0", "cpuinfo_min_freq", "1\n");
  const auto scrape = scrape_collector("cpufreq", host.fs(), {.cpu_info = true});
  CHECK(scrape.value("node_cpu_frequency_hertz{cpu=\"0\"}").empty());
  CHECK(scrape.value("node_cpu_frequency_min_hertz{cpu=\"0\"}") == "1000");
}

TEST_CASE("cpufreq: a value that is no number is left out, other directories are no policies") {
  const TempHost host;
  set(host, "policy0", "related_cpus", "0\n");
  set(host, "policy0", "scaling_cur_freq", "<unknown>\n");
  set(host, "policy0", "scaling_max_freq", "99999999999999999999\n");
  set(host, "policy0", "scaling_min_freq", "");
  set(host, "boost", "scaling_cur_freq", "1\n");
  const auto scrape = scrape_collector("cpufreq", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

TEST_CASE("cpufreq: a host without it has none, which is no failure") {
  const TempHost host;
  const auto scrape = scrape_collector("cpufreq", host.fs());
  CHECK(scrape.status);
  CHECK(scrape.text.empty());
}

}  // namespace hx::test
