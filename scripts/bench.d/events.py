# SPDX-License-Identifier: Apache-2.0
"""What events of the kernel cost more while somebody watches them."""
import contextlib
import re
import statistics

import exporters
import system
from report import Column, Samples, Section, ratio

PIPE_OPERATIONS = 10000
PIPE_RUNS = 5
MESSAGING_RUNS = 3
SPAWN_BATCHES = 10
SPAWN_COUNT = 50


class Variant:
    """Something to be attached; `start` returns a Daemon, or is None for nothing."""

    def __init__(self, title, start=None):
        self.title, self.start = title, start
        self.ns = Samples()
        self.least_of_round = []

    @contextlib.contextmanager
    def attached(self):
        if self.start is None:
            yield
            return
        with self.start() as daemon:
            daemon.wait_attached()
            yield

    def measure_round(self, run_once):
        with self.attached():
            values = list(run_once())
        self.least_of_round.append(min(values))
        for value in values:
            self.ns.add(value)

    def extra(self, nothing):
        """How much more than nothing it takes: the difference within each round, so that a machine
        that becomes slower or faster meanwhile does no harm, and of these the median."""
        pairs = zip(self.least_of_round, nothing.least_of_round)
        return statistics.median(mine - base for mine, base in pairs)


@contextlib.contextmanager
def host_exporter(binary):
    with exporters.HostExporter(binary) as host:
        yield host.daemon


def ours(binaries):
    return [Variant(title, lambda binary=binary: host_exporter(binary))
            for title, binary in binaries]


NODE_ONLY = 'host_exporter, node only'


@contextlib.contextmanager
def node_only(binary):
    """Without name groups: no births and deaths, and latency of the node alone."""
    address = system.free_address()
    with system.Daemon([binary, '--as=node_exporter', '--web.listen-address=' + address]) as daemon:
        system.Client(address).wait(daemon)
        yield daemon


def measure(variants, peers, seconds, run_once):
    """In turns; returns why peers were left out. Without one of ours there is nothing to say."""
    notes = []
    for _ in system.rounds(seconds):
        for variant in variants:
            variant.measure_round(run_once)
        for variant in list(peers):
            try:
                variant.measure_round(run_once)
            except system.Failed as failure:
                peers.remove(variant)
                notes.append(str(failure))
    return notes


def peer(title, tool, *flags):
    """Somebody else's program."""
    return Variant(title, lambda: system.peer_daemon(title, tool, *flags))


@contextlib.contextmanager
def snoops(peers):
    with system.peer_daemon('execsnoop', peers.execsnoop) as one, \
            system.peer_daemon('exitsnoop', peers.exitsnoop) as other:
        one.wait_attached()
        yield other


# The classic way to say it, without the kernel's headers, which its own script wants.
RUNQLAT_OF_BPFTRACE = '''
tracepoint:sched:sched_wakeup, tracepoint:sched:sched_wakeup_new { @since[args->pid] = nsecs; }
tracepoint:sched:sched_switch {
  if (args->prev_state == 0) { @since[args->prev_pid] = nsecs; }
  $since = @since[args->next_pid];
  if ($since) { @us = hist((nsecs - $since) / 1000); }
  delete(@since[args->next_pid]);
}'''


COLUMNS = [Column('ns', 'ns'), Column('ns_median', 'median'), Column('extra_ns', 'extra'),
           Column('extra_of_least_ns', 'of least'), Column('extra_percent', 'extra %', 2)]


def table(name, title, variants):
    result = Section(name, title, COLUMNS)
    nothing = variants[0]
    for variant in variants:
        values = {'ns': variant.ns.least(), 'ns_median': variant.ns.median()}
        if variant.start:
            extra = variant.extra(nothing)
            values.update(extra_ns=extra, extra_percent=100 * extra / nothing.ns.least(),
                          extra_of_least_ns=variant.ns.least() - nothing.ns.least())
        result.row(variant.title, **values)
    result.note('%d rounds of %d runs; extra: median of the differences within a round, of least: '
                'between the least of all' % (len(nothing.least_of_round),
                                              len(nothing.ns.values) // len(nothing.least_of_round)))
    return result


def pipe(perf):
    for _ in range(PIPE_RUNS):
        text = system.workload([perf, 'bench', 'sched', 'pipe', '-l', str(PIPE_OPERATIONS)])
        yield float(re.search(r'([\d.]+) usecs/op', text).group(1)) * 1e3


def messaging(perf):
    for _ in range(MESSAGING_RUNS):
        text = system.workload([perf, 'bench', 'sched', 'messaging', '-g', '4', '-l', '200'])
        yield float(re.search(r'Total time: ([\d.]+)', text).group(1)) * 1e9


def run_messaging(setup, seconds):
    """Like hackbench: 160 processes that send each other messages."""
    variants = [Variant('nothing')] + ours(setup.binaries)
    measure(variants, [], seconds, lambda: messaging(setup.peers.perf))
    result = table('messaging', 'perf bench sched messaging (hackbench), per run', variants)
    extra = variants[1].extra(variants[0])
    result.budget('extra', 100 * extra / variants[0].ns.least(), '<=', 1.5, ' %')
    yield result


def run_switches(setup, seconds):
    if not setup.peers.perf:
        raise system.Failed('perf: not installed')
    yield from run_pipe(setup, seconds * 0.7)
    yield from run_messaging(setup, seconds * 0.3)


def run_pipe(setup, seconds):
    peers = setup.peers
    variants = [Variant('nothing'),
                Variant('empty program on sched_switch',
                        lambda: system.Daemon([setup.tools + '/bpf_hold', 'empty'], says_ready=True))]
    variants += ours(setup.binaries)
    variants.append(Variant(NODE_ONLY, lambda: node_only(setup.binaries[0][1])))
    others = [peer('runqlat', peers.runqlat), peer('bpftrace', peers.bpftrace, '-e', RUNQLAT_OF_BPFTRACE)]
    notes = measure(variants, others, seconds, lambda: pipe(peers.perf))

    variants += others
    result = table('switches', 'perf bench sched pipe, per operation (2 switches)', variants)
    result.notes += notes
    extra = {variant.title: variant.extra(variants[0]) for variant in variants[1:]}
    mine, empty = extra[setup.binaries[0][0]], extra[variants[1].title]
    result.budget('extra, ours / runqlat', ratio(mine, extra.get('runqlat')), '<=', 0.25)
    result.budget('extra over the empty program', mine - empty, '<=', 150, ' ns')
    result.budget('node only, extra over the empty program', extra[NODE_ONLY] - empty, '<=', 60, ' ns')
    yield result


def spawn(tools):
    text = system.workload([tools + '/spawn', str(SPAWN_BATCHES), str(SPAWN_COUNT),
                            tools + '/nothing'])
    return [float(line) for line in text.split()]


def run_spawns(setup, seconds):
    variants = [Variant('nothing')] + ours(setup.binaries)
    others = [Variant('execsnoop and exitsnoop', lambda: snoops(setup.peers))]
    notes = measure(variants, others, seconds, lambda: spawn(setup.tools))
    result = table('spawns', 'fork + exec + exit + wait, per process', variants + others)
    result.notes += notes
    result.budget('extra', 100 * variants[1].extra(variants[0]) / variants[0].ns.least(), '<=', 3,
                  ' %')
    yield result
