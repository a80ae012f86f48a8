"""Functions of texts. Positions count Unicode code points; letters are compared without case by case folding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from engine.expression.context import Context, check_length, check_text
from engine.expression.functions.matching import (
    PATTERN,
    contains,
    first_index,
    last_index,
    match_whole,
    replace_all,
    replace_first,
    split,
    with_pattern,
)
from engine.expression.functions.signatures import (
    Function,
    ListOf,
    row,
    takes,
)
from engine.expression.types import BOOLEAN, INTEGER, STRING

_string = partial(row, "String")
TextTest = Callable[[Context, str, str], bool]
_WHITE_SPACE_RANGES = (
    (9, 13), (32, 32), (133, 133), (160, 160), (5760, 5760), (8192, 8202), (8232, 8233), (8239, 8239), (8287, 8287),
    (12288, 12288),
)  # fmt: skip
UNICODE_WHITE_SPACE = "".join(chr(code) for first, last in _WHITE_SPACE_RANGES for code in range(first, last + 1))


def _contain(context: Context, text: str, part: str) -> bool:
    if len(text) > 63:
        context.read(text)
        return contains(text, part)
    return part in text


def _fold(context: Context, text: str) -> str:
    context.read(text)
    return text.casefold()


def _folded(run: TextTest) -> TextTest:
    """Compare folded texts; folding takes as many steps as comparing."""

    def fold_both(context: Context, text: str, part: str) -> bool:
        context.read(part)
        return run(context, text.casefold(), part.casefold())

    return fold_both


def _start_with(context: Context, text: str, part: str) -> bool:
    context.read(part)
    return text.startswith(part)


def _end_with(context: Context, text: str, part: str) -> bool:
    context.read(part)
    return text.endswith(part)


def _equal_ignore_case(context: Context, text: str, other: str) -> bool:
    return _fold(context, text) == _fold(context, other)


def _not_equal_ignore_case(context: Context, text: str | None, other: str | None) -> bool:
    return text is None or other is None or not _equal_ignore_case(context, text, other)


def _is_empty(_context: Context, text: str | None) -> bool:
    return not text


def _is_not_empty(_context: Context, text: str | None) -> bool:
    return bool(text)


def _concat(context: Context, one: str | None, other: str | None) -> str:
    context.read(one or "")
    context.read(other or "")
    return check_text((one or "") + (other or ""))


def join(context: Context, parts: list[str], separator: str = "") -> str:
    """Join the parts, paid for. Raises ``UnplacedError`` (``limit``) before building a text that is too long."""
    size = sum(map(len, parts)) + len(separator) * max(len(parts) - 1, 0)
    if size < 64:
        context.spend(len(parts))
        return separator.join(parts)
    check_length(size)
    context.spend(len(parts) + (size >> 6))
    return check_text(separator.join(parts))


def _concat_list(context: Context, items: list[str | None]) -> str:
    return join(context, [item or "" for item in items])


def _index_of(context: Context, text: str, part: str) -> int:
    context.read(text)
    return first_index(text, part)


def _last_index_of(context: Context, text: str, part: str) -> int:
    context.read(text)
    return last_index(text, part)


def _length(_context: Context, text: str) -> int:
    return len(text)


def _lower(context: Context, text: str) -> str:
    """Convert to small letters; a capital sigma is read with its neighbours: it differs at the end of a word."""
    context.read(text)
    if "Σ" in text:
        context.read(text)
    return check_text(text.lower())


def _upper(context: Context, text: str) -> str:
    """Convert to capitals; a text that grows, such as one of many ß, is paid for twice."""
    context.read(text)
    capitals = text.upper()
    if len(capitals) > len(text):
        context.read(capitals)
    return check_text(capitals)


def _trim(context: Context, text: str) -> str:
    context.read(text)
    return text.strip(UNICODE_WHITE_SPACE)


def _substr(context: Context, text: str, begin: int) -> str:
    context.read(text)
    return text[max(begin, 0) :]


def _substr_between(context: Context, text: str, begin: int, end: int) -> str:
    context.read(text)
    return text[max(begin, 0) : max(end, 0)]


_TEXT, _SEARCH, _REPLACEMENT = ("text", STRING), ("search", STRING), ("replacement", STRING)
_BEGIN = ("begin", INTEGER)


def _tests(name: str, run: TextTest, verb: str, example: tuple[str, str], second: str) -> Iterator[Function]:
    """Make the two rows of a test of two texts, with and without regard to capitals."""
    third_person = verb.replace(" ", "s ", 1) if " " in verb else f"{verb}s"
    for suffix, addition, test in (("", "", run), ("IgnoreCase", "capitals or not", _folded(run))):
        text, searched = example[0], example[1].upper() if suffix else example[1]
        note = f" ({addition})" if addition else ""
        yield _string(
            f"{name}{suffix}",
            f"True when the first text {third_person} the second{f', {addition}' if addition else ''}.",
            takes(
                BOOLEAN,
                _TEXT,
                (second, STRING),
                run=test,
                words=f"{{0}} {third_person} {{1}}{note}",
                negated=f"{{0}} does not {verb} {{1}}{note}",
            ),
            examples={f'{name}{suffix}("{text}", "{searched}")': "true"},
        )


TABLE: tuple[Function, ...] = (
    _string(
        "concat",
        "Joins two texts, or all texts of a list; null counts as an empty text.",
        takes(STRING, _TEXT, ("other", STRING), run=_concat, keeps_null=True, words="{0} followed by {1}"),
        takes(STRING, ("texts", ListOf(STRING)), run=_concat_list, words="all of {0} joined"),
        examples={'concat("Hello", "World")': '"HelloWorld"', 'concat(["a", null, "b"])': '"ab"'},
    ),
    *_tests("contain", _contain, "contain", ("rowing is great", "great"), "search"),
    *_tests("startWith", _start_with, "start with", ("Hello World", "Hello"), "prefix"),
    *_tests("endWith", _end_with, "end with", ("Hello World", "World"), "suffix"),
    _string(
        "equalIgnoreCase",
        "True when both texts are the same, capitals or not.",
        takes(
            BOOLEAN,
            _TEXT,
            ("other", STRING),
            run=_equal_ignore_case,
            words="{0} is {1} (capitals or not)",
            negated="{0} is not {1} (capitals or not)",
        ),
        examples={'equalIgnoreCase("rowing", "ROWING")': "true"},
    ),
    _string(
        "notEqualIgnoreCase",
        "True when equalIgnoreCase is false, also when a text is missing.",
        takes(
            BOOLEAN,
            _TEXT,
            ("other", STRING),
            run=_not_equal_ignore_case,
            keeps_null=True,
            words="{0} is not {1} (capitals or not)",
            negated="{0} is {1} (capitals or not)",
        ),
        examples={'notEqualIgnoreCase("rowing", "running")': "true"},
    ),
    _string(
        "indexOf",
        "Where the second text first begins in the first, counted from 0; -1 when it does not occur.",
        takes(INTEGER, _TEXT, _SEARCH, run=_index_of, words="the first position of {1} in {0}"),
        examples={'indexOf("Hello", "l")': "2", 'indexOf("Hello", "x")': "-1"},
    ),
    _string(
        "lastIndexOf",
        "Where the second text last begins in the first, counted from 0; -1 when it does not occur.",
        takes(INTEGER, _TEXT, _SEARCH, run=_last_index_of, words="the last position of {1} in {0}"),
        examples={'lastIndexOf("Hello", "l")': "3"},
    ),
    _string(
        "isEmpty",
        "True when the text is empty or missing.",
        takes(BOOLEAN, _TEXT, run=_is_empty, keeps_null=True, words="{0} is empty", negated="{0} is not empty"),
        examples={'isEmpty("")': "true", "isEmpty(null)": "true"},
    ),
    _string(
        "isNotEmpty",
        "True when the text has at least one character.",
        takes(BOOLEAN, _TEXT, run=_is_not_empty, keeps_null=True, words="{0} is not empty", negated="{0} is empty"),
        examples={'isNotEmpty("a")': "true"},
    ),
    _string(
        "length",
        "The number of characters (Unicode code points).",
        takes(INTEGER, _TEXT, run=_length, words="the length of {0}"),
        examples={'length("Hello World")': "11"},
    ),
    _string(
        "lower",
        "The text in small letters.",
        takes(STRING, _TEXT, run=_lower, words="{0} in small letters"),
        examples={'lower("ABC")': '"abc"'},
    ),
    _string(
        "upper",
        "The text in capitals.",
        takes(STRING, _TEXT, run=_upper, words="{0} in capitals"),
        examples={'upper("abc")': '"ABC"'},
    ),
    _string(
        "trim",
        "The text without white space at its beginning and end.",
        takes(STRING, _TEXT, run=_trim, words="{0} without surrounding spaces"),
        examples={'trim(" Hello ")': '"Hello"'},
    ),
    _string(
        "matchRegExp",
        "True when the whole text matches the pattern, a regular expression in RE2 syntax.",
        takes(
            BOOLEAN,
            _TEXT,
            PATTERN,
            prepare=partial(with_pattern, match_whole),
            words="{0} matches the pattern {1}",
            negated="{0} does not match the pattern {1}",
        ),
        examples={'matchRegExp("user@example.com", ".*@example\\\\.com")': "true"},
    ),
    _string(
        "replace",
        "The text with the first match of the pattern replaced; $0 to $9 are the pattern's groups, $$ a dollar.",
        takes(
            STRING,
            _TEXT,
            PATTERN,
            _REPLACEMENT,
            prepare=partial(with_pattern, replace_first),
            words="{0} with the first {1} replaced by {2}",
        ),
        examples={'replace("Hello World", "l", "x")': '"Hexlo World"'},
    ),
    _string(
        "replaceAll",
        "The text with all matches of the pattern replaced; $0 to $9 are the pattern's groups, $$ a dollar.",
        takes(
            STRING,
            _TEXT,
            PATTERN,
            _REPLACEMENT,
            prepare=partial(with_pattern, replace_all),
            words="{0} with every {1} replaced by {2}",
        ),
        examples={
            'replaceAll("Hello World", "l", "x")': '"Hexxo Worxd"',
            'replaceAll("a1b2", "([a-z])([0-9])", "$2$1")': '"1a2b"',
        },
    ),
    _string(
        "split",
        "The parts of the text between matches of the pattern; empty parts at the end are dropped.",
        takes(ListOf(STRING), _TEXT, PATTERN, prepare=partial(with_pattern, split), words="{0} split at {1}"),
        examples={'split("20.45.2", "\\\\.")': '["20", "45", "2"]'},
    ),
    _string(
        "substr",
        "The part of the text from a position, counted from 0, up to another one, which is not included.",
        takes(STRING, _TEXT, _BEGIN, run=_substr, words="{0} from position {1} on"),
        takes(STRING, _TEXT, _BEGIN, ("end", INTEGER), run=_substr_between, words="{0} from position {1} to {2}"),
        examples={'substr("Hello World", 6)': '"World"', 'substr("Hello World", 0, 5)': '"Hello"'},
    ),
)
