"""Checker of references: finds the event, field group or property, and the type at the end of the path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.catalogue import Phrase, PhraseArgument
from engine.expression.errors import NAME, ExpressionError, Fix, phrase
from engine.expression.names import (
    JOURNEY_PROPERTIES,
    JOURNEY_PROPERTIES_SOURCE,
    METHODS,
    quote_segment,
    unknown_name,
)
from engine.expression.paths import PathStep, field_step, method_step, names_in
from engine.expression.syntax import (
    ITEM_OF,
    FieldSegment,
    Item,
    Literal,
    Method,
    Missing,
    Node,
    Reference,
    ReferenceParameter,
)
from engine.expression.types import (
    BOOLEAN,
    INTEGER,
    UNKNOWN,
    FieldGroupSchema,
    ListType,
    MapType,
    ObjectType,
    Scalar,
    Type,
    UnknownType,
    example_of,
    fits,
    type_beside,
)

if TYPE_CHECKING:
    from engine.expression.checker import Checker


@dataclass(frozen=True, slots=True)
class FieldGroupUse:
    """A field group that may be fetched: its source and name, and the expressions of its parameters."""

    source: str
    group: str
    parameters: tuple[tuple[str, Node], ...]


@dataclass(slots=True)
class References:
    """What an expression reads from outside. Dictionaries stand for ordered sets."""

    events: dict[tuple[str, tuple[str, ...]], None] = field(default_factory=dict)
    fields: dict[tuple[str, str, tuple[str, ...]], None] = field(default_factory=dict)
    groups: list[FieldGroupUse] = field(default_factory=list)
    segments: dict[str, None] = field(default_factory=dict)
    journey_properties: dict[str, None] = field(default_factory=dict)
    draws: bool = False

    @property
    def event_fields(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each event with the path of fields read from it, without methods."""
        return tuple(self.events)

    @property
    def event_names(self) -> tuple[str, ...]:
        """The events read, each once."""
        return tuple(dict.fromkeys(name for name, _ in self.events))

    @property
    def field_groups(self) -> tuple[FieldGroupUse, ...]:
        """The field groups that may be fetched."""
        return tuple(self.groups)

    @property
    def source_fields(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """Each source and field group with the path of fields read from it, without methods."""
        return tuple(self.fields)


@dataclass(slots=True)
class PathFact:
    """How a reference is read: its root, and the steps from there with the method nodes they come from.

    ``root``: ``event`` (``names`` is the event), ``group`` (source and group), ``property`` (the name) or ``item``.
    """

    root: str
    names: tuple[str, ...]
    steps: tuple[PathStep, ...]
    methods: tuple[Method | None, ...]
    start: Type
    parameters: tuple[tuple[str, Node], ...] = ()


def check_reference(checker: Checker, node: Reference) -> Type:
    """Return the type of a reference; its default must have the type of the field."""
    found = _root(checker, node)
    default = UNKNOWN if node.default is None else checker.visit[type(node.default)](node.default)
    if node.default is not None and not fits(default, found):
        given, example = type_beside(default, found), example_of(found)
        if example is None:
            text = phrase("default_type", wanted=str(found), given=given)
        else:
            text = phrase("default_type.example", wanted=str(found), given=given, example=example)
        checker.fail("default_type", text, node.default)
    return found


def _root(checker: Checker, node: Reference) -> Type:
    first = node.steps[0]
    if not isinstance(first, FieldSegment):
        return UNKNOWN
    if node.sigil == "@":
        return _event(checker, node, first)
    if first.name == JOURNEY_PROPERTIES_SOURCE:
        return _property(checker, node)
    return _field_group(checker, node, first)


def _event(checker: Checker, node: Reference, first: FieldSegment) -> Type:
    name = first.name
    schema = checker.scope.events.get(name)
    if schema is None:
        return _unknown(checker, "unknown_event", phrase("unknown_event", name=name), first, checker.scope.events)
    fact, result, names = _walk(checker, "event", (name,), schema, node.steps[1:], "@", name)
    checker.typed.references.events[(name, names)] = None
    checker.typed.facts[id(node)] = fact
    return result


def _property(checker: Checker, node: Reference) -> Type:
    steps = node.steps[1:]
    if not steps:
        checker.fail("expected_property", phrase("expected_property"), node, kind=NAME)
        return UNKNOWN
    step = steps[0]
    if not isinstance(step, FieldSegment):
        return UNKNOWN if isinstance(step, Missing) else _not_a_method(checker, step, "JourneyProperties")
    found = JOURNEY_PROPERTIES.get(step.name)
    if found is None:
        return _unknown(
            checker, "unknown_property", phrase("unknown_property", name=step.name), step, JOURNEY_PROPERTIES
        )
    if node.parameters is not None:
        checker.fail("unknown_parameter", phrase("unknown_parameter.property"), node, kind=NAME)
    fact, result, _ = _walk(checker, "property", (step.name,), found, steps[1:], "#", step.name)
    checker.typed.references.journey_properties[step.name] = None
    checker.typed.facts[id(node)] = fact
    return result


def _field_group(checker: Checker, node: Reference, first: FieldSegment) -> Type:
    sources = checker.scope.sources
    source = sources.get(first.name)
    if source is None:
        base = phrase("unknown_source", name=first.name)
        return _unknown(checker, "unknown_source", base, first, (*sources, JOURNEY_PROPERTIES_SOURCE))
    step = node.steps[1] if len(node.steps) > 1 else Missing(start=first.start, end=first.end)
    if not isinstance(step, FieldSegment):
        if isinstance(step, Method):
            return _not_a_method(checker, step, first.name)
        text = phrase("expected_group", name=first.name, names=", ".join(sorted(source)[:8]))
        checker.fail("expected_group", text, first, kind=NAME)
        return UNKNOWN
    schema = source.get(step.name)
    if schema is None:
        base = phrase("unknown_group", source=first.name, name=step.name)
        return _unknown(checker, "unknown_group", base, step, source)
    parameters = _parameters(checker, node, schema, f"{first.name}.{step.name}")
    names = (first.name, step.name)
    fact, result, fields = _walk(checker, "group", names, schema.fields, node.steps[2:], "#", step.name)
    fact.parameters = parameters
    if not isinstance(result, UnknownType):
        _demand_parameters(checker, node, schema, f"{first.name}.{step.name}")
    checker.typed.references.groups.append(FieldGroupUse(*names, parameters))
    checker.typed.references.fields[(*names, fields)] = None
    checker.typed.facts[id(node)] = fact
    return result


def _parameters(
    checker: Checker, node: Reference, schema: FieldGroupSchema, where: str
) -> tuple[tuple[str, Node], ...]:
    """Return the expressions for the parameters, in the schema's order."""
    given: dict[str, ReferenceParameter] = {}
    for parameter in node.parameters or ():
        of = checker.visit[type(parameter.value)](parameter.value)
        if isinstance(of, ListType | ObjectType | MapType):
            text = phrase("wrong_type.parameter", name=parameter.name, type=str(of))
            checker.fail("wrong_type", text, parameter.value)
        if parameter.name not in schema.parameters:
            base = phrase("unknown_parameter", owner=where, name=parameter.name)
            end = parameter.start + len(quote_segment(parameter.name))
            checker.typed.errors.append(
                unknown_name("unknown_parameter", base, parameter.name, schema.parameters, parameter.start, end)
            )
        given[parameter.name] = parameter
    return tuple((name, given[name].value) for name in schema.parameters if name in given)


def _demand_parameters(checker: Checker, node: Reference, schema: FieldGroupSchema, where: str) -> None:
    """Report parameters without a value, unless it seems that one of them is misspelt."""
    given = {parameter.name for parameter in node.parameters or ()}
    lacking = [name for name in schema.parameters if name not in given]
    if lacking and given <= set(schema.parameters):
        example = ", ".join(f"{quote_segment(name)}: …" for name in lacking)
        names: PhraseArgument = lacking[0]
        for name in lacking[1:]:
            names = phrase("and", one=names, other=name)
        checker.fail("missing_parameter", phrase("missing_parameter", name=where, lacking=names, example=example), node)


def check_item(checker: Checker, node: Item) -> Type:
    """Return the type of a path from the item of the collection whose condition this is."""
    if checker.item is None:
        checker.fail("item_outside_condition", phrase("item_outside_condition", name=node.name), node, kind=NAME)
        return UNKNOWN
    name, of = checker.item
    if node.name != name:
        fix = Fix(f"Write {name}", node.start, node.start + len(node.name), name)
        checker.fail("other_item", phrase("other_item", name=name), node, (fix,), kind=NAME)
        return UNKNOWN
    sigil = next(sigil for sigil, item in ITEM_OF.items() if item == name)
    fact, result, _ = _walk(checker, "item", (), of, node.steps, sigil, name)
    checker.typed.facts[id(node)] = fact
    return result


# The path


def _walk(
    checker: Checker, root: str, names: tuple[str, ...], start: Type, nodes: tuple[Node, ...], sigil: str, where: str
) -> tuple[PathFact, Type, tuple[str, ...]]:
    """Follow a path from a type. The fact, the type at the end, and the names of the fields on the way."""
    of = start
    steps: list[PathStep] = []
    methods: list[Method | None] = []
    passed: list[str] = []
    for node in nodes:
        if isinstance(node, FieldSegment):
            step = field_step(of, node.name)
            if step is None and not isinstance(of, UnknownType):
                _no_field(checker, node, of, where)
            passed.append(node.name)
            where = node.name
        elif isinstance(node, Method):
            step = _method(checker, node, of, sigil, where)
        else:
            step = None
        if step is None:
            of = UNKNOWN
            break
        steps.append(step)
        methods.append(node if isinstance(node, Method) else None)
        of = step.type
    return PathFact(root, names, tuple(steps), tuple(methods), start), of, tuple(passed)


def _no_field(checker: Checker, node: FieldSegment, of: Type, where: str) -> None:
    """Report a field that does not exist."""
    inner = of.item if isinstance(of, ListType) else of
    if isinstance(inner, MapType):
        name = quote_segment(node.name) if node.name.startswith("'") else f"'{node.name}'"
        if isinstance(of, MapType):
            fix = (Fix(f"Write entry({name})", node.start, node.end, f"entry({name})"),)
            checker.fail("map_field", phrase("map_field", name=where, key=name), node, fix)
        else:
            checker.fail("map_field", phrase("map_field.list", name=where), node)
        return
    base = phrase("unknown_field", owner=where, name=node.name)
    if isinstance(inner, Scalar):
        base = phrase("unknown_field.scalar", owner=where, type=str(of), name=node.name)
    whole, _, rest = node.name.partition("-")
    if whole in names_in(of) and rest:
        spaced = " - ".join((quote_segment(whole), rest))
        fix = (Fix(f"Write {spaced}", node.start, node.end, spaced),)
        checker.fail("unknown_field", phrase("hyphens", base=base, spaced=spaced), node, fix, kind=NAME)
        return
    _unknown(checker, "unknown_field", base, node, names_in(of))


def _method(checker: Checker, node: Method, of: Type, sigil: str, where: str) -> PathStep | None:
    """Check a method of a collection or a map."""
    if node.name not in METHODS:
        error = unknown_name(
            "unknown_method",
            phrase("unknown_method", name=node.name),
            node.name,
            METHODS,
            node.start,
            node.start + len(node.name),
        )
        checker.typed.errors.append(error)
        return None
    given = _method_arguments(checker, node, of, sigil)
    argument = node.arguments[0] if node.arguments else None
    key = str(argument.value) if isinstance(argument, Literal) else ""
    step = method_step(of, node.name, key, argument is not None)
    if step is None:
        if not isinstance(of, UnknownType):
            text = phrase(
                "method_type.list" if node.name in ("all", "first", "last", "at") else "method_type.map",
                method=f".{node.name}()",
                name=where,
                type=str(of),
                instead=_instead_of(of, node.name),
            )
            checker.fail("method_type", text, node)
        return None
    return step if _method_argument(checker, node, given) else None


def _instead_of(of: Type, method: str) -> Phrase:
    """Advise what to write where a method does not fit the type before it."""
    if isinstance(of, MapType):
        return phrase("instead.map")
    if isinstance(of, ListType) and isinstance(of.item, MapType):
        return phrase("instead.one_map", method=f".{method}()")
    return phrase("instead.items") if isinstance(of, ListType) else phrase("instead.remove")


def _method_arguments(checker: Checker, node: Method, of: Type, sigil: str) -> tuple[Type, ...]:
    """Return the types of a method's arguments; a condition sees the item of the collection."""
    outer = checker.item
    if node.name in ("all", "first", "last"):
        checker.item = (ITEM_OF[sigil], of.item if isinstance(of, ListType) else UNKNOWN)
    given: list[Type] = []
    for argument in node.arguments:
        found = checker.visit[type(argument)](argument)
        given.append(found)
    checker.item = outer
    return tuple(given)


_ARGUMENT_COUNTS: Mapping[str, tuple[int, ...]] = {
    "all": (0, 1), "first": (0, 1), "last": (0, 1), "at": (1,), "entry": (1,), "keys": (0,), "firstEntryKey": (0,),
}  # fmt: skip
_CONDITION = phrase("arguments.condition")
_ARGUMENT_WORDS: Mapping[str, Phrase] = {
    "all": _CONDITION, "first": _CONDITION, "last": _CONDITION,
    "at": phrase("arguments.integer"), "entry": phrase("arguments.key"),
}  # fmt: skip


def _method_argument(checker: Checker, node: Method, given: tuple[Type, ...]) -> bool:
    """Check the argument of a method; whether it is as it should be."""
    if len(given) not in _ARGUMENT_COUNTS[node.name]:
        arguments, method = _ARGUMENT_WORDS.get(node.name), f".{node.name}()"
        if arguments is None:
            text = phrase("argument_count.none", method=method, given=len(given))
        else:
            text = phrase("argument_count.method", method=method, arguments=arguments, given=len(given))
        checker.fail("argument_count", text, node)
        return False
    if not given:
        return True
    argument = node.arguments[0]
    if node.name == "entry":
        if isinstance(argument, Literal) and isinstance(argument.value, str):
            return True
        checker.fail("constant_expected", phrase("constant_expected.entry"), argument)
        return False
    wanted = INTEGER if node.name == "at" else BOOLEAN
    condition = phrase("subject.condition", name=f".{node.name}()")
    checker.want(given[0], wanted, argument, phrase("subject.position") if node.name == "at" else condition)
    return fits(given[0], wanted)


def _not_a_method(checker: Checker, node: Node, where: str) -> Type:
    checker.fail("method_type", phrase("method_type", name=where), node)
    return UNKNOWN


def _unknown(checker: Checker, code: str, base: Phrase, node: FieldSegment, known: object) -> Type:
    names = [str(name) for name in known] if isinstance(known, Mapping | tuple) else []
    error: ExpressionError = unknown_name(code, base, node.name, names, node.start, node.end)
    checker.typed.errors.append(error)
    return UNKNOWN
