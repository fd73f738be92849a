// SPDX-License-Identifier: Apache-2.0
// Owner of a bpftool skeleton: open, set rodata, load, attach; destroyed with its links.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "loader/programs.h"

namespace hx {

// Sends libbpf's messages to the log at debug level; the last warning is kept for reasons.
void quiet_libbpf();
// "load sched: Operation not permitted: needs CAP_BPF and CAP_PERFMON ..." for a libbpf result < 0.
Error bpf_error(const std::string& action, int result);

template <class T>
class Skeleton {
 public:
  static Result<Skeleton> open() {
    quiet_libbpf();
    Skeleton skeleton(T::open());
    if (!skeleton.skeleton_) return bpf_error("open", -errno);
    return skeleton;
  }
  Status load() {
    const int result = T::load(skeleton_.get());
    if (result != 0) return bpf_error("load", result);
    note_programs(skeleton_->obj);
    return {};
  }
  Status attach() {
    const int result = T::attach(skeleton_.get());
    return result == 0 ? Status() : bpf_error("attach", result);
  }
  T* operator->() const noexcept { return skeleton_.get(); }

 private:
  struct Destroy {
    void operator()(T* skeleton) const noexcept {
      forget_programs(skeleton->obj);
      T::destroy(skeleton);
    }
  };
  explicit Skeleton(T* skeleton) : skeleton_(skeleton) {}

  std::unique_ptr<T, Destroy> skeleton_;
};

}  // namespace hx
