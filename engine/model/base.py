"""The base of all models, frozen, strict and without unknown keys, and the small value types of files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

from engine.catalogue import Phrase

NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_]{0,29}$"

_DURATION = re.compile(
    r"P(?=[\dT])(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d{1,3})?)S)?)?"
)


_LONGEST_SHOWN = 60


def shown(value: object) -> str:
    """Return a value as a file writes it, shortened, for a message."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def fault(phrase: Phrase, path: str = "") -> PydanticCustomError:
    """Return the error of a validator: a text of the catalogue, and the place below the validated value."""
    return PydanticCustomError("fault", "{message}", {"message": str(phrase), "phrase": phrase, "path": path})


class Model(BaseModel):
    """A frozen value whose file form has exactly the declared keys, in the declared order."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    def model_copy(self, *, update: Mapping[str, object] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields changed; what was computed of the fields before is not carried over."""
        made = super().model_copy(update=update, deep=deep)
        for computed in vars(made).keys() - type(self).model_fields.keys():
            del vars(made)[computed]
        return made


def _read_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise fault(Phrase("file_wrong_type.duration"))
    parts = {name: float(number) if name == "seconds" else int(number) for name, number in match.groupdict("0").items()}
    try:
        return timedelta(**parts)
    except OverflowError:
        raise fault(Phrase("file_wrong_type.long_duration")) from None


def write_duration(value: timedelta) -> str:
    """Write a duration of zero or more as ISO-8601 of days and shorter units: ``P1DT1H``, ``PT5M``, ``PT0S``."""
    seconds, milliseconds = divmod(value // timedelta(milliseconds=1), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    fraction = f".{milliseconds:03d}".rstrip("0") if milliseconds else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"P{text}" if text else "PT0S"


Duration = Annotated[
    timedelta,
    BeforeValidator(_read_duration, json_schema_input_type=str),
    PlainSerializer(write_duration, return_type=str),
]
"""A length of time; in files ISO-8601 without years and months."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""A name that expressions use: 1–30 letters, digits and underscores, starting with a letter (product.md, Objects)."""

FreeName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A name that only people read: journeys, segments, templates."""

Number = int | float
"""A JSON number, kept as it was written."""

Expression = str
"""Text in the expression language; an empty one is not written yet."""
