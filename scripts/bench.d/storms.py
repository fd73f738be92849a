# SPDX-License-Identifier: Apache-2.0
"""What of the CPU time of processes that live too shortly to be scraped arrives in their groups."""
import contextlib
import gzip
import os
import re
import subprocess
import tempfile
import time

import exporters
import system
from report import Column, Section, ratio

RATE = 500  # of fork + exec + exit a second, all together
SCRAPE_SECONDS = 3
SETTLE_SECONDS = 2
SHARE_OF_CPUS = 0.45  # for the processes; the rest is for the forks and the exporters
FORK_US = 400
# Row, microseconds of CPU, shape of threads (see tools/burn.c), CPU time of one of them.
KINDS = [('1 ms', 1000, '', 1000), ('10 ms', 10000, '', 10000), ('50 ms', 50000, '', 50000),
         ('2 threads, main one last', 10000, 'last', 10000),
         ('2 threads, main one first', 10000, 'first', 10000),
         ('exec from a second thread', 5000, 'exec', 10000)]
LIFETIMES = 3  # of them are about these alone
FILLER = 'hx-fill'

COLUMNS = [Column('per_second', 'per s'), Column('processes', 'processes'),
           Column('started', 'started'), Column('rusage_s', 'getrusage s', 3),
           Column('cgroup_s', 'cgroup s', 3), Column('percent', '% of it', 2),
           Column('percent_fill', '% of fill', 2), Column('percent_peer', 'p.-exporter %', 1)]


class CpuGroup:
    """A control group, whose CPU time is exact to the last switch of each thread; getrusage misses
    up to a tick of each that is not the last of its process."""

    def __init__(self, stack):
        found = re.search(r'^\S+ (\S+) cgroup2 ', system.read_text('/proc/mounts'), re.M)
        if not found:
            raise system.Failed('no cgroup2 is mounted')
        try:
            self.path = tempfile.mkdtemp(prefix='hx-bench-', dir=found.group(1))
        except OSError as failure:
            raise system.Failed('no control group: %s' % failure)
        stack.callback(os.rmdir, self.path)

    def cpu_seconds(self):
        text = system.read_text(self.path + '/cpu.stat')
        return int(re.search(r'^usage_usec (\d+)', text, re.M).group(1)) / 1e6


class Storm:
    """One running tools/storm, whose children have a name of their own."""

    def __init__(self, stack, tools, name, count, rate, program):
        self.name, self.count = name, count
        self.group = CpuGroup(stack)
        self.process = subprocess.Popen(
            [tools + '/storm', self.group.path, str(count), str(rate), '64', *program],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
            preexec_fn=system.die_with_parent)
        stack.callback(self.stop)

    def stop(self):
        self.process.kill()
        self.process.wait()
        while system.read_text(self.group.path + '/cgroup.procs'):  # children that it left
            time.sleep(0.05)

    def finish(self):
        said, errors = self.process.communicate()
        if self.process.returncode != 0:
            raise system.Failed('storm: ' + errors.strip())
        self.seconds, self.rusage, own = (float(word) for word in said.split())
        time.sleep(0.1)  # the last ones are switched out after they are reaped
        self.cgroup = self.group.cpu_seconds() - own


class Groups:
    """The counters of one exporter's groups."""

    def __init__(self, exporter):
        self.exporter, self.values = exporter, {}

    def scrape(self):
        text = gzip.decompress(self.exporter.client.get()).decode()
        self.values = {key: float(value) for key, value in
                       re.findall(r'^(\w+(?:\{.*\})?) (\S+)$', text, re.M)}

    def scrape_until(self, name, started):
        """A process is reaped before its last switch, by a moment that a busy machine stretches."""
        end = time.monotonic() + SETTLE_SECONDS
        self.scrape()
        while self.started(name) < started and time.monotonic() < end:
            time.sleep(0.1)
            self.scrape()

    def cpu_of(self, name):
        return sum(self.values.get('namedprocess_namegroup_cpu_seconds_total'
                                   '{groupname="%s",mode="%s"}' % (name, mode), 0)
                   for mode in ('user', 'system'))

    def started(self, name):
        return self.values.get('namedprocess_namegroup_processes_started_total'
                               '{groupname="%s"}' % name, 0)

    def dropped(self):
        return sum(value for key, value in self.values.items()
                   if key.startswith('host_exporter_events_dropped_total'))


