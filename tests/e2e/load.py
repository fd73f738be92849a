# SPDX-License-Identifier: Apache-2.0
"""usage: load.py FOLDER SECONDS

Makes a host that has something to show: more runnable tasks than CPUs, direct reads and writes of a file in
FOLDER and faults on it, processes that live for a moment, fail and are killed. And has the kernel count what its BPF
programs cost, where it lets us.
"""
import ctypes
import mmap
import os
import platform
import signal
import subprocess
import sys
import threading
import time

BLOCK = 64 << 10
BPF_ENABLE_STATS, BPF_SYSCALL = 32, {'x86_64': 321, 'aarch64': 280}


def count_bpf_runs():
    """The kernel counts for as long as the descriptor is open, which is until we end."""
    attributes = ctypes.create_string_buffer(128)  # type BPF_STATS_RUN_TIME is 0
    ctypes.CDLL(None).syscall(BPF_SYSCALL.get(platform.machine(), -1), BPF_ENABLE_STATS, attributes, len(attributes))


def burn(end, parent):
    while time.monotonic() < end and os.getppid() == parent:  # who may be killed
        sum(range(20000))
        time.sleep(0.001)


def read_and_write(path, end):
    block = mmap.mmap(-1, BLOCK)  # aligned, as O_DIRECT wants it
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, 'O_DIRECT', 0), 0o600)
    os.ftruncate(fd, 16 * BLOCK)
    mapped = mmap.mmap(fd, 16 * BLOCK, prot=mmap.PROT_READ)
    while time.monotonic() < end:
        for offset in range(0, 16 * BLOCK, BLOCK):
            os.pwritev(fd, [block], offset)
            os.preadv(fd, [block], offset)
            mapped[offset]  # a major fault: it is not in memory
        os.fsync(fd)
        time.sleep(0.05)


def short_lives(end):
    while time.monotonic() < end:
        subprocess.run(['true'], check=False)
        subprocess.run(['false'], check=False)
        with subprocess.Popen(['sleep', '60']) as sleeper:
            time.sleep(0.02)
            sleeper.send_signal(signal.SIGTERM)


def main(folder, seconds):
    count_bpf_runs()
    end = time.monotonic() + float(seconds)
    parent, children = os.getpid(), []
    for _ in range(os.cpu_count() + 1):
        child = os.fork()
        if child == 0:
            burn(end, parent)
            os._exit(0)
        children.append(child)
    threads = [threading.Thread(target=read_and_write, args=(os.path.join(folder, 'load'), end)),
               threading.Thread(target=short_lives, args=(end,))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for child in children:
        os.waitpid(child, 0)


if __name__ == '__main__':
    main(*sys.argv[1:])
