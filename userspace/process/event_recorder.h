// SPDX-License-Identifier: Apache-2.0
// Writes births and deaths down before it passes them on.
#pragma once

#include "base/event_log.h"
#include "process/source.h"

namespace hx {

class EventRecorder final : public LifeListener {
 public:
  // Borrows both.
  EventRecorder(LifeListener& next, EventLog& events) : next_(next), events_(events) {}

  void on_fork(const task_fork& fork) override;
  void on_exec(const task_exec& exec, std::string_view args) override;
  void on_thread_end(const task_thread_end& end) override { next_.on_thread_end(end); }
  void on_process_end(const task_process_end& end) override;

 private:
  LifeListener& next_;
  EventLog& events_;
};

}  // namespace hx
