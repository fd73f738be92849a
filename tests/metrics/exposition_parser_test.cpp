// SPDX-License-Identifier: Apache-2.0
#include "metrics/exposition_parser.h"

#include <doctest/doctest.h>

#include <cmath>

namespace hx::test {
namespace {

// The families of a text that must be well-formed.
std::vector<ParsedFamily> families(std::string_view text) {
  auto parsed = parse_families(text);
  REQUIRE_MESSAGE(parsed, parsed.error().what);
  return std::move(*parsed);
}

// The message for a text that must not be.
std::string error(std::string_view text) {
  const auto parsed = parse_families(text);
  return parsed ? "accepted" : parsed.error().what;
}

double value(std::string_view text) {
  const auto parsed = families("a " + std::string(text) + "\n");
  return parsed.at(0).series.at(0).value;
}

}  // namespace

TEST_CASE("exposition parser: families are sorted, their lines may stand anywhere") {
  const auto parsed = families(
      "b 1\n# TYPE a Counter\n# HELP a Help with \\\\ and \\n.\na{x=\"1\"} 2\n\n \t\n# a comment\n"
      "#\nb{y=\"2\"} 3\n# TYPE empty gauge\n");
  REQUIRE(parsed.size() == 2);
  CHECK(parsed[0].name == "a");
  CHECK(parsed[0].type == FamilyType::kCounter);
  CHECK(parsed[0].help.value_or("") == "Help with \\ and \n.");
  CHECK(parsed[1].type == FamilyType::kUntyped);
  CHECK_FALSE(parsed[1].help);
  REQUIRE(parsed[1].series.size() == 2);
  CHECK(parsed[1].series[0].value == 1);
  CHECK(parsed[1].series[1].labels == OwnedLabels{{"y", "2"}});
  CHECK(families("").empty());
  CHECK(to_text(FamilyType::kSummary) == "summary");
}

TEST_CASE("exposition parser: labels are sorted, their escapes undone") {
  const auto labels = [](std::string_view text) {
    return families("a" + std::string(text) + " 1\n").at(0).series.at(0).labels;
  };
  CHECK(labels("{b=\"1\",a=\"2\",}") == OwnedLabels{{"a", "2"}, {"b", "1"}});
  CHECK(labels("\t{ a = \"x\" , b = \"\" }") == OwnedLabels{{"a", "x"}, {"b", ""}});
  CHECK(labels(R"({a="q\"b\\n\n,}{ é"})") == OwnedLabels{{"a", "q\"b\\n\n,}{ é"}});
  CHECK(labels("{}").empty());
}

TEST_CASE("exposition parser: numbers are what Go reads") {
  CHECK(value("1") == 1);
  CHECK(value("-1.5e3") == -1500);
  CHECK(value("+.5") == 0.5);
  CHECK(value("5.") == 5);
  CHECK(value("1e-310") == 1e-310);
  CHECK(std::isnan(value("NaN")));
  CHECK(std::isinf(value("+Inf")));
  CHECK(value("-infinity") < 0);
  for (const std::string_view text :
       {"", "x", "0x10", "1_0", "1e999", "+-1", "--1", "+NaN", "-nan", "nan(1)", "1,5", "1\r"}) {
    CAPTURE(text);
    CHECK(error("a " + std::string(text) + "\n")
              .starts_with("line 1: expected a number as value, got "));
  }
}

TEST_CASE("exposition parser: a time stamp is refused, anything else behind the value as well") {
  CHECK(error("a 1\na 1 1700000000000\n") == "line 2: time stamps are not supported");
  CHECK(error("a 1 x\n") == "line 1: unexpected text behind the value");
  CHECK(error("a 1 \n") == "line 1: unexpected text behind the value");
}

TEST_CASE("exposition parser: malformed lines are named") {
  CHECK(error("a 1\n1a 1\n") == "line 2: invalid metric name");
  CHECK(error("{a=\"b\"} 1\n") == "line 1: invalid metric name");
  CHECK(error("a{1b=\"c\"} 1\n") == "line 1: invalid label name");
  CHECK(error("a{b:c=\"d\"} 1\n") == "line 1: no equals sign after label name \"b\"");
  CHECK(error("a{,} 1\n") == "line 1: invalid label name");
  CHECK(error("a{b=c} 1\n") == "line 1: a label value does not begin with a quote");
  CHECK(error("a{b=\"c\" d=\"e\"} 1\n") == "line 1: unexpected end of a label value");
  CHECK(error("a{b=\"c\\x\"} 1\n") == "line 1: invalid escape sequence");
  CHECK(error("a{b=\"1\",c=\"2\",b=\"3\"} 1\n") == "line 1: label name \"b\" twice");
  CHECK(error("a{__name__=\"b\"} 1\n") == "line 1: label name \"__name__\" is reserved");
  CHECK(error("# HELP 1a b\n") == "line 1: invalid metric name in a comment");
  CHECK(error("# HELP a b\n# HELP a c\na 1\n") == "line 2: second HELP line for \"a\"");
  CHECK(error("# HELP a \\q\na 1\n") == "line 1: invalid escape sequence");
  CHECK(error("# TYPE a thing\na 1\n") == "line 1: unknown metric type \"thing\"");
  CHECK(error("a 1\n# TYPE a gauge\n") ==
        "line 2: second TYPE line for \"a\", or after its samples");
}

