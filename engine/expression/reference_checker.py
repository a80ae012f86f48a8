"""Checker of references: finds the event, field group or property, and the type at the end of the path."""

from __future__ import annotations

from collections.abc import Mapping

from engine.catalogue import Phrase, PhraseArgument
from engine.expression import syntax, types
from engine.expression.check_state import CheckState, PathFact
from engine.expression.errors import NAME, Fix, phrase
from engine.expression.names import (
    JOURNEY_PROPERTIES,
    JOURNEY_PROPERTIES_SOURCE,
    METHODS,
    ORIGINAL_ROOTS,
    ORIGINAL_SOURCES,
    quote_segment,
)
from engine.expression.paths import PathStep, field_step, method_step, names_in
from engine.expression.syntax import ITEM_OF, Node
from engine.expression.types import Type


def check_reference(checker: CheckState, node: syntax.Reference) -> Type:
    """Return the type of a reference; its default must have the type of the field."""
    found = _root(checker, node)
    default = types.UNKNOWN if node.default is None else checker.visit[type(node.default)](node.default)
    if node.default is not None and not types.fits(default, found):
        given, example = types.type_beside(default, found), types.example_of(found)
        if example is None:
            text = phrase("default_type", wanted=str(found), given=given)
        else:
            text = phrase("default_type.example", wanted=str(found), given=given, example=example)
        checker.fail("default_type", text, node.default)
    return found


def _root(checker: CheckState, node: syntax.Reference) -> Type:
    first = node.steps[0]
    if not isinstance(first, syntax.FieldSegment):
        return types.UNKNOWN
    if node.sigil == "@":
        return _event(checker, node, first)
    if first.name == JOURNEY_PROPERTIES_SOURCE:
        return _property(checker, node)
    return _field_group(checker, node, first)


def _event(checker: CheckState, node: syntax.Reference, first: syntax.FieldSegment) -> Type:
    name = first.name
    schema = checker.scope.events.get(name)
    if schema is None:
        return checker.fail_name(
            "unknown_event", phrase("unknown_event", name=name), first.name, checker.scope.events, first
        )
    checker.typed.references.events[name] = None
    return _follow(checker, node, "event", (name,), schema, node.steps[1:], "@", name)


def _property(checker: CheckState, node: syntax.Reference) -> Type:
    steps = node.steps[1:]
    if not steps:
        return checker.fail("expected_property", phrase("expected_property"), node, kind=NAME)
    step = steps[0]
    if not isinstance(step, syntax.FieldSegment):
        return types.UNKNOWN if isinstance(step, syntax.Missing) else _not_a_method(checker, step, "JourneyProperties")
    found = JOURNEY_PROPERTIES.get(step.name)
    if found is None:
        return checker.fail_name(
            "unknown_property", phrase("unknown_property", name=step.name), step.name, JOURNEY_PROPERTIES, step
        )
    if node.parameters is not None:
        checker.fail("unknown_parameter", phrase("unknown_parameter.property"), node, kind=NAME)
    return _follow(checker, node, "property", (step.name,), found, steps[1:], "#", step.name)


def _field_group(checker: CheckState, node: syntax.Reference, first: syntax.FieldSegment) -> Type:
    sources = checker.scope.sources
    store = first.name if first.name in sources else ORIGINAL_SOURCES.get(first.name, "")
    source = sources.get(store)
    if source is None:
        base = phrase("unknown_source", name=first.name)
        return checker.fail_name("unknown_source", base, first.name, (*sources, JOURNEY_PROPERTIES_SOURCE), first)
    step = node.steps[1] if len(node.steps) > 1 else syntax.Missing(start=first.start, end=first.end)
    if not isinstance(step, syntax.FieldSegment):
        if isinstance(step, syntax.Method):
            return _not_a_method(checker, step, first.name)
        text = phrase("expected_group", name=first.name, names=", ".join(sorted(source)[:8]))
        return checker.fail("expected_group", text, first, kind=NAME)
    spellings = (step.name, *(ORIGINAL_ROOTS if step.name in ORIGINAL_ROOTS else ()))
    group = next((name for name in spellings if name in source), step.name)
    schema = source.get(group)
    if schema is None:
        base = phrase("unknown_group", source=first.name, name=step.name)
        return checker.fail_name("unknown_group", base, step.name, source, step)
    parameters = _parameters(checker, node, schema, f"{store}.{group}")
    names = (store, group)
    checker.typed.references.field_groups[names] = None
    steps = _own_steps(node.steps[2:], store, schema)
    result = _follow(checker, node, "group", names, schema.fields, steps, "#", group, parameters)
    if not isinstance(result, types.UnknownType):
        _demand_parameters(checker, node, schema, f"{store}.{group}")
    return result