def start(stack, setup):
    """Ours, and process-exporter if there is one."""
    config = exporters.groups_config(stack)
    started = [Groups(exporters.start_groups(stack, setup, config))]
    with contextlib.suppress(system.Failed):
        address = system.free_address()
        daemon = stack.enter_context(system.peer_daemon(
            'process-exporter', setup.peers.process_exporter, '-web.listen-address=' + address,
            '-config.path=' + config))
        started.append(Groups(exporters.Exporter('process-exporter', daemon, address)))
    return started


def run_kind(setup, groups, kind, name, seconds, bin_dir):
    """Two storms at once: processes of this kind, as many as the CPUs have time for, and others that
    end at once, so that together there are RATE a second."""
    _, us, shape, all_us = kind
    rate = min(RATE, int(os.cpu_count() * SHARE_OF_CPUS * 1e6 / (all_us + FORK_US)))
    for program, tool in ((name, 'burn'), (FILLER, 'nothing')):
        with contextlib.suppress(FileExistsError):
            os.symlink('%s/%s' % (setup.tools, tool), '%s/%s' % (bin_dir, program))
    ours = groups[0]
    for one in groups:
        one.scrape()
    before = {one: one.cpu_of(FILLER) for one in groups}
    with contextlib.ExitStack() as stack:
        storms = [Storm(stack, setup.tools, name, int(rate * seconds), rate,
                        ['%s/%s' % (bin_dir, name), str(us), shape])]
        if rate < RATE:
            storms.append(Storm(stack, setup.tools, FILLER, int((RATE - rate) * seconds),
                                RATE - rate, ['%s/%s' % (bin_dir, FILLER)]))
        while any(storm.process.poll() is None for storm in storms):
            time.sleep(SCRAPE_SECONDS)
            for one in groups:
                one.scrape()
        for storm in storms:
            storm.finish()
    for one in groups:
        one.scrape_until(name, storms[0].count)
    main = storms[0]
    values = {'per_second': sum(storm.count / storm.seconds for storm in storms),
              'processes': main.count, 'started': ours.started(name), 'rusage_s': main.rusage,
              'cgroup_s': main.cgroup, 'percent': 100 * ours.cpu_of(name) / main.cgroup}
    if len(storms) > 1:
        values['percent_fill'] = 100 * (ours.cpu_of(FILLER) - before[ours]) / storms[1].cgroup
    if len(groups) > 1:
        values['percent_peer'] = 100 * groups[1].cpu_of(name) / main.cgroup
    return values


def run(setup, seconds):
    result = Section('storms', 'CPU time of short lives in their group', COLUMNS)
    with contextlib.ExitStack() as stack:
        bin_dir = stack.enter_context(tempfile.TemporaryDirectory())
        groups = start(stack, setup)
        rows = []
        for number, kind in enumerate(KINDS):
            rows.append(run_kind(setup, groups, kind, 'hx-storm-%d' % number,
                                 seconds / len(KINDS), bin_dir))
            result.row(kind[0], **rows[-1])
        dropped = groups[0].dropped()
    result.note('%d a second in all: what the CPUs have no time for ends at once ("fill")' % RATE)
    result.note('%: of the time that the control group was charged; getrusage may miss a tick of '
                'each thread')
    result.budget('slowest storm, per second', min(row['per_second'] for row in rows), '>=', RATE * 0.98)
    worst = max(abs(row['percent'] - 100) for row in rows)
    result.budget('CPU time in the right group, off by at most', worst, '<=', 0.5, ' %')
    result.budget('processes that are not counted as started, or too often',
                  sum(abs(row['processes'] - row['started']) for row in rows), '<=', 0)
    result.budget('events dropped', dropped, '<=', 0)
    yield result
