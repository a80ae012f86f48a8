"""Check the catalogues of texts against the code: ``python -m tools.catalogues``.

``--write`` adds the entries that are missing, with no translation yet, and removes those that nothing uses.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from engine.catalogue import APP, ENGINE, ENGLISH, EXPRESSION, FOLDER, languages, load
from engine.expression.completion import OPERATORS, WORDS
from engine.expression.functions import FUNCTIONS
from engine.expression.names import METHODS
from engine.expression.simple_form import CHOICES, SEGMENT_CHOICES

ROOT = Path(__file__).resolve().parents[1]
_HANGUL = re.compile("[\uac00-\ud7a3\u3130-\u318f\u1100-\u11ff]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
Entry = tuple[str, str]
"""Context and text, or the key of a text of the engine."""
_FIXED = {"status", "message", "count", "where"}
"""Keywords of errors that are no placeholders, or not in every form of the text."""
_BY_VALIDATION = (
    "file_wrong_type.",
    "file_missing_key.",
    "file_unknown_key.",
    "ERR_ENDPOINTCONFIG_",
    "ERR_THROTTLING_",
)
"""Beginnings of keys that end in the kind of fault that pydantic finds, or in ``.detail``."""
_OF_EXPRESSIONS = {"phrase": frozenset[str](), "about": frozenset({"text"})}
"""What makes texts of the errors of expressions, with the arguments it adds; the keys begin with ``expression.``."""


@dataclass(frozen=True, slots=True)
class Use:
    """A text or key in the code.

    ``plural`` is the English plural of a text, ``context`` tells its translation from others of the same text;
    ``arguments`` fill the text of a key.
    """

    text: str
    place: str
    plural: str = ""
    arguments: frozenset[str] | None = None
    context: str = ""


def _calls(folders: Iterable[str]) -> Iterator[tuple[str, ast.Call]]:
    for place, node in _nodes(folders):
        if isinstance(node, ast.Call) and node.args:
            yield place, node


def _nodes(folders: Iterable[str]) -> Iterator[tuple[str, ast.AST]]:
    for folder in folders:
        yield from _nodes_of(folder)


@cache
def _nodes_of(folder: str) -> list[tuple[str, ast.AST]]:
    return [
        (f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node)
        for file in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call | ast.ClassDef | ast.JoinedStr | ast.Constant)
    ]


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def app_texts() -> Iterator[Use]:
    """Find the source texts of the studio."""
    for place, call in _calls(["app"]):
        name = _name(call.func)
        if name in ("tr", "mark"):
            context = "".join(text for argument in call.args[1:] for text in _texts(argument))
            yield from (Use(text, place, context=context) for text in _texts(call.args[0]))
        elif name == "tr_n":
            many = "".join(_texts(call.args[1]))
            context = "".join(text for argument in call.args[3:] for text in _texts(argument))
            yield from (Use(text, place, many, context=context) for text in _texts(call.args[0]))


def engine_keys() -> Iterator[Use]:
    """Find the keys of errors, phrases and issues that are written out where they are raised or reported."""
    errors = _error_classes()
    for place, call in _calls(["engine", "app"]):
        name = _name(call.func)
        keywords = {keyword.arg for keyword in call.keywords}
        if name in _OF_EXPRESSIONS:
            named = frozenset(map(str, keywords | _OF_EXPRESSIONS[name]))
            yield from (Use(f"expression.{key}", place, arguments=named - _FIXED) for key in _texts(call.args[0]))
        if name not in errors | {"Phrase", "report"} or "message" in keywords:
            continue
        open_ended = None in keywords or name in ("Phrase", "report")
        arguments = None if open_ended else frozenset(str(one) for one in keywords) - _FIXED
        yield from (Use(key, place, arguments=arguments) for key in _texts(call.args[0]) if _is_key(key))


def _error_classes() -> set[str]:
    """Return the names of the errors that take a key: SojournError and what is derived from it."""
    names = {"SojournError"}
    bases = {
        node.name: set(map(_name, node.bases))
        for _, node in _nodes(["engine", "app"])
        if isinstance(node, ast.ClassDef)
    }
    while further := {name for name, of in bases.items() if of & names} - names:
        names |= further
    return names - {"ExpressionError", "EvaluationError"}


def _is_key(text: str) -> bool:
    return re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)*|(ERR|WARN)_[A-Z]+_\d{3}", text) is not None


def _mentions() -> tuple[set[str], tuple[str, ...]]:
    """Return every string of the code, and the beginnings of those that are put together."""
    whole, beginnings = set[str](), set[str]()
    for _, node in _nodes(["engine", "app"]):
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            beginning = str(node.values[0].value)
            if re.fullmatch(r"[a-z_]+\.[a-z_.]*", beginning):
                beginnings.add(beginning)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            whole.add(node.value)
    return whole, tuple(sorted(beginnings))


def unused_keys() -> list[str]:
    """Return the keys of the engine's catalogue that no string of the code mentions."""
    whole, beginnings = _mentions()
    whole |= {use.text for use in engine_keys()}
    return [
        key
        for key in load(ENGINE, ENGLISH).names()
        if key not in whole and not key.startswith((*beginnings, *_BY_VALIDATION))
    ]


