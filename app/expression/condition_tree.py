"""Editing the tree of the simple editor: putting in, taking out, moving and turning, by path. Pure.

A path is the positions from the top group down. A row may be unfinished while one fills it in: it then has no field,
no operator or too few values, and is left out of the text.
"""

from __future__ import annotations

from dataclasses import replace

from engine.expression.simple_form import (
    CHOICES,
    SEGMENT_CHOICES,
    ConditionGroup,
    ConditionRow,
    OperatorChoice,
    choices_for,
    to_text,
)
from engine.expression.types import STRING, Type

ConditionPart = ConditionGroup | ConditionRow
Path = tuple[int, ...]

EMPTY = ConditionGroup("and", ())
BLANK = ConditionRow("", "")
"""A row whose field is still to be chosen."""


def part_at(top: ConditionGroup, path: Path) -> ConditionPart:
    """Return the group or row at a path. Raises ``IndexError`` or ``TypeError`` for a path that leads nowhere."""
    part: ConditionPart = top
    for position in path:
        if isinstance(part, ConditionRow):
            raise TypeError("a row holds nothing")
        part = part.parts[position]
    return part


def group_at(top: ConditionGroup, path: Path) -> ConditionGroup:
    """Return the group at a path."""
    group = part_at(top, path)
    assert isinstance(group, ConditionGroup)
    return group


def path_of(top: ConditionGroup, wanted: ConditionPart) -> Path:
    """Return the path of a part, found as the very same one; the top's when it is not there."""
    for at, part in enumerate(top.parts):
        if part is wanted:
            return (at,)
        inner = path_of(part, wanted) if isinstance(part, ConditionGroup) else ()
        if inner:
            return (at, *inner)
    return ()


def with_part(top: ConditionGroup, path: Path, part: ConditionPart) -> ConditionGroup:
    """Return the tree with another part at a path."""
    if not path:
        return part if isinstance(part, ConditionGroup) else ConditionGroup("and", (part,))
    head, rest = path[0], path[1:]
    inner = top.parts[head]
    made = with_part(inner, rest, part) if rest and isinstance(inner, ConditionGroup) else part
    return replace(top, parts=(*top.parts[:head], made, *top.parts[head + 1 :]))


def inserted(top: ConditionGroup, group: Path, position: int, part: ConditionPart) -> ConditionGroup:
    """Return the tree with a part more, at a position of the group at a path."""
    into = group_at(top, group)
    parts = (*into.parts[:position], part, *into.parts[position:])
    return with_part(top, group, replace(into, parts=parts))


def removed(top: ConditionGroup, path: Path) -> ConditionGroup:
    """Return the tree without the part at a path; groups that are empty then go too."""
    parent = group_at(top, path[:-1])
    left = replace(parent, parts=(*parent.parts[: path[-1]], *parent.parts[path[-1] + 1 :]))
    if not left.parts and len(path) > 1:
        return removed(top, path[:-1])
    return with_part(top, path[:-1], left)


def moved(top: ConditionGroup, source: Path, group: Path, position: int) -> ConditionGroup:
    """Return the tree with the part at ``source`` moved to a position of a group; into itself it stays where it is."""
    if group[: len(source)] == source:
        return top
    part = part_at(top, source)
    mark = ConditionRow("", "moved")
    marked = inserted(with_part(top, source, mark), group, position, part)
    return removed(marked, path_of(marked, mark))


def neighbour(top: ConditionGroup, path: Path, step: int) -> tuple[Path, int] | None:
    """Where a part goes by a step up (-1) or down (1): past a row, or into or out of a group; None at the ends."""
    parent, at = path[:-1], path[-1]
    group = group_at(top, parent)
    beside = at + step
    if 0 <= beside < len(group.parts):
        other = group.parts[beside]
        if isinstance(other, ConditionGroup):
            return (*parent, beside), 0 if step > 0 else len(other.parts)
        return parent, beside + (1 if step > 0 else 0)
    if not parent:
        return None
    return parent[:-1], parent[-1] + (1 if step > 0 else 0)


def choice_of(operator: str) -> OperatorChoice | None:
    """Return the operator's entry in the table, whatever it is for."""
    every = (one for table in (*CHOICES.values(), SEGMENT_CHOICES) for one in table)
    return next((one for one in every if one.operator == operator), None)


def type_for(row: ConditionRow, known: Type | None) -> Type:
    """Return the type of a row's field; of a field that is not known, one that its operator is for."""
    if known is not None:
        return known
    return next((of for of in CHOICES if any(one.operator == row.operator for one in choices_for(of))), STRING)


def is_finished(part: ConditionPart) -> bool:
    """Whether a row can be written, or a group holds one that can."""
    if isinstance(part, ConditionGroup):
        return any(is_finished(one) for one in part.parts)
    choice = choice_of(part.operator)
    if choice is None or not (part.field or choice in SEGMENT_CHOICES):
        return False
    return bool(part.values) if choice.values < 0 else len(part.values) == choice.values


def finished(group: ConditionGroup) -> ConditionGroup:
    """Return the tree with its finished rows alone."""
    kept = tuple(finished(one) if isinstance(one, ConditionGroup) else one for one in group.parts if is_finished(one))
    return replace(group, parts=kept)


def written(group: ConditionGroup) -> str:
    """Return the tree in the language; '' when no row is finished."""
    return to_text(finished(group)) if is_finished(group) else ""
