"""Step events in files: JSON lines, CSV and Parquet, one record each, all with the same columns (runtime.md).

A record is a step event with the name of its journey and its sandbox; times are epoch milliseconds. Archives leave out
what senders and other systems wrote (an event's id, the texts of errors), so that they name nobody.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine.core.effect import StepEvent
from engine.files import atomic_file
from engine.store.retention_queries import ArchivableStep

Record = Mapping[str, object]

EXTERNAL_TEXTS = ("event_id", "action_error", "action_origin_error", "fetch_error", "fetch_origin_error")
"""Texts that came from outside."""
KEYS = ("key", "namespace")
"""Columns that are joined from the instance on request."""

_FIRST: Mapping[str, type] = {"n": int, "sandbox": str, "journey_name": str}
_FIELDS: Mapping[str, type] = {field.encode_name: field.type for field in msgspec.structs.fields(StepEvent)}
_DEFAULTS: Mapping[str, object] = {
    field.encode_name: field.default
    for field in msgspec.structs.fields(StepEvent)
    if field.default is not msgspec.NODEFAULT
}
COLUMNS: Mapping[str, type] = {**_FIRST, **_FIELDS}
"""Every column with its type."""
ROW_GROUP = 5_000


def record_of(row: ArchivableStep) -> dict[str, object]:
    """Convert a stored step event to a record."""
    fields = json.loads(row.fields)
    names = {"n": row.n, "sandbox": row.sandbox, "journey_name": row.journey_name}
    return {**names, **_DEFAULTS, **{name: fields[name] for name in _FIELDS if name in fields}}


def without_external_texts(record: Record) -> dict[str, object]:
    """Remove the texts from outside from a record."""
    return {**record, **dict.fromkeys(EXTERNAL_TEXTS, "")}


def write_lines(path: Path, records: Iterable[Record]) -> int:
    """JSON lines; how many."""
    count = 0
    with atomic_file(path) as file:
        for record in records:
            file.write(f"{json.dumps(record, ensure_ascii=False)}\n".encode())
            count += 1
    return count


def write_csv(path: Path, records: Iterable[Record], columns: Sequence[str]) -> int:
    """CSV with a line of column names; how many records."""
    count = 0
    with atomic_file(path) as file:
        writer = csv.writer(codecs.getwriter("utf-8")(file), lineterminator="\n")
        writer.writerow(columns)
        for record in records:
            writer.writerow([_cell(record[name]) for name in columns])
            count += 1
    return count


def _cell(value: object) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def write_parquet(path: Path, records: Iterable[Record], columns: Mapping[str, type] = COLUMNS) -> int:
    """Write a Parquet file atomically; return the number of records."""
    import pyarrow as pa  # a large library, that a program which writes no file does without
    from pyarrow import parquet

    kinds = {int: pa.int64(), str: pa.string(), bool: pa.bool_()}
    schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
    count = 0
    with atomic_file(path, 0o600) as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _groups(records):
            writer.write_table(pa.Table.from_pylist(group, schema))
            count += len(group)
    return count


def read_parquet(path: Path) -> Iterator[dict[str, object]]:
    """Yield the records of a Parquet file, read in batches."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROW_GROUP):
            yield from batch.to_pylist()


def _groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    group: list[Record] = []
    for record in records:
        group.append(record)
        if len(group) == ROW_GROUP:
            yield group
            group = []
    if group:
        yield group
