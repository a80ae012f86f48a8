"""Commands on single records of a workspace: people, segments, definitions, discards, dead letters; and erasure."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.catalogue import format_sentence
from engine.cli import EXIT_USAGE, GOOD, NO, Arguments, print_line
from engine.cli.workspaces import split_version, workspace
from engine.errors import SojournError
from engine.facade import Engine
from engine.services.views import Caller, ErasureResult, VersionRow

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

INSIDE = {"in": True, "out": False, "rule": None}
"""Ways to decide a membership: by hand, or by the segment's rule."""


def list_people(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the people of a version of a journey, the newest by default, one JSON line each."""
    version = _version(engine, caller, arguments.journey)
    rows = engine.reports.people(caller, version.id, arguments.activity, arguments.limit)
    _print_rows(rows)


def show_person(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print a profile as JSON."""
    profile = engine.profiles.get(caller, arguments.namespace, arguments.value)
    if profile is None:
        raise SojournError("profile_unknown.namespace", namespace=arguments.namespace)
    print_line(profile.model_dump_json(indent=2, exclude_defaults=True))


def resume_person(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Let a person of a journey, or all who failed, go on from the step that failed."""
    if not arguments.instance:
        count = engine.operations.resume_failed(caller, arguments.journey, arguments.activity)
        print_line(f"{count} go on in {arguments.journey}")
        return
    version = _version(engine, caller, arguments.journey)
    engine.journeys.resume(caller, version.id, arguments.instance)
    print_line(f"{arguments.instance} goes on in {version.name}, version {version.version}")


def list_segments(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the segments with the number of people inside, one JSON line each."""
    _print_rows(engine.segments.list(caller))


def set_segment(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Put a person into a segment or out of it by hand, or let the segment's rule decide again."""
    inside = INSIDE[arguments.membership]
    engine.segments.set_membership(caller, arguments.name, arguments.namespace, arguments.value, inside)
    print_line(f"{arguments.name}: {arguments.membership}")


def show_definition(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print a definition in its file form, secrets as placeholders."""
    body = engine.definitions.get(caller, arguments.kind, arguments.name)
    print_line(json.dumps(body, indent=2, ensure_ascii=False))


def list_discards(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the refused events, newest first, one JSON line each."""
    _print_rows(engine.reports.discards(caller, arguments.limit))


def list_failed(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the people whose journey ended in an error, one JSON line each."""
    chosen = (arguments.journey, arguments.activity, arguments.key, arguments.limit)
    _print_rows(engine.operations.failed(caller, *chosen))


def list_received(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the accepted events, newest first, one JSON line each."""
    for row in engine.operations.received(caller, arguments.search, arguments.limit):
        print_line(json.dumps({"id": row.id, "at": row.at}, ensure_ascii=False))


def show_event(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print an accepted event with its document."""
    _print_rows((engine.operations.event(caller, arguments.id),))


def show_dead_letter(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print a dead letter with what it holds."""
    _print_rows((engine.operations.dead_letter(caller, arguments.id),))


def drop_dead_letters(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Delete dead letters for good."""
    print_line(f"{engine.operations.drop(caller, arguments.ids)} dropped")


def list_suspended(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the segments and journeys that are suspended, with the reason, one JSON line each."""
    for row in engine.operations.suspended(caller):
        line = {"kind": row.kind, "name": row.name, "reason": format_sentence(row.reason)}
        print_line(json.dumps(line, ensure_ascii=False))


def resume_suspended(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Run a suspended segment or journey again."""
    engine.operations.resume(caller, arguments.kind, arguments.name)
    print_line(f"{arguments.name} goes on")


def release_timers(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Let the overdue timers fire that are held."""
    print_line(f"{engine.operations.release_timers(caller)} timers go on")


def accept_clock(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Follow the machine's clock after a jump."""
    print_line(f"time goes on {engine.operations.accept_clock(caller)} seconds later")


def list_dead_letters(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the dead letters, one JSON line each."""
    _print_rows(engine.reports.dead_letters(caller))


def retry_dead_letters(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Process dead letters again: the given rows, or all."""
    ids = arguments.ids or [row.id for row in engine.reports.dead_letters(caller)]
    print_line(f"{engine.reports.retry(caller, ids)} processed again")


def _version(engine: Engine, caller: Caller, text: str) -> VersionRow:
    """Return the version ``NAME@VERSION``, for ``NAME`` the newest that people have entered, else the newest."""
    name, number = split_version(text)
    versions = engine.journeys.versions(caller, name)
    if not versions:
        raise SojournError("journey_unknown", name=name)
    if number is not None:
        chosen = next((row for row in versions if row.version == number), None)
        if chosen is None:
            raise SojournError("version_unknown", name=name, version=number)
        return chosen
    return next((row for row in reversed(versions) if row.state not in ("draft", "test")), versions[-1])


def _print_rows(rows: Sequence[DataclassInstance]) -> None:
    for row in rows:
        print_line(json.dumps(asdict(row), ensure_ascii=False))


_ERASED_WORDS = {
    "profiles": "profile",
    "identities": "identities",
    "experience_events": "experience events",
    "memberships": "memberships of segments",
    "entries": "entries in journeys",
    "instances": "instances of journeys",
    "calls": "calls that waited",
    "messages": "messages",
    "events": "events",
    "discards": "refused events",
    "set_aside": "dead letters",
    "held": "stimuli of suspended journeys",
    "merges": "merges of profiles",
    "step_texts": "texts in step events",
    "suppressed": "addresses that want no messages, kept as digests",
}


def erase(arguments: Arguments) -> int:
    """Erase the person with this identity and print the report; 1 if there is none."""
    if not arguments.yes:
        sys.stderr.write("main.py erase: what is erased does not come back; add --yes if that is meant\n")
        return EXIT_USAGE
    with workspace(arguments) as (engine, caller):
        done = engine.erasure.erase(caller, arguments.namespace, arguments.value)
    if arguments.json:
        print_line(json.dumps(dataclasses.asdict(done), ensure_ascii=False))
    else:
        for line in _erasure_lines(done):
            print_line(line)
    return GOOD if done.found else NO


def _erasure_lines(done: ErasureResult) -> Iterator[str]:
    if not done.found:
        yield "Nobody here has this identity; nothing was erased"
        return
    yield f"Erased; {done.ended} journeys under way ended"
    yield from (f"  {number:>6} {_ERASED_WORDS[kind]}" for kind, number in done.rows.items() if number)
    yield f"Step events keep the random ids {', '.join(done.people)}" if done.people else "There are no step events"
    if done.archives:
        yield f"{done.archives} archives of step events were not touched: they carry these ids alone"
    for what, files in (("exported before", done.files), ("a backup", done.backups)):
        yield from (f"Not touched, since it was {what}: {file}" for file in files)
    if done.remaining:
        yield f"The same texts still stand in {done.remaining} places of the database's files"
    if not done.truncated:
        yield "The write-ahead log could not be emptied; what it holds goes when the server or the engine rests"
