// SPDX-License-Identifier: Apache-2.0
// Kernel parameters that the user names, from /proc/sys, see sysctl(8).
#include <algorithm>
#include <vector>

#include "collectors/collector.h"
#include "metrics/grouped_samples.h"

namespace hx {
namespace {

// "fs.file-nr:total,current,max": a parameter, and what to call its values if it has several.
struct Parameter {
  std::string name, path;
  std::vector<std::string> keys;
};

Parameter parse_parameter(std::string_view text) {
  Parameter parameter;
  parameter.name = cut(text, ':');
  parameter.path = "proc/sys/" + parameter.name;
  std::replace(parameter.path.begin(), parameter.path.end(), '.', '/');
  while (!text.empty()) parameter.keys.emplace_back(cut(text, ','));
  return parameter;
}

std::vector<std::string_view> split_values(std::string_view text) {
  std::vector<std::string_view> values;
  std::string_view line;
  while (next_line(text, line)) {
    for (auto value = next_field(line); !value.empty(); value = next_field(line)) {
      values.push_back(value);
    }
  }
  return values;
}

Status add_numbers(GroupedSamples& samples, const Parameter& parameter,
                   const std::vector<std::string_view>& values) {
  if (!parameter.keys.empty() && parameter.keys.size() != values.size()) {
    return Error{EBADMSG, "sysctl " + parameter.name + " has " + std::to_string(values.size()) +
                              " values, but " + std::to_string(parameter.keys.size()) +
                              " names were given"};
  }
  const auto metric = "node_sysctl_" + to_metric_name(parameter.name);
  const auto help = "sysctl " + parameter.name;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto number = to_i64(values[i]);
    if (!number) return Error{EBADMSG, "parse " + parameter.path};
    const auto value = static_cast<double>(*number);
    const auto index = std::to_string(i);
    if (!parameter.keys.empty()) {
      samples.add(MetricType::kUntyped, metric + "_" + to_metric_name(parameter.keys[i]),
                  help + ", field " + index, {}, value);
    } else if (values.size() == 1) {
      samples.add(MetricType::kUntyped, metric, help, {}, value);
    } else {
      samples.add(MetricType::kUntyped, metric, help, {{"index", index}}, value);
    }
  }
  return {};
}

void add_info(GroupedSamples& samples, const Parameter& parameter,
              const std::vector<std::string_view>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    samples.add(MetricType::kGauge, "node_sysctl_info", "sysctl info",
                {{"index", std::to_string(i)}, {"name", parameter.name}, {"value", values[i]}}, 1);
  }
}

class Sysctl final : public Collector {
 public:
  explicit Sysctl(const Context& context) : fs_(context.fs) {
    for (const auto& text : context.options.sysctl_include) {
      numeric_.push_back(parse_parameter(text));
    }
    for (const auto& text : context.options.sysctl_include_info) {
      info_.push_back(parse_parameter(text));
    }
  }

  // A parameter that fails does not hide the others; the first failure is reported.
  Status collect(MetricSink& out) override {
    GroupedSamples samples;
    Status status;
    for (const auto& parameter : numeric_) {
      auto added = add(samples, parameter, true);
      if (!added && status) status = std::move(added);
    }
    for (const auto& parameter : info_) {
      auto added = add(samples, parameter, false);
      if (!added && status) status = std::move(added);
    }
    samples.write(out);
    return status;
  }

 private:
  Status add(GroupedSamples& samples, const Parameter& parameter, bool numeric) const {
    const auto text = fs_.read(parameter.path);
    if (!text) return text.error();
    const auto values = split_values(*text);
    if (values.empty()) return Error{EBADMSG, "sysctl " + parameter.name + " has no values"};
    if (numeric) return add_numbers(samples, parameter, values);
    add_info(samples, parameter, values);
    return {};
  }

  const HostFs& fs_;
  std::vector<Parameter> numeric_, info_;
};

}  // namespace

Result<CollectorPtr> make_sysctl(const Context& context) {
  for (const auto& text : context.options.sysctl_include_info) {
    if (text.find(':') != std::string::npos) {
      return Error{0, "--collector.sysctl.include-info takes no names of values: " + text};
    }
  }
  return std::make_unique<Sysctl>(context);
}

}  // namespace hx
