"""Rows that were made anew and come out as they were are told from those that differ."""

from __future__ import annotations

import pyarrow as pa

from dedup.pipeline.renewed import differing

COLUMNS = ("id", "number", "share", "reasons")


def table(*rows: tuple) -> pa.Table:
    schema = pa.schema(
        [("id", pa.string()), ("number", pa.int32()), ("share", pa.float32()), ("reasons", pa.list_(pa.string()))]
    )
    return pa.Table.from_pylist([dict(zip(COLUMNS, row, strict=True)) for row in rows], schema=schema)


BEFORE = [("a", 1, 0.5, ["x"]), ("a", 2, None, []), ("b", 1, 0.25, ["x", "y"]), ("c", 1, None, None)]


def test_rows_that_come_out_as_they_were_differ_in_nothing_whatever_stands_between_them():
    shuffled = [BEFORE[2], BEFORE[0], BEFORE[3], BEFORE[1]]
    assert differing(table(*shuffled), table(*BEFORE), "id").to_pylist() == []
    assert differing(table(), table(), "id").to_pylist() == []


def test_a_value_a_null_a_list_a_row_more_and_a_row_less_differ():
    for row, change in {
        0: ("a", 1, 0.5, ["x", "x"]),
        1: ("a", 2, 0.0, []),
        2: ("b", 9, 0.25, ["x", "y"]),
        3: ("c", 1, None, []),
    }.items():
        made = [*BEFORE[:row], change, *BEFORE[row + 1 :]]
        assert differing(table(*made), table(*BEFORE), "id").to_pylist() == [change[0]], change
    assert differing(table(*BEFORE, ("b", 2, 1.0, [])), table(*BEFORE), "id").to_pylist() == ["b"]
    assert differing(table(*BEFORE[:3]), table(*BEFORE), "id").to_pylist() == ["c"]


def test_some_columns_alone_can_be_compared():
    made = [("a", 1, 9.0, []), *BEFORE[1:]]
    assert differing(table(*made), table(*BEFORE), "id", ["number"]).to_pylist() == []
