// SPDX-License-Identifier: Apache-2.0
#include "base/event_log.h"

#include <doctest/doctest.h>

namespace hx::test {

TEST_CASE("event log: each event is a line of JSON with a number") {
  EventLog log;
  log.add("fork", "\"pid\":1");
  log.add("exit", "\"pid\":2");
  CHECK(log.since(0) ==
        "{\"seq\":1,\"event\":\"fork\",\"pid\":1}\n{\"seq\":2,\"event\":\"exit\",\"pid\":2}\n");
  CHECK(log.since(1) == "{\"seq\":2,\"event\":\"exit\",\"pid\":2}\n");
  CHECK(log.since(2).empty());
  CHECK(log.since(~std::uint64_t{0}).empty());
}

TEST_CASE("event log: the oldest are forgotten past its capacity") {
  EventLog log(2);
  for (int i = 0; i < 5; ++i) log.add("e", "\"x\":0");
  CHECK(log.since(0) ==
        "{\"seq\":4,\"event\":\"e\",\"x\":0}\n{\"seq\":5,\"event\":\"e\",\"x\":0}\n");
  CHECK(log.since(3) == log.since(0));
  CHECK(log.since(4) == "{\"seq\":5,\"event\":\"e\",\"x\":0}\n");
}

TEST_CASE("event log: its sources are asked first, until it is closed") {
  EventLog log;
  int asked = 0;
  log.add_source([&] {
    ++asked;
    log.add("e", "\"x\":0");
  });
  CHECK(log.since(0) == "{\"seq\":1,\"event\":\"e\",\"x\":0}\n");
  log.close();
  CHECK(log.since(0).empty());
  CHECK(asked == 1);
  log.add("late", "\"x\":0");  // by who has not heard of it
  CHECK(log.since(0).empty());
}

TEST_CASE("event log: a name cannot leave its quotes") {
  CHECK(json_string("a\"b\\c") == R"("a\"b\\c")");
  CHECK(json_string("x\n\x01\x7f") == "\"x\\u000a\\u0001\x7f\"");
  CHECK(json_string("\xff") == "\"\xef\xbf\xbd\"");
}

}  // namespace hx::test
