"""Compiles journey versions: from the drawn activities and edges to a :class:`Program`."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.handlers import WaitHandler, handler_of, min_test_wait_ms
from engine.core.program import Exit, JourneyCompiler, Program, ProgramNode, edge_key, to_milliseconds
from engine.model.activity import TIMEOUT, Activity, kind_of
from engine.model.definitions import Definitions
from engine.model.journey import Edge, JourneyVersion


def compile_program(
    journey: JourneyVersion,
    definitions: Definitions,
    *,
    uid: str = "",
    version_uid: str = "",
    sandbox: str = "prod",
    organization: str = "sojourn",
) -> Program:
    """Compile a journey without errors. ``uid`` identifies the journey over all versions (else: its name)."""
    compiler = JourneyCompiler(definitions)
    ranks = {activity.id: rank for rank, activity in enumerate(sort_by_position(journey.activities))}
    nodes = {activity.id: _compile_node(activity, journey, compiler, ranks) for activity in journey.activities}
    entry = next(node for node in nodes.values() if node.id not in journey.incoming)
    waits = [(node, node.handler) for node in nodes.values() if isinstance(node.handler, WaitHandler)]
    properties = journey.properties
    return Program(
        journey=uid or journey.name,
        version=journey.version,
        name=journey.name,
        description=journey.description,
        namespace=journey.namespace,
        nodes=nodes,
        entry=entry,
        zone=properties.time_zone,
        use_profile_zone=properties.use_profile_time_zone,
        reentrance=properties.reentrance,
        reentrance_wait_ms=to_milliseconds(properties.reentrance_wait),
        timeout_ms=to_milliseconds(properties.timeout_and_error),
        global_timeout_ms=to_milliseconds(properties.global_timeout),
        source=journey,
        organization=organization,
        sandbox=sandbox,
        version_uid=version_uid or f"{uid or journey.name}:{journey.version}",
        awaited_events=frozenset(name for node, wait in waits for name in wait.events(node.settings)),
        awaited_segments=frozenset(change for node, wait in waits for change in wait.segment_changes(node.settings)),
        min_test_wait_ms=min_test_wait_ms(journey.activities),
    )


def sort_by_position(activities: tuple[Activity, ...]) -> list[Activity]:
    """Activities by the smallest y, then x, then file order; one without a position counts as at the origin."""
    return sorted(activities, key=lambda activity: tuple(reversed(activity.position or (0, 0))))


def _compile_node(
    activity: Activity, journey: JourneyVersion, compiler: JourneyCompiler, ranks: Mapping[str, int]
) -> ProgramNode:
    kind = kind_of(activity)
    handler = handler_of(kind)
    by_path: dict[str, list[Edge]] = {}
    for edge in journey.outgoing.get(activity.id, ()):
        by_path.setdefault(edge.path, []).append(edge)
    timeout_path = TIMEOUT if getattr(activity, "timeout_path", False) else ""
    return ProgramNode(
        id=activity.id,
        name=activity.label or activity.id,
        kind=kind,
        rank=ranks[activity.id],
        handler=handler,
        settings=handler.compile(activity, compiler),
        exits={path: _compile_exit(activity.id, path, edges, journey, ranks) for path, edges in by_path.items()},
        on_error=getattr(activity, "on_error", False),
        due_path=timeout_path,
    )


def _compile_exit(source: str, path: str, edges: list[Edge], journey: JourneyVersion, ranks: Mapping[str, int]) -> Exit:
    targets = sorted((edge.target for edge in edges), key=ranks.__getitem__)
    together = handler_of(kind_of(journey.by_id[targets[0]])).awaited
    if together:
        return Exit(edge_key(source, path), targets[0], tuple(targets))
    return Exit(edge_key(source, path), targets[0], to=targets[0])
