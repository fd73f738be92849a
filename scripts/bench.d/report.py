# SPDX-License-Identifier: Apache-2.0
"""What a benchmark prints: tables of figures with the budgets they are held against."""
import statistics
from typing import NamedTuple, Optional

MET, MISSED, UNKNOWN = 'met', 'NOT met', 'not measured'


class Column(NamedTuple):
    key: str
    title: str
    digits: int = 0


class Budget(NamedTuple):
    what: str
    value: Optional[float]
    relation: str  # '<=' or '>='
    limit: float
    unit: str = ''

    def verdict(self):
        if self.value is None:
            return UNKNOWN
        good = self.value <= self.limit if self.relation == '<=' else self.value >= self.limit
        return MET if good else MISSED

    def text(self):
        measured = '-' if self.value is None else number(self.value, 2)
        return '%s: %s%s, budget %s %g%s: %s' % (
            self.what, measured, self.unit, self.relation, self.limit, self.unit, self.verdict())


class Section:
    def __init__(self, name, title, columns):
        self.name, self.title, self.columns = name, title, columns
        self.rows, self.budgets, self.notes = [], [], []

    def row(self, row_name, **values):
        self.rows.append((row_name, values))

    def budget(self, *args):
        self.budgets.append(Budget(*args))

    def note(self, text):
        self.notes.append(text)

    def text(self):
        lines = [[self.title] + [column.title for column in self.columns]]
        for name, values in self.rows:
            cells = [number(values.get(column.key), column.digits) for column in self.columns]
            lines.append(['  ' + name] + cells)
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        out = []
        for line in lines:
            cells = [line[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
            out.append('  '.join(cells).rstrip())
        out += ['  ' + text for text in self.notes]
        out += ['  > ' + budget.text() for budget in self.budgets]
        return '\n'.join(out)

    def plain(self):
        """The same for JSON."""
        return {
            'name': self.name,
            'title': self.title,
            'rows': [dict(values, name=name) for name, values in self.rows],
            'budgets': [dict(budget._asdict(), verdict=budget.verdict())
                        for budget in self.budgets],
            'notes': self.notes,
        }


def number(value, digits):
    if value is None:
        return '-'
    if isinstance(value, str):
        return value
    return '{:,.{}f}'.format(value, digits)


class Samples:
    """One figure, measured again and again. Others use the machine too: the smallest value is the
    one they disturbed least."""

    def __init__(self):
        self.values = []

    def add(self, value):
        self.values.append(value)

    def least(self):
        return min(self.values) if self.values else None

    def most(self):
        """The 99th percentile."""
        ranked = sorted(self.values)
        return ranked[(len(ranked) * 99 - 1) // 100] if ranked else None

    def median(self):
        return statistics.median(self.values) if self.values else None


def ratio(a, b):
    return a / b if a is not None and b else None


def difference(a, b):
    return a - b if a is not None and b is not None else None
