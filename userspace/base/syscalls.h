// SPDX-License-Identifier: Apache-2.0
// What collectors ask the kernel for without a file, as values that a test can replace.
#pragma once

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

struct perf_event_attr;  // <linux/perf_event.h>

namespace hx {

// Each has the signature and the errors of the function it is named after, less what is the same
// in all our calls.
struct Syscalls {
  int (*adjtimex)(timex* clock) = ::adjtimex;
  int (*clock_gettime)(clockid_t clock, timespec* now) = ::clock_gettime;
  int (*connect)(int socket, const sockaddr* address, socklen_t size) = ::connect;
  int (*getrlimit)(int resource, rlimit* limit) = [](int resource, rlimit* limit) {
    return ::getrlimit(static_cast<__rlimit_resource>(resource), limit);
  };
  int (*ioctl)(int fd, unsigned long request, void* argument) =
      [](int fd, unsigned long request, void* argument) { return ::ioctl(fd, request, argument); };
  // perf_event_open(2) of all processes on one CPU, without a group and flags but close-on-exec.
  int (*perf_event_open)(const perf_event_attr* event, int cpu) = [](const perf_event_attr* event,
                                                                     int cpu) {
    constexpr unsigned long kCloseOnExec = 8;  // PERF_FLAG_FD_CLOEXEC
    return static_cast<int>(::syscall(SYS_perf_event_open, event, -1, cpu, -1, kCloseOnExec));
  };
  ssize_t (*read)(int fd, void* buffer, size_t size) = ::read;
  ssize_t (*recv)(int socket, void* buffer, size_t size, int flags) = ::recv;
  ssize_t (*send)(int socket, const void* bytes, size_t size, int flags) = ::send;
  int (*socket)(int domain, int type, int protocol) = ::socket;
  int (*statfs)(const char* path, struct ::statfs* out) = ::statfs;
  long (*sysconf)(int name) = ::sysconf;
  int (*uname)(utsname* out) = ::uname;
};

}  // namespace hx
