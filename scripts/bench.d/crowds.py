# SPDX-License-Identifier: Apache-2.0
"""How scrapes grow with processes and with their threads, and whether lives leave memory behind."""
import contextlib
import os
import subprocess

import exporters
import scrapes
import system
from report import Column, Section, ratio

FEW, MANY = 2000, 20000
THREADED, THREADS = 1000, (1, 10, 50)
SPARE_IDS = 2000

LIVES, WARM_UP_LIVES = 200000, 10000
LIVES_AT_ONCE = 5000  # between two scrapes
LIVES_SHOWN = 50000  # a row each

CROWD = [Column('cpu_ms', 'CPU ms', 2), Column('cpu_ms_median', 'median', 2),
         Column('wall_ms', 'wall ms', 2), Column('rss_mb', 'RSS MB', 1),
         Column('us_each', 'CPU us each', 2), Column('cold_ms', 'cold ms', 2),
         Column('cold_us_each', 'cold us each', 2)]
GROWTH = [Column('lives', 'lives'), Column('per_second', 'per s'), Column('rss_mb', 'RSS MB', 2),
          Column('anon_mb', 'of it heap', 2), Column('map_kib', 'maps KiB')]


def measure(setup, processes, threads, seconds):
    """A fresh daemon, so that its memory is that of this crowd."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(system.Daemon(
            [setup.tools + '/sleepers', str(processes), str(threads)], says_ready=True))
        exporter = exporters.start_groups(stack, setup, exporters.groups_config(stack))
        for _ in range(scrapes.WARM_UP):
            exporter.client.get()
        measured, cold = scrapes.Measured(exporter), scrapes.Measured(exporter)
        for _ in system.rounds(seconds):
            measured.scrape()
            system.cool_caches()
            cold.scrape()
        values, cold_ms = measured.values(), cold.cpu.least()
        everybody = processes * threads
        return {**values, 'us_each': values['cpu_ms'] * 1e3 / everybody, 'cold_ms': cold_ms,
                'cold_us_each': cold_ms * 1e3 / everybody}


def free_ids():
    """How many threads there can still be: pid_max, or what the machine's memory allows."""
    most = min(int(system.read_text('/proc/sys/kernel/' + name))
               for name in ('pid_max', 'threads-max'))
    return most - int(system.read_text('/proc/loadavg').split()[3].split('/')[1]) - SPARE_IDS


def run_crowds(setup, seconds):
    result = Section('crowds', 'Group scrapes of sleeping crowds', CROWD)
    ids = free_ids()
    processes = min(THREADED, ids // THREADS[-1])
    sizes = [(FEW, 1), (min(MANY, ids), 1)] + [(processes, threads) for threads in THREADS]
    crowds = {}
    for size in sizes:
        crowds[size] = measure(setup, *size, seconds / len(sizes))
        result.row('%d processes of %d threads' % size, **crowds[size])
    if processes < THREADED or ids < MANY:
        result.note('kernel.pid_max has room for %d threads only' % ids)
    few, many, *threaded = (crowds[size] for size in sizes)
    result.budget('CPU of %d processes' % FEW, few['cpu_ms'], '<=', 4, ' ms')
    result.budget('resident memory at %d processes' % sizes[1][0], many['rss_mb'], '<=', 25, ' MB')
    for column, caches in (('cpu_ms', 'warm'), ('cold_ms', 'cold')):
        result.budget('CPU, %d processes / %d, caches %s' % (sizes[1][0], FEW, caches),
                      ratio(many[column], few[column]), '<=', 1.2 * sizes[1][0] / FEW)
        # What one more thread costs, in crowds of many threads and of some.
        one, some, most = (crowd[column] for crowd in threaded)
        each = (some - one) / (THREADS[1] - THREADS[0])
        result.budget('CPU of a further thread, %d each / %d each, caches %s'
                      % (THREADS[2], THREADS[1], caches),
                      ratio((most - some) / (THREADS[2] - THREADS[1]), each), '<=', 1.2)
    result.note('caches are cold for who comes every 15 seconds, and a few thousand warm tasks fit '
                'in them')
    yield result


def live(setup, exporter, count):
    """So many processes that do nothing, and a scrape; returns how many a second."""
    done = subprocess.run([setup.tools + '/storm', '-', str(count), '0', str(2 * os.cpu_count()),
                           setup.tools + '/nothing'], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True,
                          preexec_fn=system.die_with_parent)
    if done.returncode != 0:
        raise system.Failed('storm: ' + done.stderr.strip())
    exporter.client.connection.close()  # which the server may have done meanwhile
    exporter.client.get()
    return count / float(done.stdout.split()[0])


def run_growth(setup, seconds):
    result = Section('growth', 'What lives of processes leave behind', GROWTH)
    with contextlib.ExitStack() as stack:
        exporter = exporters.start_groups(stack, setup, exporters.groups_config(stack))

        def look(lives, rate):
            memory, heap = exporter.daemon.memory()
            maps = sum(int(fields['memlock'])
                       for fields in exporter.daemon.bpf_objects()['map_id'].values()) / 1024
            result.row('after', lives=lives, per_second=rate, rss_mb=memory, anon_mb=heap,
                       map_kib=maps)
            return memory, maps

        for _ in range(WARM_UP_LIVES // LIVES_AT_ONCE):
            rate = live(setup, exporter, LIVES_AT_ONCE)
        lives, before = 0, look(0, rate)
        for _ in system.rounds(seconds, 1):
            rate = live(setup, exporter, LIVES_AT_ONCE)
            lives += LIVES_AT_ONCE
            if lives % LIVES_SHOWN == 0:
                after = look(lives, rate)
            if lives == LIVES:
                break
        if lives % LIVES_SHOWN != 0:
            after = look(lives, rate)
    if lives < LIVES:
        result.note('%d lives were what there was time for' % lives)
    result.budget('resident memory, growth', 100 * (after[0] / before[0] - 1), '<=', 2, ' %')
    if before[1]:
        result.budget('memory of BPF maps, growth', 100 * (after[1] / before[1] - 1), '<=', 2, ' %')
    yield result
