"""The profile store: people come in by JSON lines, CSV, the inlet or one by one (product.md, Profiles and segments)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import ValidationError

from engine.errors import SojournError
from engine.model.profile import Profile
from engine.ports import Connection, Runner
from engine.services.access import MANAGE_DEFINITIONS, READ_DEFINITIONS, Access
from engine.services.views import Caller, ProfilePage, ProfileRow
from engine.store import profile_rows
from engine.store.rows import Row

_AT_ONCE = 1_000
_TRUE = ("true", "1", "yes")
_FALSE = ("false", "0", "no", "")


class ProfileService:
    """See the module."""

    def __init__(self, runner: Runner, access: Access) -> None:
        self._runner = runner
        self._access = access

    def list(self, caller: Caller, search: str = "", limit: int = 100, offset: int = 0) -> ProfilePage:
        """Profiles whose identities or attributes contain ``search``."""
        self._access.require(caller, READ_DEFINITIONS)
        with self._runner.read() as connection:
            total, rows = profile_rows.page(connection, caller.sandbox, search, limit, offset)
        return ProfilePage(total, tuple(_view(row) for row in rows))

    def get(self, caller: Caller, namespace: str, value: str) -> Profile | None:
        """The profile with this identity."""
        self._access.require(caller, READ_DEFINITIONS)
        with self._runner.read() as connection:
            found = profile_rows.find(connection, caller.sandbox, namespace, value)
            return profile_rows.get(connection, found) if found is not None else None

    def save(self, caller: Caller, profile: Profile) -> ProfileRow:
        """Create or change one profile."""
        self._access.require(caller, MANAGE_DEFINITIONS)
        if not profile.identities:
            raise SojournError("profile_identity", "a profile needs at least one identity; add one")
        now = self._runner.clock.now()
        row_id = self._runner.write(lambda connection: profile_rows.put(connection, caller.sandbox, profile, now))
        return ProfileRow(
            str(row_id), profile.identities, profile.attributes, profile.test_profile, len(profile.events)
        )

    def delete(self, caller: Caller, profile_id: str) -> None:
        """Delete a profile with its experience events."""
        self._access.require(caller, MANAGE_DEFINITIONS)
        number = int(profile_id) if profile_id.isdigit() else -1
        if not self._runner.write(lambda connection: profile_rows.remove(connection, caller.sandbox, number)):
            raise SojournError("profile_unknown", "this profile is not there any more; look at the list again")

    def import_text(self, caller: Caller, text: str, form: Literal["json", "csv"] = "json") -> int:
        """Bring in profiles; how many. Nothing is written when a line is malformed."""
        self._access.require(caller, MANAGE_DEFINITIONS)
        profiles = tuple(read_csv(text) if form == "csv" else read_lines(text))
        self.put(caller, profiles)
        return len(profiles)

    def put(self, caller: Caller, profiles: Sequence[Profile]) -> None:
        """Store profiles, many a transaction."""
        for start in range(0, len(profiles), _AT_ONCE):
            self._put_some(caller, profiles[start : start + _AT_ONCE])

    def _put_some(self, caller: Caller, some: Sequence[Profile]) -> None:
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            for profile in some:
                profile_rows.put(connection, caller.sandbox, profile, now)

        self._runner.write(work)


def _view(row: Row) -> ProfileRow:
    return ProfileRow(str(row["id"]), row["identities"], row["attributes"], bool(row["test_profile"]), row["events"])


def read_lines(text: str) -> Iterator[Profile]:
    """Profiles from JSON lines, or from one JSON list; raises SojournError that names the line."""
    stripped = text.strip()
    if stripped.startswith("["):
        for index, value in enumerate(_loads(stripped, "$")):
            yield read_profile(value, f"$[{index}]")
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield read_profile(_loads(line, f"line {number}"), f"line {number}")


def _loads(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise SojournError("profile_malformed", "this is not JSON; write one profile a line", where) from None


def read_profile(value: Any, where: str) -> Profile:
    """A profile from its JSON form; raises SojournError."""
    try:
        profile = Profile.model_validate_json(json.dumps(value))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise SojournError("profile_malformed", f"{place or 'the profile'}: {fault['msg']}", where) from None
    if not profile.identities:
        raise SojournError("profile_identity", "a profile needs at least one identity; add one", where)
    return profile


def read_csv(text: str) -> Iterator[Profile]:
    """Profiles from CSV with the columns ``identity:<code>``, ``testProfile`` and attribute paths."""
    reader = csv.DictReader(io.StringIO(text))
    columns = reader.fieldnames or ()
    if not any(column.startswith("identity:") for column in columns):
        raise SojournError(
            "profile_malformed", "the CSV needs a column identity:<code>, such as identity:CRMID", "line 1"
        )
    for row in reader:
        yield _csv_profile(row, f"line {reader.line_num}")


def _csv_profile(row: dict[Any, Any], where: str) -> Profile:
    profile: dict[str, Any] = {"identities": {}, "attributes": {}}
    for column, text in row.items():
        if column is None or text is None:
            raise SojournError("profile_malformed", "this line has more or fewer cells than the first", where)
        if column.startswith("identity:"):
            profile["identities"] |= {column.removeprefix("identity:"): text} if text else {}
        elif column == "testProfile":
            profile["testProfile"] = _flag(text, where)
        elif text:
            _put(profile["attributes"], column.split("."), _cell(text))
    return read_profile(profile, where)


def _flag(text: str, where: str) -> bool:
    if text.strip().lower() not in (*_TRUE, *_FALSE):
        raise SojournError("profile_malformed", "testProfile is true or false", where)
    return text.strip().lower() in _TRUE


def _cell(text: str) -> Any:
    """A cell's value: a JSON number, truth value, list or object; else the text as it stands."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _put(attributes: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        attributes = attributes.setdefault(part, {})
    attributes[path[-1]] = value
