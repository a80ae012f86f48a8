"""The profile store: people come in by JSON lines, CSV, the inlet or one by one (product.md, Profiles and segments)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from engine.errors import SojournError
from engine.model.definitions import Profile
from engine.services.access import MANAGE_DEFINITIONS, READ_DEFINITIONS, SEND, Service
from engine.services.profile_parsing import read_csv, read_lines, text_attributes
from engine.services.service_method import requires
from engine.services.views import Caller, ProfilePage, ProfileRow
from engine.store import definition_queries, profile_import, profile_queries
from engine.store.profile_queries import ProfileRecord
from engine.store.results import Connection, row_id

_AT_ONCE = 1_000


class ProfileService(Service):
    """See the module."""

    @requires(READ_DEFINITIONS)
    def list(self, caller: Caller, search: str = "", limit: int = 100, offset: int = 0) -> ProfilePage:
        """Profiles whose identities or attributes contain ``search``."""
        with self._runner.read() as connection:
            total, rows = profile_queries.search_profiles(connection, caller.sandbox, search, limit, offset)
        return ProfilePage(total, tuple(_view(row) for row in rows))

    @requires(READ_DEFINITIONS)
    def get(self, caller: Caller, namespace: str, value: str) -> Profile | None:
        """Return the profile with this identity."""
        with self._runner.read() as connection:
            found = profile_queries.find_profile(connection, caller.sandbox, namespace, value)
            return profile_queries.load_profile(connection, found) if found is not None else None

    @requires(MANAGE_DEFINITIONS)
    def save(self, caller: Caller, profile: Profile) -> ProfileRow:
        """Create or change one profile."""
        if not profile.identities:
            raise SojournError("profile_identity")
        now = self._runner.clock.now()
        row_id = self._runner.write(
            lambda connection: profile_queries.put_profile(connection, caller.sandbox, profile, now)
        )
        return ProfileRow(
            str(row_id), profile.identities, profile.attributes, profile.test_profile, len(profile.events)
        )

    @requires(MANAGE_DEFINITIONS)
    def delete(self, caller: Caller, profile_id: str) -> None:
        """Delete a profile with its experience events."""
        number = row_id(profile_id)
        if not self._runner.write(
            lambda connection: profile_queries.remove_profile(connection, caller.sandbox, number)
        ):
            raise SojournError("profile_unknown")

    @requires(MANAGE_DEFINITIONS)
    def import_text(
        self, caller: Caller, text: str, form: Literal["json", "csv"] = "json", first: int | None = None
    ) -> int:
        """Bring in profiles; how many. Nothing is written when a line is malformed.

        ``first`` is the number of the first line after the head, where the text is a part of a file.
        """
        profiles = tuple(read_csv(text, self._texts(caller), first) if form == "csv" else read_lines(text, first or 1))
        self._put(caller, profiles)
        return len(profiles)

    @requires(SEND)
    def put(self, caller: Caller, profiles: Sequence[Profile]) -> None:
        """Store profiles that a sender brought."""
        self._put(caller, profiles)

    def _put(self, caller: Caller, profiles: Sequence[Profile]) -> None:
        """Many a transaction."""
        for start in range(0, len(profiles), _AT_ONCE):
            self._put_some(caller, profiles[start : start + _AT_ONCE])

    def _texts(self, caller: Caller) -> frozenset[str]:
        with self._runner.read() as connection:
            return text_attributes(definition_queries.load(connection, caller.sandbox))

    def _put_some(self, caller: Caller, some: Sequence[Profile]) -> None:
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            profile_import.import_profiles(connection, caller.sandbox, some, now)

        self._runner.write(work)


def _view(row: ProfileRecord) -> ProfileRow:
    return ProfileRow(str(row.id), row.identities, row.attributes, bool(row.test_profile), row.events)
