"""Shell completion: the scripts are generated from the parser, and bash completes with them."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from engine import cli


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the completion script of a shell."""
    assert cli.main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", {"import", "studio", "profiles", "--version"}),
        ("im", {"import"}),
        ("profiles", {"profiles"}),
        ("profiles ", {"import", "--help"}),
        ("product-profile s", {"set"}),
        ("simulate --sc", {"--scenario"}),
        ("simulate a.json --see", {"--seed"}),
        ("completion ", {"bash", "zsh", "fish"}),
        ("nothing-known-", set()),
    ],
)
def test_bash_completes_commands_and_options(
    typed: str, expected: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    words = ["sojourn", *typed.split(" ")]
    line = (
        f"{script('bash', capsys)}\nCOMP_WORDS=({' '.join(repr(word) for word in words)})\n"
        f'COMP_CWORD={len(words) - 1}\n_sojourn\nprintf "%s\\n" "${{COMPREPLY[@]}}"\ncomplete -p sojourn >&2'
    )
    done = subprocess.run([bash, "--norc", "-c", line], capture_output=True, text=True, check=True)
    found = set(done.stdout.split())
    assert found == expected if typed.split(" ")[-1] else expected <= found
    assert "-F _sojourn sojourn" in done.stderr


def test_zsh_uses_bash_completion(capsys: pytest.CaptureFixture[str]) -> None:
    lines = script("zsh", capsys).splitlines()
    assert lines[0] == "#compdef sojourn"
    assert "bashcompinit" in lines[1]
    assert lines[-1] == "complete -o default -F _sojourn sojourn"


def test_fish_completes_subcommands_of_group(capsys: pytest.CaptureFixture[str]) -> None:
    lines = script("fish", capsys).splitlines()
    assert "complete -c sojourn -n '__fish_use_subcommand' -a import -d 'bring journey files into a workspace'" in lines
    condition = "__fish_seen_subcommand_from profiles; and not __fish_seen_subcommand_from import"
    assert f"complete -c sojourn -n '{condition}' -a import -d 'bring in profiles: JSON lines, CSV or .xlsx'" in lines
    options = "__fish_seen_subcommand_from profiles; and __fish_seen_subcommand_from import"
    assert any(line.startswith(f"complete -c sojourn -n '{options}' -l workspace") for line in lines)
    assert all(line.startswith("complete -c sojourn ") for line in lines)
