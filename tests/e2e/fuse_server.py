# SPDX-License-Identifier: Apache-2.0
"""usage: fuse_server.py MOUNTPOINT PAUSE

Mounts an empty file system that this process answers for, but not while the file PAUSE exists: what
a mount of a dead server is like. See include/uapi/linux/fuse.h.
"""
import ctypes
import os
import struct
import sys
import time

GETATTR, STATFS, INIT = 3, 17, 26
HEADER = struct.Struct('=IIQQIIII')  # length, opcode, unique, node, uid, gid, pid, padding
ENOSYS = 38


def mount(device, mountpoint):
    options = f'fd={device},rootmode=40755,user_id=0,group_id=0,allow_other'
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b'hung', mountpoint.encode(), b'fuse', 0, options.encode()) != 0:
        sys.exit(f'mount: {os.strerror(ctypes.get_errno())}')


def answer(opcode):
    """The error and the body."""
    if opcode == INIT:  # version 7.31, no flags, 4 KiB writes
        return 0, struct.pack('=IIIIHHIIHHI28x', 7, 31, 0, 0, 1, 1, 4096, 1, 0, 0, 0)
    if opcode == GETATTR:  # node 1, a directory; not to be cached
        return 0, struct.pack('=QII', 0, 0, 0) + struct.pack(
            '=QQQQQQIIIIIIIIII', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0o40755, 2, 0, 0, 0, 4096, 0)
    if opcode == STATFS:  # 1 GiB, half of it free
        return 0, struct.pack('=QQQQQIIII24x', 1 << 18, 1 << 17, 1 << 16, 100, 50, 4096, 255, 4096, 0)
    return ENOSYS, b''


def main(mountpoint, pause):
    device = os.open('/dev/fuse', os.O_RDWR | os.O_CLOEXEC)
    mount(device, mountpoint)
    while True:
        request = os.read(device, 1 << 17)
        _, opcode, unique, *_ = HEADER.unpack_from(request)
        while opcode != INIT and os.path.exists(pause):
            time.sleep(0.02)
        error, body = answer(opcode)
        try:
            os.write(device, struct.pack('=IiQ', 16 + len(body), -error, unique) + body)
        except FileNotFoundError:  # whoever asked has been killed, or takes no answer
            pass


if __name__ == '__main__':
    main(*sys.argv[1:])
