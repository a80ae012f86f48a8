"""Writes ``docs/expressions.md`` from the function table: ``python -m tools.functions_page``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.catalogue import ENGLISH, translate
from engine.expression.functions import FUNCTIONS
from engine.expression.functions.signatures import Function
from engine.expression.names import JOURNEY_PROPERTIES, METHODS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "expressions.md"
_INTRODUCTION = """# Functions of the expression language

This page is written from the function table; do not edit it by hand.

`T` is any single value: a string, integer, decimal, boolean, dateOnly, dateTimeOnly, dateTime or duration. `number` is
an integer or a decimal. A field that is missing is null: a function given null gives null, or false when it gives a
boolean, unless its meaning says otherwise; a list that is missing counts as an empty one.
"""

_LIMITS = """
## Limits

An expression has at most 10,000 characters and 100 levels. One evaluation takes at most 100,000 steps and builds texts
of at most 1 MiB and lists of at most 100,000 items; beyond, it ends with an error. A step is one node evaluated, one
item visited, or 64 characters read by a function; `+` reads the texts it joins like a function. So much is evaluated
in less than 50 milliseconds. What would take longer costs more steps:

- a dateTime or dateTimeOnly read from a field 1 more, a duration 5 more, `toDuration` 4 more;
- a dateTime printed (`toString`, `+`, `serializeList`) 4 more, a dateTimeOnly or decimal 1 more;
- a moment moved to a time zone 2 more, and its clock set there (`nowWithDelta`, `setDays`, `setHours`, `toDateTime`)
  10 more, elsewhere 1 more; `inLast…` and `inNext…` with a computed number 8 more; `uuid` 4 more;
- `sort` visits dates, times, durations and texts with other letters than ASCII twice, and objects three times;
  functions that compare dateTimes visit each once more; objects that are compared by content are read field by field;
- `matchRegExp` 1 more, each match of a pattern in other functions 4, with groups 8; a pattern larger than ten
  instructions of its program reads slower in proportion; one such as `a.*b|a`, whose search may read far beyond what it
  finds, reads all that is left for each match; a pattern that is no literal costs 40 and more when it is first used;
- texts compared with `==` or `!=` one for each 4,096 characters; `lower` and `upper` read a text twice where letters
  have other forms at the end of a word or grow.
"""


def functions_page() -> str:
    """Return the text of ``docs/expressions.md``."""
    return "\n".join((*_lines(), ""))


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    categories = sorted({function.category for function in FUNCTIONS.values()})
    yield "Categories: " + ", ".join(f"[{category}](#{category.lower()})" for category in categories) + "."
    for category in categories:
        yield f"\n## {category}\n"
        rows = sorted((one for one in FUNCTIONS.values() if one.category == category), key=lambda one: one.name.lower())
        for function in rows:
            yield from _function(function)
    yield "\n## Methods of collections and maps\n"
    yield "Inside the braces of a reference, and after `currentEventField` and `currentDataPackField`.\n"
    for name, meaning in METHODS.items():
        yield f"- `.{name}()`: {meaning}"
    yield "\n## Journey properties\n"
    for name, of in JOURNEY_PROPERTIES.items():
        yield f"- `#{{JourneyProperties.{name}}}`: {of}"
    yield _LIMITS.rstrip()


def _function(function: Function) -> Iterator[str]:
    yield f"### {function.name}\n"
    yield "```"
    yield from function.lines()
    yield "```\n"
    yield f"{function.meaning}\n"
    for text, value in function.examples.items():
        yield f"- `{text}` → `{value}`"
    if function.examples:
        yield ""
    text = function.signatures[0].words
    readings = (translate(text, language, "reading").format("…", "…", "…") for language in (ENGLISH, "ko"))
    yield f"Read aloud: {' · '.join(f'“{reading}”' for reading in readings)}\n"


if __name__ == "__main__":
    PAGE.write_text(functions_page(), encoding="utf-8")
