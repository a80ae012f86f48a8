"""``erase``: remove a person from the workspace."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator

from engine.cli import EXIT_USAGE, GOOD, NO, Arguments, print_line
from engine.cli.workspaces import workspace
from engine.services.views import ErasureResult

_WORDS = {
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
        for line in _lines(done):
            print_line(line)
    return GOOD if done.found else NO


def _lines(done: ErasureResult) -> Iterator[str]:
    if not done.found:
        yield "Nobody here has this identity; nothing was erased"
        return
    yield f"Erased; {done.ended} journeys under way ended"
    yield from (f"  {number:>6} {_WORDS[kind]}" for kind, number in done.rows.items() if number)
    yield f"Step events keep the random ids {', '.join(done.people)}" if done.people else "There are no step events"
    if done.archives:
        yield f"{done.archives} archives of step events were not touched: they carry these ids alone"
    for what, files in (("exported before", done.files), ("a backup", done.backups)):
        yield from (f"Not touched, since it was {what}: {file}" for file in files)
    if done.remaining:
        yield f"The same texts still stand in {done.remaining} places of the database's files"
    if not done.truncated:
        yield "The write-ahead log could not be emptied; what it holds goes when the server or the engine rests"
