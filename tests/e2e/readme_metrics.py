# SPDX-License-Identifier: Apache-2.0
"""usage: readme_metrics.py README PROM...

Compares the table of metrics in README with exposition texts: every family must be in a row, with the
row's type and labels, and every row must have a family. A row reads

    | `name`, `glob_*` | type | `label`, `label` | what it is |

and stands for each name in it.
"""
import fnmatch
import re
import sys

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? \S+$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="(?:[^"\\]|\\.)*"')


def read_rows(path):
    rows = []
    with open(path, encoding='utf-8') as readme:
        for line in readme:
            cells = [cell.strip() for cell in line.strip().strip('|').split('|')]
            if line.startswith('|') and len(cells) == 4 and cells[1] in (
                    'counter', 'gauge', 'histogram', 'untyped', 'summary'):
                names = re.findall(r'`([^`]+)`', cells[0])
                rows += [(name, cells[1], set(re.findall(r'`([^`]+)`', cells[2]))) for name in names]
    return rows


def read_families(paths):
    """Family name to (type, labels of any of its samples)."""
    families = {}
    for path in paths:
        kind = name = None
        with open(path, encoding='utf-8') as text:
            for line in text:
                if line.startswith('# TYPE '):
                    _, _, name, kind = line.split()
                    families.setdefault(name, (kind, set()))
                elif not line.startswith('#') and name:
                    sample = SAMPLE.match(line)
                    labels = set(LABEL.findall(sample.group(2) or ''))
                    families[name][1].update(labels - {'le'})
    return families


def main(readme, *texts):
    rows, families = read_rows(readme), read_families(texts)
    problems, matched = [], set()
    for name, (kind, labels) in sorted(families.items()):
        mine = [row for row in rows if fnmatch.fnmatchcase(name, row[0])]
        mine = [row for row in mine if row[0] == name] or mine  # a full name goes before a glob
        matched.update(row[0] for row in mine)
        if not mine:
            problems.append(f'no row for {name} ({kind}; {", ".join(sorted(labels))})')
        elif not any(row[1] == kind and row[2] == labels for row in mine):
            problems.append(f'{name} is a {kind} with labels {sorted(labels)}; its row differs')
    problems += [f'nothing exports the row {name}' for name, _, _ in rows if name not in matched]
    print('\n'.join(problems) or f'{len(families)} families agree with {len(rows)} rows')
    return bool(problems)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
