"""Texts in the language of the reader, from gettext catalogues.

``resources/locale/<language>/LC_MESSAGES`` has three files: ``engine.po`` has the texts of the engine by key, English
included; ``app.po`` and ``expression.po`` have those of the studio and of the expression language by their English
source, with a context where one source needs several translations. A language is added by adding a folder: the header
of its ``engine.po`` names it. Placeholders are written ``{name}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from gettext import c2py
from itertools import takewhile
from pathlib import Path
from typing import TypeAlias

from engine.installation import resource_path

FOLDER = resource_path("locale")
ENGINE, APP, EXPRESSION = "engine", "app", "expression"
"""The domains: a file of each name in the folder of each language."""
ENGLISH = "en"

PhraseArgument: TypeAlias = "str | int | float | Phrase | tuple[str | Phrase, ...]"
"""A value for a placeholder; a tuple is written as a list with commas."""

_CONTEXT_END = "\x04"
_KEYWORD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr)(?:\[\d+\])? ((?:"(?:[^"\\]|\\.)*"\n?)+)', re.MULTILINE)
_JOINT = re.compile(r'"\n"')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t"}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_INSIDE = re.compile(r"\{(\w+)\}(?=[.,;)])")
"""A placeholder before the rest of its sentence."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text of the engine's catalogue: its key, and the values of its placeholders.

    A phrase whose key no catalogue has is shown as its argument ``message``: a text that comes from outside.
    """

    key: str
    arguments: Mapping[str, PhraseArgument] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return format_phrase(self)


class Catalogue:
    """The entries of a ``.po`` file."""

    def __init__(self, source: str = "") -> None:
        self._forms: dict[str, tuple[str, ...]] = {}
        for context, name, forms in _entries(source):
            self._forms[f"{context}{_CONTEXT_END}{name}" if context else name] = forms
        header = self._forms.pop("", ("",))[0]
        self.header = dict(line.split(": ", 1) for line in header.splitlines() if ": " in line)
        rule = re.search(r"plural=([^;]+)", self.header.get("Plural-Forms", ""))
        self._form_for = c2py(rule[1]) if rule else None
        self._particles = _Particles(self.header.get("X-Particles", ""))

    def get(self, name: str, context: str = "", count: object = None) -> str | None:
        """Return the translation, in the form for ``count`` if the entry has several; None for an unknown entry."""
        forms = self._forms.get(f"{context}{_CONTEXT_END}{name}" if context else name)
        if forms is None:
            return None
        form = self._form_for(count) if self._form_for and len(forms) > 1 and isinstance(count, int) else 0
        return forms[form] or None

    def fill(self, template: str, arguments: Mapping[str, object]) -> str:
        """Put the values into the placeholders; particles follow the word before them."""
        filled = _PLACEHOLDER.sub(lambda match: str(arguments.get(match[1], match[0])), template)
        return self._particles.fit(filled)

    def names(self) -> Iterator[str]:
        """Iterate over the ids of the entries, each with its context before it."""
        return iter(self._forms)

    def section(self, context: str) -> Mapping[str, str]:
        """Return the translations of a context by their ids, in the order of the file."""
        start = f"{context}{_CONTEXT_END}"
        return {name.removeprefix(start): forms[0] for name, forms in self._forms.items() if name.startswith(start)}


def _entries(source: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Read the entries of a ``.po`` file: context, id and translations. Entries are separated by empty lines."""
    for block in source.split("\n\n"):
        lines = block.strip("\n").split("\n")
        if len(lines) == 2 and lines[0].startswith('msgid "') and lines[1].startswith('msgstr "'):
            yield "", _unescaped(lines[0][7:-1]), (_unescaped(lines[1][8:-1]),)
        else:
            yield from _long_entry(block)


