"""The reference page of the functions, written from the function table: ``python -m engine.expression.reference_page``.

The page in ``docs/`` is what this prints; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.expression.functions import FUNCTIONS
from engine.expression.functions.registry import Function
from engine.expression.names import JOURNEY_PROPERTIES, METHODS

_INTRODUCTION = """# Functions of the expression language

This page is written from the function table; do not edit it by hand.

`T` is any single value: a string, integer, decimal, boolean, dateOnly, dateTimeOnly, dateTime or duration. `number` is
an integer or a decimal. A field that is missing is null: a function given null gives null, or false when it gives a
boolean, unless its meaning says otherwise; a list that is missing counts as an empty one.
"""


def reference_page() -> str:
    """The page, as Markdown."""
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


def _function(function: Function) -> Iterator[str]:
    yield f"### {function.name}\n"
    yield "```"
    yield from function.lines()
    yield "```\n"
    yield f"{function.meaning}\n"
    for text, value in function.examples:
        yield f"- `{text}` → `{value}`"
    if function.examples:
        yield ""
    words = function.words[0]
    yield f"Read aloud: “{words.en.format('…', '…', '…')}” · “{words.ko.format('…', '…', '…')}”\n"


if __name__ == "__main__":  # pragma: no cover - the command around the function above
    print(reference_page(), end="")