def missing_keys() -> list[str]:
    """Return the keys in the code that have no English text, each with its place."""
    known = set(load(ENGINE, ENGLISH).names())
    raised = (use for use in engine_keys() if use.arguments is not None or "." in use.text)
    return [f"{use.place}: {use.text}" for use in raised if use.text not in known]


def wrong_arguments() -> list[str]:
    """Return the errors whose arguments are not the placeholders of their text."""
    english = load(ENGINE, ENGLISH)
    return [
        f"{use.place}: {use.text}"
        for use in engine_keys()
        if use.arguments is not None and (text := english.get(use.text, count=2)) is not None
        and set(_PLACEHOLDER.findall(text)) - _FIXED != use.arguments
    ]  # fmt: skip


def catalogue_faults(language: str) -> list[str]:
    """Return what is missing, unused, unfinished or filled in otherwise than in English."""
    faults: list[str] = []
    for domain, wanted in ((ENGINE, _english_forms()), (APP, _app_forms() if language != ENGLISH else {})):
        seen: set[Entry] = set()
        for message in _messages(language, domain):
            key = str(message.context or ""), message.id if isinstance(message.id, str) else message.id[0]
            forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            seen.add(key)
            if message.fuzzy or not all(forms):
                faults.append(f"{domain}: {_named(key)} has no finished translation")
            elif (
                key in wanted
                and {one for form in forms for one in _PLACEHOLDER.findall(form)} - {"count"} != wanted[key]
            ):
                faults.append(f"{domain}: {_named(key)} has other placeholders")
        faults += [f"{domain}: {_named(key)} is missing" for key in sorted(wanted.keys() - seen)]
        faults += [f"{domain}: {_named(key)} is unused" for key in sorted(seen - wanted.keys())]
    return faults


def _named(entry: Entry) -> str:
    context, text = entry
    return f"{text!r} ({context})" if context else repr(text)


def _messages(language: str, domain: str) -> list[Message]:
    file = FOLDER / language / "LC_MESSAGES" / f"{domain}.po"
    if not file.is_file():
        return []
    with file.open(encoding="utf-8") as lines:
        return [message for message in read_po(lines) if message.id]


def _english_forms() -> Mapping[Entry, set[str]]:
    english = load(ENGINE, ENGLISH)
    return {
        ("", key): set(_PLACEHOLDER.findall(english.get(key, count=2) or "")) - {"count"} for key in english.names()
    }


def _app_forms() -> Mapping[Entry, set[str]]:
    return {
        (use.context, use.text): set(_PLACEHOLDER.findall(use.plural or use.text)) - {"count"} for use in app_texts()
    }