TEST_CASE("exposition parser: a label value must end in its line") {
  const std::string_view message = "line 1: a label value does not end in its line";
  CHECK(error("a{b=\"c\n\"} 1\n") == message);
  CHECK(error("a{b=\"c} 1\n") == message);
  CHECK(error("a{b=\"\\\n") == message);
  CHECK(error("a{b=\"c\\\"} 1\n") == message);
}

TEST_CASE("exposition parser: a last line without an end may be half a line, and is refused") {
  const std::string_view message = "unexpected end of the text: the last line has no end";
  CHECK(error("a 1\na 12") == "line 2: " + std::string(message));
  CHECK(error("# a comment") == "line 1: " + std::string(message));
  CHECK(families("a 1\n  ").size() == 1);
}

TEST_CASE("exposition parser: zero bytes and values that are not UTF-8 are refused") {
  using namespace std::literals;
  CHECK(error("a{b=\"c\0d\"} 1\n"sv) == "line 1: zero byte");
  CHECK(error("# HELP a \0\na 1\n"sv) == "line 1: zero byte");
  CHECK(error("a{b=\"\xff\"} 1\n") == "line 1: a label value is not UTF-8");
  CHECK(error("a{b=\"\xc3\"} 1\n") == "line 1: a label value is not UTF-8");
  CHECK(families("# HELP a \xff\na 1\n").at(0).help.value_or("") == "\uFFFD");
}

TEST_CASE("exposition parser: repetitions stay, for the reader to choose") {
  const auto parsed = families("a 1\na 2\n");
  REQUIRE(parsed.at(0).series.size() == 2);
  CHECK(label_signature({{"a", "1"}, {"b", ""}}) == label_signature({{"a", "1"}}));
  CHECK(label_signature({{"a", "1"}, {"b", "2"}}) != label_signature({{"a", "12"}, {"b", ""}}));
}

TEST_CASE("exposition parser: the lines of a histogram are one series for each label set") {
  const auto parsed = families(
      "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 9\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} "
      "2.9\n"
      "h_sum 3.5\nh_count 9\nh_count{x=\"y\"} 4\nh_bucket{x=\"y\",le=\"NaN\"} 4\n");
  REQUIRE(parsed.size() == 1);
  REQUIRE(parsed[0].series.size() == 2);
  const auto& first = parsed[0].series[0];
  CHECK(first.sum == 3.5);
  CHECK(first.count == 9);
  REQUIRE(first.points.size() == 2);
  CHECK(first.points[0] == std::pair(1.0, 2.0));
  CHECK(std::isinf(first.points[1].first));
  CHECK(parsed[0].series[1].labels == OwnedLabels{{"x", "y"}});
  CHECK(parsed[0].series[1].points.empty());
  CHECK(error("# TYPE h histogram\nh_bucket{le=\"x\"} 1\n") ==
        "line 2: label \"le\" is no number: \"x\"");
}

TEST_CASE("exposition parser: a summary has quantiles, and no buckets") {
  const auto parsed = families(
      "# TYPE s summary\ns{quantile=\"0.9\"} 2\ns{quantile=\"0.5\"} 1\ns_sum 3\ns_count 2\n"
      "s_bucket{le=\"1\"} 5\n");
  REQUIRE(parsed.size() == 2);
  CHECK(parsed[0].series.at(0).points ==
        std::vector<std::pair<double, double>>{{0.5, 1}, {0.9, 2}});
  CHECK(parsed[1].name == "s_bucket");
  CHECK(parsed[1].series.at(0).labels == OwnedLabels{{"le", "1"}});
}

TEST_CASE("exposition parser: without a type, sums and counts are families of their own") {
  CHECK(families("h_sum 1\nh_count 2\nh 3\n").size() == 3);
}

TEST_CASE("exposition parser: huge input is read, and named in part only") {
  const std::string name(100'000, 'a');
  CHECK(families(name + "{" + name + "=\"" + name + "\"} 1\n").at(0).name == name);
  CHECK(error("a " + name + "\n").size() < 200);
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "a{n=\"" + std::to_string(i) + "\"} 1\n";
  CHECK(families(many).at(0).series.size() == 20'000);
  std::string labels = "a{";
  for (int i = 0; i < 20'000; ++i) labels += "l" + std::to_string(i) + "=\"\",";
  CHECK(families(labels + "} 1\n").at(0).series.at(0).labels.size() == 20'000);
}

TEST_CASE("exposition parser: a text cut off or damaged anywhere never crashes") {
  const std::string text =
      "# HELP a Help\\n.\n# TYPE a histogram\na_bucket{b=\"c\\\"\",le=\"1\"} 2\na_sum{b=\"c\\\"\"} "
      "3\n# TYPE d counter\nd{e=\"f\"} +Inf\n";
  for (std::size_t i = 0; i < text.size(); ++i) {
    static_cast<void>(parse_families(text.substr(0, i)));
    static_cast<void>(parse_families(text.substr(i)));
    for (const char c : {'\0', '\n', '"', '\\', '{', '}', ' ', '#', '\xff'}) {
      auto damaged = text;
      damaged[i] = c;
      static_cast<void>(parse_families(damaged));
    }
  }
  CHECK(families(text).size() == 2);
}

}  // namespace hx::test
