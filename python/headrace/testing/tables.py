"""Rows as they are written in tests, and how they are compared."""

import collections

NULL = "NULL"


def is_table(rows):
    return isinstance(rows, str)


def parse_table(text):
    """Column names and rows of texts, None for NULL, of a table such as

    word | count
    a    | 1
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    lines = [line for line in lines if line and set(line) - set("-+| ")]
    if not lines:
        raise ValueError("a table needs a line of column names")
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    names, rows = cells[0], cells[1:]
    for row in rows:
        if len(row) != len(names):
            raise ValueError(f"the row {row} has {len(row)} cells, the table has the columns {names}")
    return names, [tuple(None if cell == NULL else cell for cell in row) for row in rows]


def format_table(names, rows):
    lines = [list(names)] + [[NULL if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    return "\n".join(
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines
    )


def values_of(row, names):
    """A tuple of a row given as tuple, list, Row, dict, or as the only value there is."""
    if isinstance(row, dict):
        unknown = set(row) - set(names)
        if unknown:
            raise ValueError(f"the row {row} has columns that are not there: {sorted(unknown)}")
        return tuple(row.get(name) for name in names)
    if isinstance(row, (tuple, list)):
        return tuple(row)
    return (row,)


def frozen(value):
    """The value as something that can be counted."""
    if isinstance(value, dict):
        return tuple(sorted((frozen(key), frozen(each)) for key, each in value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(frozen(each) for each in value)
    return bytes(value) if isinstance(value, bytearray) else value


def difference(names, expected, actual):
    """What is wrong with `actual`, in any order, as a text; None if nothing is."""
    wanted = collections.Counter(frozen(row) for row in expected)
    got = collections.Counter(frozen(row) for row in actual)
    if wanted == got:
        return None
    parts = []
    for title, rows in (
        ("missing", (wanted - got).elements()),
        ("not expected", (got - wanted).elements()),
        ("all rows", got.elements()),
    ):
        rows = sorted(rows, key=repr)
        if rows:
            parts.append(f"{title}:\n{format_table(names, rows)}")
    return "\n\n".join(parts) if parts else "there are no rows"
