// SPDX-License-Identifier: Apache-2.0
#include "loader/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <mutex>

#include "loader/skeleton.h"

namespace hx {
namespace {

// Like the descriptors that they have, programs belong to the process.
struct Loaded {
  std::mutex mutex;
  std::vector<const bpf_object*> objects;
};

Loaded& loaded() {
  static Loaded all;
  return all;
}

// "sched_bpf", as bpftool's skeletons are named, is of sched.bpf.c.
std::string name_of(const bpf_object* object, const bpf_program* program) {
  std::string name = bpf_object__name(object);
  if (name.ends_with("_bpf")) name.resize(name.size() - 4);
  return name + "/" + bpf_program__name(program);
}

// All programs that have been loaded, with what the kernel tells of them.
void for_each_loaded(
    const std::function<void(std::string, const bpf_program*, const bpf_prog_info&)>& visit) {
  const std::lock_guard lock(loaded().mutex);
  for (const auto* object : loaded().objects) {
    bpf_program* program = nullptr;
    while ((program = bpf_object__next_program(object, program)) != nullptr) {
      bpf_prog_info info{};
      std::uint32_t size = sizeof info;
      if (bpf_program__fd(program) < 0 ||  // not for this kernel, or not wanted
          bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) != 0) {
        continue;
      }
      visit(name_of(object, program), program, info);
    }
  }
}

// Kernels before 5.16 do not keep the number, but the verifier's statistics have it:
// "processed 123 insns (limit 1000000) ...".
std::uint32_t verify_again(const bpf_program* program) {
  constexpr std::uint32_t kStatistics = 4;  // BPF_LOG_STATS
  std::array<char, 1024> log{};
  const std::string_view section = bpf_program__section_name(program);
  const std::string target(section.substr(section.find('/') + 1));
  const auto type = bpf_program__expected_attach_type(program);
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = type;
  options.attach_btf_id =
      static_cast<std::uint32_t>(libbpf_find_vmlinux_btf_id(target.c_str(), type));
  options.log_level = kStatistics;
  options.log_buf = log.data();
  options.log_size = log.size();
  const Fd fd(bpf_prog_load(bpf_program__type(program), bpf_program__name(program), "Dual BSD/GPL",
                            bpf_program__insns(program), bpf_program__insn_cnt(program), &options));
  const char* statistics = std::strstr(log.data(), "processed ");
  return fd && statistics != nullptr
             ? static_cast<std::uint32_t>(std::strtoul(statistics + 10, nullptr, 10))
             : 0;
}

}  // namespace

void note_programs(const bpf_object* object) {
  const std::lock_guard lock(loaded().mutex);
  loaded().objects.push_back(object);
}

void forget_programs(const bpf_object* object) noexcept {
  const std::lock_guard lock(loaded().mutex);
  std::erase(loaded().objects, object);
}

std::vector<ProgramCost> program_costs() {
  std::vector<ProgramCost> costs;
  for_each_loaded([&](std::string name, const bpf_program*, const bpf_prog_info& info) {
    costs.push_back({std::move(name), info.run_cnt, info.run_time_ns, info.recursion_misses});
  });
  return costs;
}

std::vector<VerifierWork> verifier_work() {
  std::vector<VerifierWork> work;
  for_each_loaded([&](std::string name, const bpf_program* program, const bpf_prog_info& info) {
    work.push_back(
        {std::move(name), info.verified_insns != 0 ? info.verified_insns : verify_again(program)});
  });
  return work;
}

Result<StatsWindow> StatsWindow::open() {
  Fd fd(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!fd) return bpf_error("count the runs of kernel programs", -errno);
  return StatsWindow(std::move(fd));
}

}  // namespace hx
