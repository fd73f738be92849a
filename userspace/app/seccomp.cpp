// SPDX-License-Identifier: Apache-2.0
#include "app/seccomp.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/sanitized.h"
#include "base/text.h"

namespace hx {
namespace {

// By what needs them. A name that this architecture or this libseccomp does not have is left out.
constexpr std::string_view kMemoryAndThreads =
    "brk mmap munmap mprotect mremap madvise futex futex_time64 rseq set_robust_list "
    "get_robust_list set_tid_address sched_yield sched_getaffinity sched_getparam "
    "sched_getscheduler gettid getpid getrandom exit exit_group restart_syscall membarrier";
constexpr std::string_view kTimeAndSignals =
    "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time adjtimex "
    "clock_adjtime timerfd_create timerfd_settime setitimer alarm rt_sigaction rt_sigprocmask "
    "rt_sigreturn rt_sigtimedwait sigaltstack tgkill";
// Of files: to read, and to ask about.
constexpr std::string_view kFiles =
    "read readv pread64 preadv lseek close fcntl dup dup3 getdents64 stat fstat lstat "
    "newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat getcwd "
    "ioctl memfd_create ftruncate inotify_init1 inotify_add_watch inotify_rm_watch "
    "name_to_handle_at";
// Answers, the journal, the log.
constexpr std::string_view kOutput = "write writev sendfile";
constexpr std::string_view kNetwork =
    "accept4 accept bind connect shutdown getsockname getpeername getsockopt setsockopt recv "
    "recvfrom recvmsg recvmmsg send sendto sendmsg sendmmsg poll ppoll select pselect6 "
    "epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 pipe2";
constexpr std::string_view kProcess =
    "getuid geteuid getgid getegid getresuid getresgid getgroups getppid uname sysinfo "
    "getrlimit prlimit64 getrusage times prctl capget capset perf_event_open";

// Of bpf(2): reading maps, giving groups their numbers, one more reading of an iterator.
constexpr std::array kBpfCommands{
    BPF_MAP_LOOKUP_ELEM,  BPF_MAP_UPDATE_ELEM,    BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY,
    BPF_MAP_LOOKUP_BATCH, BPF_OBJ_GET_INFO_BY_FD, BPF_ITER_CREATE};

constexpr std::array kFamilies{AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

// Of a call's argument, counted from 0.
constexpr scmp_arg_cmp equals(unsigned argument, int value) {
  return {argument, SCMP_CMP_EQ, static_cast<scmp_datum_t>(value), 0};
}
constexpr scmp_arg_cmp has_bits(unsigned argument, scmp_datum_t mask, scmp_datum_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, bits};
}

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
    if (context_ == nullptr) failure_ = ENOMEM;
    // What runs already is confined with us.
    note(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1));
    note(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2));  // a tree, not a list
  }

  void allow(std::string_view names) {
    for (auto name = next_field(names); !name.empty(); name = next_field(names)) {
      const int call = seccomp_syscall_resolve_name(std::string(name).c_str());
      if (call >= 0) add(call, SCMP_ACT_ALLOW);
    }
  }
  void allow_if(const char* name, std::initializer_list<scmp_arg_cmp> conditions) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call < 0) return;
    note(seccomp_rule_add_array(context_.get(), SCMP_ACT_ALLOW, call,
                                static_cast<unsigned>(conditions.size()), conditions.begin()));
  }
  // As if this kernel did not have it, for which there is another way.
  void deny_existence(const char* name) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call >= 0) add(call, SCMP_ACT_ERRNO(ENOSYS));
  }

  Status load() {
    note(seccomp_load(context_.get()));
    if (failure_ == 0) return {};
    return Error{failure_, "restrict system calls (seccomp)"};
  }

 private:
  struct Release {
    void operator()(void* context) const noexcept { seccomp_release(context); }
  };
  void add(int call, std::uint32_t action) {
    note(seccomp_rule_add_array(context_.get(), action, call, 0, nullptr));
  }
  void note(int result) {
    if (failure_ == 0) failure_ = -result;
  }

  std::unique_ptr<void, Release> context_;
  int failure_ = 0;  // an errno
};

}  // namespace

Status confine() {
  Filter filter;
  filter.allow(kMemoryAndThreads);
  filter.allow(kTimeAndSignals);
  filter.allow(kFiles);
  filter.allow(kOutput);
  filter.allow(kNetwork);
  filter.allow(kProcess);
  // The flags of clone3 are out of a filter's sight, those of clone are not: threads only.
  filter.deny_existence("clone3");
  filter.allow_if("clone", {has_bits(0, CLONE_THREAD, CLONE_THREAD)});
  constexpr scmp_datum_t kWriting = O_ACCMODE | O_CREAT | O_TRUNC;
  filter.allow_if("openat", {has_bits(2, kWriting, O_RDONLY)});
  filter.allow_if("open", {has_bits(1, kWriting, O_RDONLY)});
  for (const auto family : kFamilies) {
    filter.allow_if("socket", {equals(0, family)});
    filter.allow_if("socketpair", {equals(0, family)});
  }
  for (const auto command : kBpfCommands) {
    filter.allow_if("bpf", {equals(0, command)});
  }
  // At the end of a sanitized build the leak checker stops all threads to look into them.
  if (kSanitized) filter.allow("clone ptrace wait4 getdents");
  return filter.load();
}

}  // namespace hx