def _own_steps(steps: tuple[Node, ...], store: str, schema: types.FieldGroupSchema) -> tuple[Node, ...]:
    """Return the steps below a group, without the one that the original product has before the fields of a profile."""
    first = steps[0] if len(steps) > 1 else None
    if not isinstance(first, syntax.FieldSegment) or store not in ORIGINAL_SOURCES.values():
        return steps
    is_root = first.name in ORIGINAL_ROOTS and first.name not in schema.fields.fields
    return steps[1:] if is_root else steps


def _parameters(
    checker: CheckState, node: syntax.Reference, schema: types.FieldGroupSchema, where: str
) -> tuple[tuple[str, Node], ...]:
    """Return the expressions for the parameters, in the schema's order."""
    given: dict[str, syntax.ReferenceParameter] = {}
    for parameter in node.parameters or ():
        of = checker.visit[type(parameter.value)](parameter.value)
        if isinstance(of, types.ListType | types.ObjectType | types.MapType):
            text = phrase("wrong_type.parameter", name=parameter.name, type=str(of))
            checker.fail("wrong_type", text, parameter.value)
        if parameter.name not in schema.parameters:
            base = phrase("unknown_parameter", owner=where, name=parameter.name)
            end = parameter.start + len(quote_segment(parameter.name))
            checker.fail_name("unknown_parameter", base, parameter.name, schema.parameters, parameter, end)
        given[parameter.name] = parameter
    return tuple((name, given[name].value) for name in schema.parameters if name in given)


def _demand_parameters(checker: CheckState, node: syntax.Reference, schema: types.FieldGroupSchema, where: str) -> None:
    """Report parameters without a value, unless it seems that one of them is misspelt."""
    given = {parameter.name for parameter in node.parameters or ()}
    lacking = [name for name in schema.parameters if name not in given]
    if lacking and given <= set(schema.parameters):
        example = ", ".join(f"{quote_segment(name)}: …" for name in lacking)
        names: PhraseArgument = lacking[0]
        for name in lacking[1:]:
            names = phrase("and", one=names, other=name)
        checker.fail("missing_parameter", phrase("missing_parameter", name=where, lacking=names, example=example), node)


def check_item(checker: CheckState, node: syntax.Item) -> Type:
    """Return the type of a path from the item of the collection whose condition this is."""
    if checker.item is None:
        text = phrase("item_outside_condition", name=node.name)
        return checker.fail("item_outside_condition", text, node, kind=NAME)
    name, of = checker.item
    if node.name != name:
        fix = Fix(node.start, node.start + len(node.name), name)
        return checker.fail("other_item", phrase("other_item", name=name), node, (fix,), kind=NAME)
    sigil = next(sigil for sigil, item in ITEM_OF.items() if item == name)
    return _follow(checker, node, "item", (), of, node.steps, sigil, name)


# The path


