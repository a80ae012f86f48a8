"""Display names of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def person_name(attributes: Mapping[str, Any], identities: Mapping[str, str]) -> str:
    """Return first and last name, else an identity."""
    parts = [str(attributes[key]) for key in ("firstName", "lastName") if attributes.get(key)]
    return " ".join(parts) or next(iter(identities.values()), "")
