"""Answers the fetches of the profile store within a step, and notes the answers for the record of the step."""

from __future__ import annotations

from engine.core.effect import SEGMENTS, Fetch
from engine.core.profiles import read_group
from engine.core.stimulus import FetchDone, Stimulus
from engine.model.definitions import PROFILE_STORE
from engine.runtime.deployment import DeployedVersion
from engine.runtime.effect_interpreter import SegmentMemberships
from engine.runtime.store_protocol import RuntimeStore


class ProfileReader:
    """See ``step_context.ProfileReader``. ``answers`` are those of the step under way."""

    def __init__(self, store: RuntimeStore, memberships: SegmentMemberships) -> None:
        self._store = store
        self._memberships = memberships
        self._whose: tuple[DeployedVersion, str] | None = None
        self.answers: list[Stimulus] = []

    def begin(self, version: DeployedVersion, key: str) -> None:
        """Begin a step of a person in a version."""
        self._whose = version, key
        self.answers.clear()

    def read(self, fetch: Fetch) -> FetchDone | None:
        """Answer a fetch of the profile store; None for other data sources."""
        if fetch.source != PROFILE_STORE or self._whose is None:
            return None
        store, (version, key) = self._store, self._whose
        known = store.profile(version.sandbox, version.program.namespace, key)
        if fetch.group == SEGMENTS:
            names = self._memberships.names(version.sandbox, known.id) if known is not None else []
            answer = FetchDone(fetch.call, {"names": names})
        else:
            group = version.group(fetch.source, fetch.group)
            now = store.time_of(version)
            profile = known.profile if known is not None else None
            if known is not None and group.source_schema == "experience_event":
                profile = known.with_events(now)
            answer = FetchDone(fetch.call, read_group(profile, group, now))
        self.answers.append(answer)
        return answer