def _long_entry(block: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Read an entry of several lines, or with a context, plural forms or comments."""
    texts: dict[str, list[str]] = {}
    for keyword, quoted in _KEYWORD.findall(block):
        texts.setdefault(keyword, []).append(_unescaped(_JOINT.sub("", quoted.rstrip())[1:-1]))
    if "msgstr" in texts:
        yield texts.get("msgctxt", [""])[0], texts["msgid"][0], tuple(texts["msgstr"])


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), text) if "\\" in text else text


@cache
def load(domain: str, language: str) -> Catalogue:
    """Read a catalogue; an empty one if the language has none."""
    file = FOLDER / language / "LC_MESSAGES" / f"{domain}.po"
    return Catalogue(file.read_text(encoding="utf-8") if file.is_file() else "")


def translate(text: str, language: str, context: str) -> str:
    """Translate a text of the expression language; English where the language lacks it."""
    return load(EXPRESSION, language).get(text, context) or text


@cache
def languages() -> Mapping[str, str]:
    """Return the languages that have a catalogue, by code, with the name each calls itself; English comes first."""
    files = sorted(FOLDER.glob(f"*/LC_MESSAGES/{ENGINE}.po"), key=lambda file: (file.parts[-3] != ENGLISH, file))
    return {file.parts[-3]: _language_name(file) or file.parts[-3] for file in files}


def _language_name(file: Path) -> str:
    with file.open(encoding="utf-8") as lines:
        header = "".join(takewhile(str.strip, lines))
    return Catalogue(header).header.get("X-Language-Name", "")


def format_phrase(phrase: Phrase, language: str = ENGLISH) -> str:
    """Write a phrase in a language, in English where the language lacks it. A sentence inside it has no full stop."""
    template, catalogue = _find(phrase, language)
    if template is None:
        return str(phrase.arguments.get("message", phrase.key))
    values = {name: _shown(value, language) for name, value in phrase.arguments.items()}
    for name in _INSIDE.findall(template):
        if isinstance(phrase.arguments.get(name), Phrase):
            values[name] = values[name].removesuffix(".")
    return catalogue.fill(template, values)


def format_sentence(phrase: Phrase, language: str = ENGLISH) -> str:
    """Write a phrase as a sentence: with a capital, unless it begins with a text that somebody wrote."""
    template, _ = _find(phrase, language)
    first = _PLACEHOLDER.match(template or "")
    text = format_phrase(phrase, language)
    as_given = template is None or (first is not None and isinstance(phrase.arguments.get(first[1]), str))
    return text if as_given else text[:1].upper() + text[1:]


def _find(phrase: Phrase, language: str) -> tuple[str | None, Catalogue]:
    count = phrase.arguments.get("count")
    for code in (language, ENGLISH):
        catalogue = load(ENGINE, code)
        template = catalogue.get(phrase.key, count=count)
        if template is not None:
            return template, catalogue
    return None, catalogue


def _shown(value: PhraseArgument, language: str) -> str:
    if isinstance(value, Phrase):
        return format_phrase(value, language)
    return ", ".join(_shown(one, language) for one in value) if isinstance(value, tuple) else str(value)


_DIGITS_WITH_CONSONANT = frozenset("013678")
_LETTERS_WITH_CONSONANT = frozenset("lmngLMNG")
_FIRST_SYLLABLE, _LAST_SYLLABLE = "\uac00", "\ud7a3"
_FINALS, _RIEUL = 28, 8


class _Particles:
    """Korean particles: which of two forms follows a word, by whether the word ends in a consonant.

    ``pairs`` has the forms, that after a consonant first: ``A/B C/D``. Texts have both, ``A(B)`` or ``B(A)``, or
    ``(x)B`` where A is ``xB``; the last does not take its first form after the consonant rieul.
    """

    def __init__(self, pairs: str) -> None:
        self._forms: dict[str, tuple[str, str]] = {}
        for pair in pairs.split():
            closed, open_ = pair.split("/")
            for written in (f"{closed}({open_})", f"{open_}({closed})", f"({closed.removesuffix(open_)}){open_}"):
                self._forms[written] = closed, open_
        self._pattern = re.compile(rf"(\w)([^\w\s]*)({'|'.join(map(re.escape, self._forms))})")

    def fit(self, text: str) -> str:
        """Replace each double particle by the form that fits the word before it."""
        return self._pattern.sub(self._choose, text) if self._forms else text

    def _choose(self, match: re.Match[str]) -> str:
        last, between, written = match.groups()
        closed, open_ = self._forms[written]
        final = _final_consonant(last)
        if final == _RIEUL and written.startswith("("):
            final = 0
        return f"{last}{between}{closed if final else open_}"


def _final_consonant(character: str) -> int:
    """Return the number of the final consonant of a syllable (0: none); digits and Latin letters by their sound."""
    if _FIRST_SYLLABLE <= character <= _LAST_SYLLABLE:
        return (ord(character) - ord(_FIRST_SYLLABLE)) % _FINALS
    if character in "178lL":
        return _RIEUL
    return 1 if character in _DIGITS_WITH_CONSONANT or character in _LETTERS_WITH_CONSONANT else 0
