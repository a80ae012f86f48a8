"""A journey version that is ready to run: expressions, exits, order and limits are looked up beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.expression import Checked, Context, check
from engine.expression.compiler import compile_tree
from engine.expression.names import JOURNEY_PROPERTIES_SOURCE
from engine.expression.syntax import Chain, Conditional, FieldSegment, Literal, Node, Reference
from engine.expression.types import NULL, Type
from engine.model.activity import ActivityHandler
from engine.model.definitions import PROFILE_STORE, Definitions
from engine.model.fields import Field
from engine.model.journey import JourneyVersion


def to_milliseconds(length: timedelta) -> int:
    """Return a length of time as whole milliseconds."""
    return length // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Formula:
    """A compiled expression. A ``constant`` one has its ``value``, a JSON scalar, already.

    ``reads`` are the field groups without parameters that are read whatever else holds, as cache key, source and group;
    ``asks`` evaluate those with parameters, when there are several.
    """

    evaluate: Callable[[Context], Any]
    type: Type = NULL
    constant: bool = False
    value: object = None
    reads: tuple[tuple[str, str, str], ...] = ()
    asks: tuple[Callable[[Context], object], ...] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """A drawn exit: to one activity, or to a ``group`` of events, reactions and waits, topmost first."""

    transition: str
    first: str
    group: tuple[str, ...] = ()
    to: str = ""
    """The activity at which the person arrives; '' for a group."""


@dataclass(frozen=True, slots=True, eq=False)
class ProgramNode:
    """An activity, ready to run. ``rank`` orders activities from the topmost; ``exits`` has the drawn ones only."""

    id: str
    name: str
    kind: str
    rank: int
    handler: ActivityHandler
    settings: Any
    exits: Mapping[str, Exit]
    on_error: bool = False
    due_path: str = ""
    """The exit when the node's own time has come."""


@dataclass(frozen=True, eq=False)
class Program:
    """A journey version, ready to run. ``journey`` identifies the journey over all its versions and names."""

    journey: str
    version: int
    name: str
    description: str
    namespace: str | None
    nodes: Mapping[str, ProgramNode]
    entry: ProgramNode
    zone: str
    use_profile_zone: bool
    reentrance: bool
    reentrance_wait_ms: int
    timeout_ms: int
    global_timeout_ms: int
    source: JourneyVersion
    organization: str = "sojourn"
    sandbox: str = "prod"
    version_uid: str = ""
    awaited_events: frozenset[str] = frozenset()
    """The names of all events that the journey uses."""
    awaited_segments: frozenset[tuple[str, str]] = frozenset()
    """Each segment and change (``enter``, ``exit``) that the journey uses."""
    min_test_wait_ms: int = 0
    """Test mode waits at least this long."""


class JourneyCompiler:
    """Compiles the expressions of one journey; what they may read is every definition."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._scope = definitions.scope()
        self._formulas: dict[tuple[str, str], Formula] = {}

    def formula(self, text: str, expected: Type | None = None) -> Formula:
        """Return the formula of a text that has been checked. Texts without references are evaluated once."""
        key = (text, str(expected))
        found = self._formulas.get(key)
        if found is None:
            found = self._formulas[key] = self._compile(text, expected)
        return found

    def _compile(self, text: str, expected: Type | None) -> Formula:
        checked = check(text, self._scope, expected)
        if isinstance(checked.tree, Literal) and not checked.errors:
            return Formula(checked.compile().evaluate, checked.type, True, checked.tree.value)
        return Formula(checked.compile().evaluate, checked.type, reads=_reads(checked), asks=_asks(checked))

    def profile_type(self, name: str) -> Type:
        """Return the type of ``FieldGroup.path`` in the profile store."""
        group_name, *path = name.split(".")
        source = self.definitions.data_source[PROFILE_STORE]
        group = next(group for group in source.field_groups if group.name == group_name)
        found = Field("", "object", group.fields)
        for part in path:
            child = found.child(part)
            assert child is not None
            found = child
        return found.type


def edge_key(source: str, path: str) -> str:
    """How reports call the edges that leave an activity by one way: ``node`` or ``node:path``."""
    return f"{source}:{path}" if path else source


def _reads(checked: Checked) -> tuple[tuple[str, str, str], ...]:
    """Return the field groups without parameters that are always read, each once."""
    found: dict[str, tuple[str, str, str]] = {}
    for node in _always_read(checked.tree):
        names = [step.name for step in node.steps[:2] if isinstance(step, FieldSegment)]
        if node.sigil == "#" and not node.parameters and names[0] != JOURNEY_PROPERTIES_SOURCE:
            found[f"{names[0]}.{names[1]}"] = (f"{names[0]}.{names[1]}", names[0], names[1])
    return tuple(found.values())


def _asks(checked: Checked) -> tuple[Callable[[Context], object], ...]:
    """Return evaluations of the references with parameters that are always read, if there is more to read."""
    found = [node for node in _always_read(checked.tree) if node.parameters]
    if len(found) + len(_reads(checked)) < 2:
        return ()
    return tuple(compile_tree(node, checked.typed).evaluate for node in found)


def _always_read(tree: Node) -> Iterator[Reference]:
    """Yield the references outside of branches, defaults, collection conditions and right sides of and, or."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Conditional):
            waiting.append(node.condition)
        elif isinstance(node, Chain) and node.operators[0] in ("and", "or"):
            waiting.append(node.operands[0])
        elif isinstance(node, Reference):
            yield node
            waiting.extend(node.parameters or ())
        else:
            waiting.extend(node.children())
