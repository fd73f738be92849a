// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "support/exposition.h"
#include "support/scrape.h"
#include "support/temp_host.h"

namespace hx::test {
namespace {

constexpr const char* kCpuinfo =
    "processor\t: 0\n"
    "vendor_id\t: GenuineIntel\n"
    "cpu family\t: 6\n"
    "model\t\t: 142\n"
    "model name\t: Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz\n"
    "stepping\t: 10\n"
    "microcode\t: 0xb4\n"
    "cpu MHz\t\t: 799.998\n"
    "cache size\t: 8192 KB\n"
    "physical id\t: 0\n"
    "core id\t\t: 3\n"
    "flags\t\t: fpu sse sse2 aes\n"
    "bugs\t\t: cpu_meltdown spectre_v1 spectre_v2\n"
    "\n"
    "processor\t: 1\n"
    "vendor_id\t: GenuineIntel\n"
    "cpu MHz\t\t: unknown\n"
    "flags\t\t: other\n";

class InfoHost {
 public:
  explicit InfoHost(const std::string& cpuinfo = kCpuinfo) {
    host_.write("proc/stat", "cpu0 100 0 0 0 0 0 0 0 0 0\n");
    host_.write("proc/cpuinfo", cpuinfo);
  }
  Scrape scrape(const CollectorOptions& options) const {
    return scrape_collector("cpu", host_.fs(), options);
  }
  const TempHost& host() const noexcept { return host_; }

 private:
  TempHost host_;
};

}  // namespace

TEST_CASE("cpu_info: nothing of it is exported unless it is asked for") {
  const InfoHost host;
  CHECK(parse_exposition(host.scrape({}).text).size() == 8 + 2);
}

TEST_CASE("cpu_info: model and frequency of each CPU, with empty labels for what is not told") {
  const InfoHost host;
  const auto scrape = host.scrape({.cpu_info = true});
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_cpu_info{cachesize=\"8192 KB\",core=\"3\",cpu=\"0\",family=\"6\","
                     "microcode=\"0xb4\",model=\"142\","
                     "model_name=\"Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz\",package=\"0\","
                     "stepping=\"10\",vendor=\"GenuineIntel\"}") == "1");
  CHECK(scrape.value("node_cpu_info{cachesize=\"\",core=\"\",cpu=\"1\",family=\"\","
                     "microcode=\"\",model=\"\",model_name=\"\",package=\"\",stepping=\"\","
                     "vendor=\"GenuineIntel\"}") == "1");
  CHECK(scrape.value("node_cpu_frequency_hertz{core=\"3\",cpu=\"0\",package=\"0\"}") ==
        "799998000");
  CHECK(scrape.value("node_cpu_frequency_hertz{core=\"\",cpu=\"1\",package=\"\"}").empty());
  CHECK(scrape.text.find("node_cpu_flag_info") == std::string::npos);
}

TEST_CASE("cpu_info: flags and bugs are those of the first CPU that an expression matches") {
  const InfoHost host;
  auto scrape = host.scrape({.cpu_info_flags_include = "^(sse|oth)"});
  REQUIRE(scrape.status);
  CHECK(scrape.value("node_cpu_flag_info{flag=\"sse\"}") == "1");
  CHECK(scrape.value("node_cpu_flag_info{flag=\"sse2\"}") == "1");
  CHECK(scrape.value("node_cpu_flag_info{flag=\"aes\"}").empty());
  CHECK(scrape.value("node_cpu_flag_info{flag=\"other\"}").empty());
  CHECK(scrape.text.find("node_cpu_info") != std::string::npos);
  CHECK(scrape.text.find("node_cpu_bug_info") == std::string::npos);

  scrape = host.scrape({.cpu_info_bugs_include = "spectre"});
  CHECK(scrape.value("node_cpu_bug_info{bug=\"spectre_v1\"}") == "1");
  CHECK(scrape.value("node_cpu_bug_info{bug=\"spectre_v2\"}") == "1");
  CHECK(scrape.value("node_cpu_bug_info{bug=\"cpu_meltdown\"}").empty());
  CHECK(scrape.text.find("node_cpu_flag_info") == std::string::npos);
}

TEST_CASE("cpu_info: flags that change are matched again") {
  const InfoHost host;
  LiveCollector cpu("cpu", host.host().fs(), {.cpu_info_flags_include = "^a"});
  cpu.scrape();
  host.host().write("proc/cpuinfo", "processor: 0\nFeatures: fp asimd\n");  // as arm64 writes it
  const auto scrape = cpu.scrape();
  CHECK(scrape.value("node_cpu_flag_info{flag=\"asimd\"}") == "1");
  CHECK(scrape.value("node_cpu_flag_info{flag=\"aes\"}").empty());
}

TEST_CASE("cpu_info: a CPU or a flag that comes twice is one series") {
  const InfoHost host(
      "processor : 1\nvendor_id : a\ncpu MHz : 1\nflags : fpu fpu\n"
      "processor : 1\nvendor_id : b\ncpu MHz : 2\n");
  const auto scrape = host.scrape({.cpu_info = true, .cpu_info_flags_include = "fpu"});
  CHECK(bad_exposition_line(scrape.text) == "");
  CHECK(scrape.value("node_cpu_flag_info{flag=\"fpu\"}") == "1");
  CHECK(scrape.text.find("vendor=\"a\"") != std::string::npos);
  CHECK(scrape.text.find("vendor=\"b\"") == std::string::npos);
}

TEST_CASE("cpu_info: hostile text stays inside its labels") {
  const InfoHost host(
      "model name: before the first processor\n"
      "processor: none\n"
      "no colon\n"
      "processor: 7\n"
      "model name: a\"} 2 \\ \xff\n");
  const auto scrape = host.scrape({.cpu_info = true});
  REQUIRE(scrape.status);
  CHECK(scrape.text.find("model_name=\"a\\\"} 2 \\\\ \xEF\xBF\xBD\"") != std::string::npos);
  CHECK(scrape.text.find("before") == std::string::npos);
}

TEST_CASE("cpu_info: a missing or broken file is an error that leaves the times alone") {
  const InfoHost host("processor");
  auto scrape = host.scrape({.cpu_info = true});
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().message() == "parse proc/cpuinfo: Bad message");
  CHECK(scrape.value("node_cpu_seconds_total{cpu=\"0\",mode=\"user\"}") == "1");

  host.host().remove("proc/cpuinfo");
  scrape = host.scrape({.cpu_info = true});
  REQUIRE_FALSE(scrape.status);
  CHECK(scrape.status.error().is_absent());
}

TEST_CASE("cpu_info: an invalid expression is refused by the name of its flag") {
  const InfoHost host;
  CHECK(host.scrape({.cpu_info_flags_include = "("}).status.error().message() ==
        "--collector.cpu.info.flags-include: invalid regular expression \"(\": missing ): (");
  CHECK(host.scrape({.cpu_info_bugs_include = "["}).status.error().message() ==
        "--collector.cpu.info.bugs-include: invalid regular expression \"[\": missing ]: [");
}

}  // namespace hx::test
