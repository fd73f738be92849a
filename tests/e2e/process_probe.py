#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A process to be observed: process_probe.py READY COMM [THREAD...] [-- WORD...]

Takes COMM as its name and runs one thread for each THREAD, of that name, all of them asleep; \\xNN in
a name is that byte. Writes READY when it stands. SIGUSR1 makes the main thread and each of the
others work for a while (CPU, I/O, switches, faults) and rest again, then READY is written anew.
SIGUSR2 makes a child that ends and is not waited for. WORDs are there to be seen."""
import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_NAME = 15
libc = ctypes.CDLL(None)


def set_name(text):
    libc.prctl(PR_SET_NAME, text.encode().decode("unicode_escape").encode("latin-1"), 0, 0, 0)


def work():
    end = time.thread_time() + 0.05
    while time.thread_time() < end:
        sum(range(1000))
    with open(f"{ready}.{threading.get_native_id()}", "wb", buffering=0) as file:
        file.write(b"x" * 100_000)
        os.fsync(file.fileno())
    for _ in range(20):
        time.sleep(0.001)
    bytearray(2_000_000)


def write_ready():
    with open(ready + ".new", "w") as file:
        file.write("ready")
    os.rename(ready + ".new", ready)


def serve(name, begin, done):
    set_name(name)
    done.release()
    while True:
        begin.acquire()
        work()
        done.release()


ready, comm, *rest = sys.argv[1:]
names = rest[: rest.index("--")] if "--" in rest else rest
begins = [threading.Semaphore(0) for _ in names]
done = threading.Semaphore(0)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])
for name, begin in zip(names, begins):
    threading.Thread(target=serve, args=(name, begin, done), daemon=True).start()
for _ in names:
    done.acquire()
set_name(comm)
write_ready()
while True:
    if signal.sigwait([signal.SIGUSR1, signal.SIGUSR2]) == signal.SIGUSR2:
        if os.fork() == 0:
            os._exit(0)
    else:
        for begin in begins:
            begin.release()
        work()
        for _ in names:
            done.acquire()
    write_ready()