def _follow(
    checker: CheckState,
    owner: Node,
    root: str,
    names: tuple[str, ...],
    start: Type,
    nodes: tuple[Node, ...],
    sigil: str,
    where: str,
    parameters: tuple[tuple[str, Node], ...] = (),
) -> Type:
    """Follow the path of a reference or item from a type, keep the fact, and return the type at the end."""
    of = start
    steps: list[PathStep] = []
    methods: list[syntax.Method | None] = []
    for node in nodes:
        if isinstance(node, syntax.FieldSegment):
            step = field_step(of, node.name)
            if step is None and not isinstance(of, types.UnknownType):
                _no_field(checker, node, of, where)
            where = node.name
        elif isinstance(node, syntax.Method):
            step = _method(checker, node, of, sigil, where)
        else:
            step = None
        if step is None:
            of = types.UNKNOWN
            break
        steps.append(step)
        methods.append(node if isinstance(node, syntax.Method) else None)
        of = step.type
    checker.typed.facts[id(owner)] = PathFact(root, names, tuple(steps), tuple(methods), start, parameters)
    return of


def _no_field(checker: CheckState, node: syntax.FieldSegment, of: Type, where: str) -> None:
    inner = of.item if isinstance(of, types.ListType) else of
    if isinstance(inner, types.MapType):
        name = quote_segment(node.name) if node.name.startswith("'") else f"'{node.name}'"
        if isinstance(of, types.MapType):
            fix = (Fix(node.start, node.end, f"entry({name})"),)
            checker.fail("map_field", phrase("map_field", name=where, key=name), node, fix)
        else:
            checker.fail("map_field", phrase("map_field.list", name=where), node)
        return
    base = phrase("unknown_field", owner=where, name=node.name)
    if isinstance(inner, types.Scalar):
        base = phrase("unknown_field.scalar", owner=where, type=str(of), name=node.name)
    whole, _, rest = node.name.partition("-")
    if whole in names_in(of) and rest:
        spaced = " - ".join((quote_segment(whole), rest))
        fix = (Fix(node.start, node.end, spaced),)
        checker.fail("unknown_field", phrase("hyphens", base=base, spaced=spaced), node, fix, kind=NAME)
        return
    checker.fail_name("unknown_field", base, node.name, names_in(of), node)


def _method(checker: CheckState, node: syntax.Method, of: Type, sigil: str, where: str) -> PathStep | None:
    if node.name not in METHODS:
        base = phrase("unknown_method", name=node.name)
        checker.fail_name("unknown_method", base, node.name, METHODS, node, node.start + len(node.name))
        return None
    given = _method_arguments(checker, node, of, sigil)
    argument = node.arguments[0] if node.arguments else None
    key = str(argument.value) if isinstance(argument, syntax.Literal) else ""
    step = method_step(of, node.name, key, argument is not None)
    if step is None:
        if not isinstance(of, types.UnknownType):
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
    if isinstance(of, types.MapType):
        return phrase("instead.map")
    if isinstance(of, types.ListType) and isinstance(of.item, types.MapType):
        return phrase("instead.one_map", method=f".{method}()")
    return phrase("instead.items") if isinstance(of, types.ListType) else phrase("instead.remove")


def _method_arguments(checker: CheckState, node: syntax.Method, of: Type, sigil: str) -> tuple[Type, ...]:
    """Return the types of a method's arguments; a condition sees the item of the collection."""
    outer = checker.item
    if node.name in ("all", "first", "last"):
        checker.item = (ITEM_OF[sigil], of.item if isinstance(of, types.ListType) else types.UNKNOWN)
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


def _method_argument(checker: CheckState, node: syntax.Method, given: tuple[Type, ...]) -> bool:
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
        if isinstance(argument, syntax.Literal) and isinstance(argument.value, str):
            return True
        checker.fail("constant_expected", phrase("constant_expected.entry"), argument)
        return False
    wanted = types.INTEGER if node.name == "at" else types.BOOLEAN
    condition = phrase("subject.condition", name=f".{node.name}()")
    checker.want(given[0], wanted, argument, phrase("subject.position") if node.name == "at" else condition)
    return types.fits(given[0], wanted)


def _not_a_method(checker: CheckState, node: Node, where: str) -> Type:
    return checker.fail("method_type", phrase("method_type", name=where), node)
