"""Types of JSON whose shape is not known: read it by narrowing, or by a pydantic model."""

from __future__ import annotations

from collections.abc import Mapping

JsonObject = Mapping[str, object]
"""A JSON object: of a user, a file or a request."""
JsonDict = dict[str, object]
"""A JSON object while it is being built or changed."""