def expression_faults(language: str) -> list[str]:
    """Return the texts of the expression language that its catalogue lacks, and those that nothing uses."""
    signatures = [one for function in FUNCTIONS.values() for one in function.signatures]
    readings = {text for one in signatures for text in (one.words, one.negated)}
    wanted = {("function", function.meaning) for function in FUNCTIONS.values()}
    wanted |= {("reading", text) for text in readings if text}
    wanted |= {("editor", text) for text in (*METHODS.values(), *(meaning for _, meaning in (*OPERATORS, *WORDS)))}
    wanted |= {
        (f"operator.{choice.operator}", choice.text)
        for choices in (*CHOICES.values(), SEGMENT_CHOICES)
        for choice in choices
    }
    wanted.discard(("editor", "boolean"))
    messages = _messages(language, EXPRESSION)
    found = {(str(message.context), str(message.id)) for message in messages if isinstance(message.id, str)}
    checked = {context for context, _ in wanted} - {"editor"}
    unused = {(context, text) for context, text in found if context in checked} - wanted
    return [
        *(f"{EXPRESSION}: {text!r} ({context}) is missing" for context, text in sorted(wanted - found)),
        *(f"{EXPRESSION}: {text!r} ({context}) is unused" for context, text in sorted(unused)),
        *(f"{EXPRESSION}: {message.id!r} has no finished translation" for message in messages if not message.string),
    ]


def hangul_in_code() -> list[str]:
    """Return the places of Hangul in the product's code: it belongs into the catalogues."""
    files = [file for folder in ("engine", "app") for file in sorted((ROOT / folder).rglob("*.py"))]
    return [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if _HANGUL.search(line)
    ]


def write(language: str) -> None:
    """Add the missing entries of a language without a translation, remove the unused ones, and sort the file."""
    for domain, wanted in ((ENGINE, _english_forms()), (APP, _app_forms())):
        if domain == APP and language == ENGLISH:
            continue
        plurals = {(use.context, use.text): use.plural for use in app_texts() if use.plural}
        file = FOLDER / language / "LC_MESSAGES" / f"{domain}.po"
        source = file.read_text(encoding="utf-8") if file.is_file() else 'msgid ""\nmsgstr ""\n'
        header, *blocks = source.strip().split("\n\n")
        kept = {(_quoted_after("msgctxt", block), _quoted_after("msgid", block)): block for block in blocks}
        order = sorted(wanted, key=lambda entry: entry[::-1])
        entries = [kept.get(entry) or _empty_entry(entry, plurals.get(entry, "")) for entry in order]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n\n".join([header, *entries]) + "\n", encoding="utf-8")


def _quoted_after(keyword: str, block: str) -> str:
    match = re.search(rf'^{keyword} (".*")$', block, re.MULTILINE)
    return str(ast.literal_eval(match[1])) if match else ""


def _empty_entry(entry: Entry, plural: str) -> str:
    context, text = entry
    head = f"msgctxt {_quoted(context)}\nmsgid {_quoted(text)}" if context else f"msgid {_quoted(text)}"
    return f'{head}\nmsgid_plural {_quoted(plural)}\nmsgstr[0] ""' if plural else f'{head}\nmsgstr ""'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main() -> int:
    """Check or write; the exit code is 1 when something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="add missing entries and remove unused ones")
    if parser.parse_args().write:
        for language in languages():
            write(language)
    faults = [f"{language}: {fault}" for language in languages() for fault in catalogue_faults(language)]
    faults += [f"{code}: {fault}" for code in languages() if code != ENGLISH for fault in expression_faults(code)]
    faults += [f"no English text: {one}" for one in missing_keys()] + [f"unused key: {one}" for one in unused_keys()]
    faults += [f"other arguments: {one}" for one in wrong_arguments()]
    faults += [f"Hangul in the code: {one}" for one in hangul_in_code()]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
