"""Check sizes, names and words of the product, which import contracts do not cover (ARCHITECTURE.md)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("engine", "app")
TOP = {
    "app",
    "engine",
    "resources",
    "tests",
    "benchmarks",
    "docs",
    "tools",
    "main.py",
    "pyproject.toml",
    "requirements.lock",
    "Makefile",
    "README.md",
    "README.ko.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "THIRD-PARTY.md",
    "LICENSE",
}
LONGEST_FILE = 460
LONGEST_FUNCTION = 60
LONGEST_CLASS = 300
VAGUE = re.compile(r"(Manager|Helper|Utils?|Data|Info)$")
PURE = ("engine/expression", "engine/core", "engine/activities", "engine/model")
IMPURE = {
    "socket",
    "asyncio",
    "threading",
    "subprocess",
    "time",
    "secrets",
    "os",
    "sqlite3",
    "urllib.request",
}


FIGURATIVE = {
    "aside": 7,
    "calm": 0,
    "deeds?": 0,
    "dress(es|ed|ing)?": 0,
    "errands?": 0,
    "furnish(ed)?": 0,
    "greet(s|ed|ing)?": 0,
    "hands": 2,
    "hears?|heard": 1,
    "house|room": 10,
    "ink": 0,
    "mend(s|ed|ing)?": 0,
    "say|says|said": 88,
    "tell|tells|told": 55,
    "tidying": 0,
    "walk(s|ed)?": 5,
    "wears?|worn": 0,
    "whoever": 0,
    "wish(es)?": 1,
}
"""Words for which there is a plain technical one, with how often names and docstrings have them: only ever less."""
LONGEST_TEST_NAME = 8
"""Words after ``test``."""


@cache
def sources() -> tuple[Path, ...]:
    """Return every Python file of the product."""
    return tuple(sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py")))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imports(module: ast.Module) -> Iterator[str]:
    """Yield the modules that a file imports anywhere."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_top_level_entries() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.fail("the tests need the repository's list of files; run them in a clone")
    found = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {entry for entry in found if not entry.startswith(".")} <= TOP


def test_every_module_has_a_docstring() -> None:
    silent = [name(file) for file in sources() if file.stat().st_size and not ast.get_docstring(tree(file))]
    assert silent == []


def test_files_classes_and_functions_stay_small() -> None:
    long = []
    for file in sources():
        lines = len(file.read_text("utf-8").splitlines())
        if lines > LONGEST_FILE:
            long.append(f"{name(file)}: {lines} lines")
        longest = lines if "migrations/versions" in name(file) else LONGEST_FUNCTION  # a revision is a list of tables
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and span(node) > longest:
                long.append(f"{name(file)}: {node.name}() {span(node)} lines")
            if isinstance(node, ast.ClassDef) and span(node) > LONGEST_CLASS:
                long.append(f"{name(file)}: class {node.name} {span(node)} lines")
    assert long == []


def test_classes_have_telling_names() -> None:
    vague = [
        f"{name(file)}: {node.name}"
        for file in sources()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef) and VAGUE.search(node.name)
    ]
    assert vague == []


def vocabulary() -> Counter[str]:
    """Count the words of all modules', classes' and functions' names and docstrings."""
    words: Counter[str] = Counter()
    for file in sources():
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                called = file.stem if isinstance(node, ast.Module) else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", node.name)
                text = f"{called.replace('_', ' ')} {ast.get_docstring(node) or ''}"
                words.update(re.findall(r"[a-z]+", text.lower()))
    return words


def test_figurative_words_become_fewer() -> None:
    words = vocabulary()
    found = {
        pattern: sum(count for word, count in words.items() if re.fullmatch(pattern, word)) for pattern in FIGURATIVE
    }
    more = {pattern: count for pattern, count in found.items() if count > FIGURATIVE[pattern]}
    assert more == {}, "use the plain word (CONTRIBUTING.md)"


def test_test_names_are_short() -> None:
    long = [
        f"{name(file)}: {node.name}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef) and node.name.count("_") > LONGEST_TEST_NAME
    ]
    assert long == []


def test_pure_packages_import_no_io() -> None:
    reaching = [
        f"{name(file)}: {module}"
        for file in sources()
        if name(file).startswith(PURE)
        for module in imports(tree(file))
        if module in IMPURE
    ]
    assert reaching == []


def test_no_unfinished_work_marks() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|pytest\.mark\.(skip|xfail)|pytest\.skip\(")
    files = [*sources(), *(file for file in (ROOT / "tests").rglob("*.py") if file != Path(__file__))]
    left = [
        f"{name(file)}:{number}"
        for file in files
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if mark.search(line)
    ]
    assert left == []


def test_wall_clock_is_read_in_few_places() -> None:
    """Code that decides takes ``now``; only packages that meet the outside read a clock."""
    clock = re.compile(r"\b(datetime\.now|datetime\.utcnow|time\.time|date\.today)\(")
    readers = {name(file) for file in sources() if clock.search(file.read_text("utf-8"))}
    assert {reader for reader in readers if reader.startswith(PURE)} == set()


def test_headless_commands_do_not_import_qt() -> None:
    code = (
        "import sys, main, engine.cli; sys.exit(any(name.split('.')[0] in ('PySide6', 'app') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_tests_have_unique_names() -> None:
    names = [file.name for file in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(file: Path, known: set[str]) -> set[str]:
    """The modules of the product that a file imports, in functions and for type checkers too."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in known else node.module for name in names}
    return (found & known) - {module_name(file)}


def reachable(module: str, graph: dict[str, set[str]]) -> set[str]:
    """The modules that a module imports, and those that these import, and so on."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def test_no_module_imports_itself_through_others() -> None:
    known = {module_name(file) for file in sources()}
    graph = {module_name(file): imported_modules(file, known) for file in sources()}
    assert {module for module in graph if module in reachable(module, graph)} == set()
