# SPDX-License-Identifier: Apache-2.0
"""What is asked of the kernel and the processes that are measured."""
import contextlib
import ctypes
import glob
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PR_SET_PDEATHSIG = 1
FILE_BYTES = 16 << 20
COLD_BYTES = 64 << 20  # more than the caches of a CPU
LIBC = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """Something could not be measured; the text says why."""


def find_tool(*names):
    """The first program of these names, also where users other than root do not look."""
    path = os.environ.get('PATH', '') + ':/usr/sbin:/sbin:/usr/local/sbin'
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    return None


def output(argv):
    """What a program prints, both streams; empty if it cannot be run."""
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, universal_newlines=True, timeout=60)
        return done.stdout
    except (OSError, subprocess.TimeoutExpired):
        return ''


def read_text(path):
    with open(path, errors='replace') as file:
        return file.read()


def is_root():
    return os.geteuid() == 0


def process_count():
    return sum(name.isdigit() for name in os.listdir('/proc'))


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def favoured():
    """In a child: on one CPU, before all others that want it, as far as we are allowed. Still in
    the fair scheduling class, which is what is measured."""
    die_with_parent()
    os.setsid()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
        # Where sessions are scheduled as groups, only the group's niceness counts.
        with open('/proc/self/autogroup', 'w') as file:
            file.write('-20')
    except OSError:
        pass


def workload(argv):
    """Runs a favoured program to its end and returns what it prints."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, universal_newlines=True, preexec_fn=favoured)
    if done.returncode != 0:
        raise Failed('%s: %s' % (os.path.basename(argv[0]), done.stderr.strip()))
    return done.stdout


class Daemon:
    """A process that runs while others are measured. Ends with the `with` block, and with us if we
    are killed."""

    def __init__(self, argv, says_ready=False):
        self.name = os.path.basename(argv[0])
        # Its errors go to a file nobody sees: a pipe that is not read would block it.
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if says_ready else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, universal_newlines=True, preexec_fn=die_with_parent)
        if says_ready and self.process.stdout.readline() != 'ready\n':
            self.stop()
            raise Failed('%s: did not start' % ' '.join(argv))

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.stdin.close()  # our own tools end with it
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def cpu_seconds(self):
        """CPU time of all its threads, ended ones too, to the nanosecond."""
        # The kernel's number for the CPU clock of a process, see clock_getcpuclockid(3).
        return time.clock_gettime((~self.pid << 3) | 2)

    def memory(self):
        """Resident memory in MB: all of it, and what is not backed by files."""
        fields = dict(line.split(':', 1) for line in
                      read_text('/proc/%d/status' % self.pid).splitlines() if ':' in line)
        return [int(fields[key].split()[0]) / 1024 for key in ('VmRSS', 'RssAnon')]

    def bpf_objects(self):
        """The open BPF programs, maps and links, as /proc/PID/fdinfo describes them."""
        found = {'prog_id': {}, 'map_id': {}, 'link_id': {}}
        for path in glob.glob('/proc/%d/fdinfo/*' % self.pid):
            try:
                lines = read_text(path).splitlines()
            except OSError:  # closed meanwhile
                continue
            fields = dict(line.split(':', 1) for line in lines if ':' in line)
            for kind, objects in found.items():
                # A link names its program as well.
                if kind in fields and ('link_id' not in fields or kind == 'link_id'):
                    objects[int(fields[kind])] = {k: v.strip() for k, v in fields.items()}
        return found

    def wait_attached(self, seconds=15):
        """Until its number of BPF programs and links has stopped growing."""
        objects, deadline = 0, time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(0.1)
            now = sum(len(self.bpf_objects()[kind]) for kind in ('link_id', 'prog_id'))
            if now and now == objects:
                return
            objects = now
            if self.process.poll() is not None:
                break
        raise Failed('%s: attached nothing' % self.name)


@contextlib.contextmanager
def loop_device():
    """A block device of memory that disappears when it is closed last, however we end."""
    losetup = find_tool('losetup')
    if not losetup or not os.path.isdir('/dev/shm'):
        raise Failed('block requests: need losetup and /dev/shm')
    with tempfile.NamedTemporaryFile(dir='/dev/shm') as file:
        file.write(os.urandom(FILE_BYTES))
        file.flush()
        done = subprocess.run([losetup, '--find', '--show', file.name], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode != 0:
        raise Failed('block requests: ' + done.stderr.strip())
    path = done.stdout.strip()
    with open(path, 'rb', buffering=0):
        # While it is open, this only marks it to be detached.
        subprocess.run([losetup, '--detach', path], check=True)
        yield path


def peer_daemon(title, tool, *flags):
    if not tool:
        raise Failed('%s: not installed' % title)
    return Daemon([tool, *flags])


def free_address():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return '127.0.0.1:%d' % probe.getsockname()[1]


class Client:
    """Scrapes as Prometheus does: one kept connection, compressed."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address, timeout=60)

    def get(self):
        self.connection.request('GET', '/metrics', headers={'Accept-Encoding': 'gzip'})
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise Failed('scrape: status %d' % response.status)
        return body

    def wait(self, daemon, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and daemon.process.poll() is None:
            try:
                return self.get()
            except OSError:
                self.connection.close()
                time.sleep(0.05)
        raise Failed('%s: does not answer' % daemon.name)


def cool_caches():
    """Fills the caches of each CPU with something else, as 15 seconds of others' work do."""
    allowed = os.sched_getaffinity(0)
    source, target = bytes(COLD_BYTES), bytearray(COLD_BYTES)
    for cpu in allowed:
        os.sched_setaffinity(0, {cpu})
        target[:] = source
    os.sched_setaffinity(0, allowed)


def rounds(seconds, least=3):
    """Counts rounds until the time is used up."""
    end, done = time.monotonic() + seconds, 0
    while done < least or time.monotonic() < end:
        yield done
        done += 1
