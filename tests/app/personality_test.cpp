// SPDX-License-Identifier: Apache-2.0
#include "app/personality.h"

#include <doctest/doctest.h>

namespace hx::test {
namespace {

using Words = std::vector<std::string>;

Invocation invoked(const Words& words) {
  std::vector<const char*> line;
  for (const auto& word : words) line.push_back(word.c_str());
  auto invocation = invocation_of(line);
  REQUIRE_MESSAGE(invocation, (invocation ? std::string() : invocation.error().message()));
  return std::move(*invocation);
}

std::string refused(const Words& words) {
  std::vector<const char*> line;
  for (const auto& word : words) line.push_back(word.c_str());
  const auto invocation = invocation_of(line);
  REQUIRE_FALSE(invocation);
  return invocation.error().message();
}

Words of_node(Words words) {
  words.insert(words.begin(), "node_exporter");
  return invoked(words).words;
}

Words of_process(Words words) {
  words.insert(words.begin(), "process-exporter");
  return invoked(words).words;
}

}  // namespace

TEST_CASE("personality: the name that the program is started by decides, --as decides first") {
  CHECK(invoked({"/usr/sbin/host_exporter"}).personality == Personality::kHostExporter);
  CHECK(invoked({"/usr/bin/node_exporter"}).personality == Personality::kNodeExporter);
  CHECK(invoked({"prometheus-node-exporter"}).personality == Personality::kNodeExporter);
  CHECK(invoked({"./process-exporter"}).personality == Personality::kProcessExporter);
  CHECK(invoked({"somebody's"}).personality == Personality::kHostExporter);
  CHECK(invoked({}).personality == Personality::kHostExporter);
  const auto as = invoked({"host_exporter", "--as=node_exporter", "--once"});
  CHECK(as.personality == Personality::kNodeExporter);
  CHECK(as.words == Words{"--once"});
  CHECK(refused({"host_exporter", "--as=telegraf"}) ==
        "--as: \"telegraf\" is none of host_exporter, node_exporter, process-exporter");
}

TEST_CASE("personality: node_exporter's flags of old have their new names") {
  CHECK(of_node({"--collector.netdev.device-blacklist=^veth", "--collector.systemd.unit-whitelist",
                 "ssh.service"}) == Words{"--collector.netdev.device-exclude=^veth",
                                          "--collector.systemd.unit-include", "ssh.service"});
}

TEST_CASE("personality: what node_exporter has besides is left out with its value") {
  CHECK(of_node({"--no-collector.wifi", "--collector.ntp", "--collector.ntp.server", "pool",
                 "--collector.ntp.server-is-local", "--runtime.gomaxprocs=1", "--log.format=json",
                 "--web.max-requests=3"}) == Words{"--web.max-requests=3"});
  CHECK(of_node({"--collector.ntp.server"}).empty());
  CHECK(of_node({"--help-long"}) == Words{"--help"});
  CHECK(of_node({"--unknown", "word"}) == Words{"--unknown", "word"});
}

TEST_CASE("personality: process-exporter's flags are read as Go does") {
  CHECK(of_process({"-config.path", "/etc/all.yaml", "--threads=false", "-children=T",
                    "-web.listen-address=:1", "-procfs", "/host/proc", "-debug"}) ==
        Words{"--config.path=/etc/all.yaml", "--no-threads", "--children",
              "--web.process-listen-address=:1", "--path.procfs=/host/proc", "--log.level=debug"});
  CHECK(of_process({"-man"}) == Words{"--help"});
  CHECK(of_process({"-procnames", "-dash"}) == Words{"--procnames=-dash"});
  CHECK(of_process({"-debug=false", "-version=0"}).empty());
}

TEST_CASE("personality: process-exporter's command line ends at the first word that is no flag") {
  CHECK(of_process({"-children", "false", "-recheck"}) == Words{"--children"});
  CHECK(of_process({"--", "-recheck"}).empty());
  CHECK(of_process({"-", "-recheck"}).empty());
}

TEST_CASE("personality: bad flags of process-exporter are one line that names them") {
  CHECK(refused({"process-exporter", "-bogus"}) == "unknown flag -bogus (of process-exporter)");
  CHECK(refused({"process-exporter", "-recheck=maybe"}) == "-recheck=maybe: want true or false");
  CHECK(refused({"process-exporter", "-config.path"}) == "-config.path: a value is missing");
  CHECK(refused({"process-exporter", "--=x"}) == "unknown flag --=x (of process-exporter)");
}

}  // namespace hx::test
