# SPDX-License-Identifier: Apache-2.0
"""Run times of each kernel program, as the kernel's own statistics have them."""
import contextlib
import json

import events
import exporters
import system
from report import Column, Samples, Section, difference, ratio

READS = 4000
SCRAPES = 10

COLUMNS = [Column('load', 'load'), Column('runs', 'runs'), Column('per_operation', 'per op', 2),
           Column('ns', 'ns per run'), Column('ns_median', 'median'),
           Column('above_empty_ns', 'above empty')]


class Program:
    def __init__(self, owner, name):
        self.owner, self.name = owner, name
        self.loads = {}  # load: [runs, Samples of the mean run time]

    def add(self, load, runs, ns):
        known = self.loads.setdefault(load, [0, Samples()])
        known[0] += runs
        known[1].add(ns / runs)


def listing(kind):
    """What bpftool says of all programs ('prog') or maps ('map'), by id."""
    try:
        objects = json.loads(system.output([system.find_tool('bpftool') or 'bpftool', '-j', kind,
                                            'show']))
        return {one['id']: one for one in objects}
    except (ValueError, TypeError, KeyError):
        return {}


def names():
    """Names of all programs, by id; where it has settings or variables, with its object's name,
    of which the kernel keeps eight letters."""
    maps, found = listing('map'), {}
    for key, program in listing('prog').items():
        found[key] = program.get('name', 'program %d' % key)
        for one in program.get('map_ids', []):
            name, dot, _ = maps.get(one, {}).get('name', '').partition('.')
            if dot:
                found[key] = '%s/%s' % (name, found[key])
                break
    return found


class Watch:
    """The programs of some daemons, and what each has run since it was last asked."""

    def __init__(self, daemons):
        self.daemons = daemons
        self.programs, self.last = {}, {}
        self.missed = 0
        self.names = names()

    def look(self, load):
        """Notes what has run since the last look, under this load; None: no matter."""
        for owner, daemon in self.daemons:
            for key, fields in daemon.bpf_objects()['prog_id'].items():
                now = int(fields['run_cnt']), int(fields['run_time_ns'])
                runs, ns = (a - b for a, b in zip(now, self.last.get(key, now)))
                self.last[key] = now
                if key not in self.programs:
                    self.programs[key] = Program(owner, self.names.get(key, '?'))
                if load and runs > 0:
                    self.programs[key].add(load, runs, ns)
                if owner == self.daemons[0][0]:
                    self.missed = max(self.missed, int(fields.get('recursion_misses', 0)))


def cost(programs, owner, load, operations):
    """Nanoseconds in all programs of an owner that a load makes run, per operation."""
    costs = [program.loads[load][0] / operations[load] * program.loads[load][1].least()
             for program in programs
             if program.owner == owner and load in program.loads and concerns(program, load)]
    return sum(costs) if costs else None


def concerns(program, load):
    # Reads switch as well; that is another budget.
    return load != 'read' or 'block' in program.name


def report(watch, operations, ours):
    result = Section('programs', 'Kernel programs, statistics on', COLUMNS)
    programs = sorted(watch.programs.values(), key=lambda p: (p.owner != ours, p.owner, p.name))
    floor = {load: samples.least() for program in programs if program.name == 'on_empty'
             for load, (_, samples) in program.loads.items()}
    for program in programs:
        for load, (runs, samples) in sorted(program.loads.items()):
            # Else what happens beside the load; a scrape has few events of its own.
            if runs < operations[load] / 2 or (load == 'scrape' and len(program.loads) > 1):
                continue
            result.row('%s: %s' % (program.owner, program.name), load=load, runs=runs,
                       per_operation=runs / operations[load], ns=samples.least(),
                       ns_median=samples.median(),
                       above_empty_ns=difference(samples.least(), floor.get(load)))
    result.note('loads: switch = perf bench sched pipe, process = fork + exec + exit, read = '
                'O_DIRECT 4 KiB, scrape = groups')
    result.note("the kernel's own measurement is in every run time; that of the empty program is "
                "nothing else")
    if watch.missed:
        result.note('%d runs of ours were skipped by the kernel (recursion)' % watch.missed)
    for load, title in (('process', 'fork + exec + exit'), ('read', 'block request')):
        for owner in (ours, 'biolatency'):
            total = cost(programs, owner, load, operations)
            if total and (owner == ours or load == 'read'):
                result.note('%s, all programs of %s: %.0f ns' % (title, owner, total))
    requests = {owner: cost(programs, owner, 'read', operations) for owner in (ours, 'biolatency')}
    result.budget('block request, all programs', requests[ours], '<=', 200, ' ns')
    result.budget('block request, ours / biolatency', ratio(requests[ours], requests['biolatency']),
                  '<=', 0.25)
    return result


def loads_of(stack, peers, tools, host):
    """(name, function that makes the load, how many operations that is)"""
    client = system.Client(host.groups)
    notes, loads = [], []
    if peers.perf:
        loads.append(('switch', lambda: list(events.pipe(peers.perf)),
                      events.PIPE_RUNS * events.PIPE_OPERATIONS))
    else:
        notes.append('perf: not installed')
    loads.append(('process', lambda: events.spawn(tools),
                  events.SPAWN_BATCHES * events.SPAWN_COUNT))
    loads.append(('scrape', lambda: [client.get() for _ in range(SCRAPES)], SCRAPES))
    try:
        device = stack.enter_context(system.loop_device())
        loads.append(('read', lambda: system.workload([tools + '/reads', device, str(READS)]),
                      READS))
    except system.Failed as failure:
        notes.append(str(failure))
    return loads, notes


def run(setup, seconds):
    title, binary = setup.binaries[0]
    peers = setup.peers
    with contextlib.ExitStack() as stack:
        start = stack.enter_context
        start(system.Daemon([setup.tools + '/bpf_hold', 'stats'], says_ready=True))
        host = start(exporters.HostExporter(binary))
        daemons = [(title, host.daemon),
                   ('bench', start(system.Daemon([setup.tools + '/bpf_hold', 'empty'],
                                                 says_ready=True)))]
        for _, daemon in daemons:
            daemon.wait_attached()
        loads, notes = loads_of(stack, peers, setup.tools, host)
        for peer, tool in (('runqlat', peers.runqlat), ('biolatency', peers.biolatency)):
            try:
                daemon = start(system.peer_daemon(peer, tool))
                daemon.wait_attached()
                daemons.append((peer, daemon))
            except system.Failed as failure:
                notes.append(str(failure))
        operations = dict.fromkeys((load for load, _, _ in loads), 0)
        watch = Watch(daemons)
        for _ in system.rounds(seconds):
            for load, make, count in loads:
                watch.look(None)
                make()
                watch.look(load)
                operations[load] += count
        result = report(watch, operations, title)
        result.notes += notes
        yield result
