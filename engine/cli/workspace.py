"""Commands that read and change a workspace."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from engine.cli import GOOD, Arguments, say
from engine.cli.places import workspace
from engine.reading import naming, read_text
from engine.services.settings import read_value
from engine.writing import write_text


def import_files(given: Arguments) -> int:
    """Bring in journey files, one after the other."""
    with workspace(given) as (engine, caller):
        for name in given.files:
            with naming(name):
                done = engine.journeys.import_file(caller, read_text(name), given.sets, given.publish, given.differing)
            row = done.version
            say(f"{row.name}, version {row.version}: {row.state}")
            for old, new in done.renamed.items():
                say(f"  {old} is called {new} here")
    return GOOD


def export(given: Arguments) -> int:
    """Write a journey's file."""
    with workspace(given) as (engine, caller):
        text = engine.journeys.export(caller, given.journey, given.version)
    if given.output:
        write_text(Path(given.output), text)
    else:
        sys.stdout.write(text)
    return GOOD


def import_profiles(given: Arguments) -> int:
    """Bring in profiles."""
    text = read_text(given.file)
    with workspace(given) as (engine, caller), naming(given.file):
        count = engine.profiles.import_text(caller, text, "csv" if given.file.lower().endswith(".csv") else "json")
    say(f"{count} profiles")
    return GOOD


def set_setting(given: Arguments) -> int:
    """Change a setting."""
    value = read_value(given.name, given.value)
    with workspace(given) as (engine, caller):
        engine.settings.set(caller, given.name, value)
    return GOOD


def list_settings(given: Arguments) -> int:
    """Show every setting."""
    with workspace(given) as (engine, caller):
        rows = engine.settings.list(caller)
    for row in rows:
        say(f"{row.name} = {json.dumps(row.value)}  ({row.meaning})")
    return GOOD


def set_secret(given: Arguments) -> int:
    """Keep a secret."""
    value = sys.stdin.read().rstrip("\n")
    with workspace(given) as (engine, caller):
        engine.settings.set_secret(caller, given.name, value)
    return GOOD


def list_inlets(given: Arguments) -> int:
    """Show the inlets."""
    with workspace(given) as (engine, caller):
        rows = engine.inlets.list(caller)
    for row in rows:
        state = "open" if row.open else "closed"
        say(f"{row.name}  {row.url}  {state}, {'token' if row.requires_token else 'no token'}")
    return GOOD


def print_token(given: Arguments) -> int:
    """Print an inlet's token, alone."""
    with workspace(given) as (engine, caller):
        token = engine.inlets.token(caller, given.name)
    say(token)
    return GOOD
