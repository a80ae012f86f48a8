"""The documents: both languages have the same structure, and the tables of CONTRIBUTING.md lead to the code."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from benchmarks.gallery import IN_GUIDE
from tools.commands_page import PAGE, commands_page

PAIRS = (
    ("README.md", "README.ko.md"),
    ("docs/guide-marketer.md", "docs/guide-marketer.ko.md"),
    ("docs/guide-technician.md", "docs/guide-technician.ko.md"),
)
HANGUL = re.compile(r"[가-힣]")


def heading_levels(text: str) -> list[str]:
    return re.findall(r"^(#+) ", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)


def code_blocks(text: str) -> list[str]:
    return re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE)


def code_spans(text: str) -> list[str]:
    return sorted(set(re.findall(r"`([^`\n]+)`", text)))


def pictures(text: str) -> list[str]:
    return [Path(target).name for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)]


@pytest.mark.parametrize(("english", "korean"), PAIRS)
def test_both_languages_have_the_same_structure(root: Path, english: str, korean: str) -> None:
    texts = [(root / name).read_text("utf-8") for name in (english, korean)]
    for part in (heading_levels, code_blocks, code_spans, pictures):
        first, second = (part(text) for text in texts)
        assert first == second, part.__name__
    assert heading_levels(texts[0])


@pytest.mark.parametrize("korean", [pair[1] for pair in PAIRS])
def test_korean_documents_show_the_korean_window(root: Path, korean: str) -> None:
    text = (root / korean).read_text("utf-8")
    targets = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert targets
    for target in targets:
        assert "pictures/ko/" in target
        assert ((root / korean).parent / target).is_file()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    assert all(HANGUL.search(heading) for heading in headings[1:])


def test_korean_pictures_are_those_of_the_guides(root: Path) -> None:
    shown = {file.stem for file in (root / "docs" / "pictures" / "ko").glob("*.png")}
    assert shown == set(IN_GUIDE)


@pytest.mark.parametrize("name", ["README.md", "README.ko.md", "CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_links_of_the_documents_lead_to_files(root: Path, name: str) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", (root / name).read_text("utf-8"))
    missing = [target for target in targets if not (root / target).exists()]
    assert missing == []


def test_each_question_is_answered_by_one_search(root: Path) -> None:
    section = (root / "CONTRIBUTING.md").read_text("utf-8").split("## Where to look")[1].split("##")[0]
    terms = re.findall(r"^\| .+\? \| `([^`]+)` \|$", section, re.MULTILINE)
    assert len(terms) >= 8
    for term in terms:
        if (root / term).exists():
            continue
        found = subprocess.run(
            ["git", "grep", "-lF", term, "--", "app/*.py", "engine/*.py"],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        assert len(found) == 1, (term, found)


def test_page_of_commands_is_current() -> None:
    assert PAGE.read_text("utf-8") == commands_page(), "run: python -m tools.commands_page"
