// SPDX-License-Identifier: Apache-2.0
// What units write their metrics to: the Prometheus text form (version 0.0.4), appended straight
// into one reused buffer. An intermediate model costs ten times as much (see design notes in
// README.md).
//
//   auto seconds = out.counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.");
//   seconds.add({{"cpu", "0"}, {"mode", "idle"}}, 12.5);
//
// All samples of a family are added before the next family begins. A family without samples leaves
// no trace. Units are seconds, bytes and ratios. Label values may hold any bytes: they are escaped,
// and invalid UTF-8 is replaced by U+FFFD.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace hx {

using Label = std::pair<std::string_view, std::string_view>;
using Labels = std::span<const Label>;

template <class T>
concept Number = std::integral<T> || std::floating_point<T>;

class MetricSink;

// Handle of one family; valid while no other family of the same sink has been started.
class Family {
 public:
  template <Number N>
  void add(N value) {
    append({}, static_cast<double>(value));
  }
  template <Number N>
  void add(std::initializer_list<Label> labels, N value) {
    append(Labels(labels.begin(), labels.size()), static_cast<double>(value));
  }
  template <Number N>
  void add(Labels labels, N value) {
    append(labels, static_cast<double>(value));
  }

 private:
  friend class MetricSink;
  Family(MetricSink& sink, std::string_view name, std::string_view help, std::string_view type)
      : sink_(sink), name_(name), help_(help), type_(type) {}
  void append(Labels labels, double value);

  MetricSink& sink_;
  std::string_view name_, help_, type_;
  bool started_ = false;
};

// Counts by bucket, as the kernel programs keep them: not cumulative, counts[i] belongs to
// upper_bounds[i], and one more count stands for +Inf.
struct HistogramData {
  std::span<const double> upper_bounds;
  std::span<const unsigned long long> counts;  // the __u64 of the kernel programs
  double sum = 0;
};

class HistogramFamily {
 public:
  void add(std::initializer_list<Label> labels, const HistogramData& data) {
    add(Labels(labels.begin(), labels.size()), data);
  }
  void add(Labels labels, const HistogramData& data);

 private:
  friend class MetricSink;
  HistogramFamily(MetricSink& sink, std::string_view name, std::string_view help)
      : sink_(sink), name_(name), help_(help) {}

  MetricSink& sink_;
  std::string_view name_, help_;
  bool started_ = false;
};

class MetricSink {
 public:
  // Appends to `text`, which must outlive the sink.
  explicit MetricSink(std::string& text) : text_(text) {}
  MetricSink(const MetricSink&) = delete;
  MetricSink& operator=(const MetricSink&) = delete;

  // Name and help must outlive the handle: string literals, mostly.
  Family counter(std::string_view name, std::string_view help) {
    return {*this, name, help, "counter"};
  }
  Family gauge(std::string_view name, std::string_view help) {
    return {*this, name, help, "gauge"};
  }
  Family untyped(std::string_view name, std::string_view help) {
    return {*this, name, help, "untyped"};
  }
  HistogramFamily histogram(std::string_view name, std::string_view help) {
    return {*this, name, help};
  }
  // Text in exposition form made elsewhere (textfile); the caller has checked it.
  void raw(std::string_view text) { text_ += text; }

 private:
  friend class Family;
  friend class HistogramFamily;
  void header(std::string_view name, std::string_view help, std::string_view type);
  void sample(std::string_view name, std::string_view suffix, Labels labels, std::string_view le,
              double value);

  std::string& text_;
};

// True for what the exposition format takes as the name of a metric.
bool is_metric_name(std::string_view text) noexcept;

// Appends a value as the exposition formats write it: shortest form, NaN, +Inf, -Inf.
void append_value(std::string& out, double value);

}  // namespace hx
