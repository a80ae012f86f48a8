"""The beginning of a file of profiles, as an import would read it: encoding, head, rows, and targets of its columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from engine.core.declared import STANDARD, ProfileSchema, profile_schema
from engine.model.address import EMAIL, PHONE
from engine.model.definitions import Definitions
from engine.model.fields import Field
from engine.services.address_files import names_address
from engine.services.profile_chunks import form_of, split_profiles
from engine.services.profile_files import COMMENT, IDENTITY, separated
from engine.services.profile_views import ColumnPreview, FilePreview
from engine.services.text_encoding import file_encoding, read_text_lines

SHOWN = 20
_TEST = "testProfile"
_PLAIN = re.compile(r"[\W_]+")


def preview_file(path: Path, definitions: Definitions, encoding: str = "", separator: str = "") -> FilePreview:
    """Read the first rows of a file; raises SojournError for one that cannot be read."""
    form, found = form_of(path), file_encoding(path, encoding)
    schema = profile_schema(definitions)
    lines = read_text_lines(path, found.name)
    targets = tuple(target_names(schema))
    declared = tuple(name for name, _ in _attributes(schema.fields))
    if form == "json":
        some = tuple((line.strip(),) for line in islice((line for line in lines if line.strip()), SHOWN))
        return FilePreview("json", found.name, found.guessed, "", (), some, targets, declared)
    first = next(split_profiles(lines, "csv", SHOWN, separator), None)
    sign, _, text = separated(first.text if first is not None else "")
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    head = [cell.strip() for cell in table[0]] if table else []
    while head and not head[-1]:
        head.pop()
    columns = tuple(ColumnPreview(name, suggest_target(name, schema)) for name in head)
    rows = tuple(tuple(row) for row in table[1 : SHOWN + 1] if any(cell.strip() for cell in row))
    return FilePreview("csv", found.name, found.guessed, sign, columns, rows, targets, declared)


def target_names(schema: ProfileSchema) -> Iterator[str]:
    """Yield what a column can be: identities by namespace, the mark of test profiles, attributes."""
    yield from (f"{IDENTITY}{code}" for code in sorted(schema.namespaces))
    yield _TEST
    declared = [name for name, _ in _attributes(schema.fields)]
    yield from declared
    yield from sorted(STANDARD - set(declared))


def _attributes(fields: tuple[Field, ...], path: str = "") -> Iterator[tuple[str, Field]]:
    for field in fields:
        if field.kind == "object":
            yield from _attributes(field.fields, f"{path}{field.name}.")
        else:
            yield f"{path}{field.name}", field


def suggest_target(head: str, schema: ProfileSchema) -> str:
    """Return the target that a column's head suggests; '' if none is certain."""
    if not head or head.startswith(COMMENT):
        return ""
    known = tuple(target_names(schema))
    if head in known:
        return head
    plain = _PLAIN.sub("", head).casefold()
    same = [name for name in known if _PLAIN.sub("", name.removeprefix(IDENTITY)).casefold() == plain]
    if same:
        return same[0]
    if names_address("email", head):
        return f"{IDENTITY}{EMAIL}"
    if names_address("sms", head):
        return f"{IDENTITY}{PHONE}"
    return "" if schema.fields else head
