"""The headless commands (interfaces.md, Commands): a table of commands, each run by a function of its module.

Modules are loaded when their command is called, so that ``validate`` does not wait for a database.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.command_line import OneLineParser
from engine.installation import program_name, version

Arguments = argparse.Namespace
Declare = Callable[[argparse.ArgumentParser], None]

GOOD, NO, EXIT_USAGE, FAILED = range(4)
"""Exit codes: good, the answer is no, wrong use, something failed."""


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand: its words, what it does, its arguments, and ``module:function`` that does it."""

    words: str
    does: str
    done_by: str
    declare: Declare


def _whole(text: str, lowest: int, highest: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = lowest - 1
    if not lowest <= number <= highest:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {lowest} to {highest}; write one")
    return number


def _number(text: str) -> int:
    return _whole(text, 1, 100_000)


def _port(text: str) -> int:
    return _whole(text, 0, 65_535)


def _workspace(parser: argparse.ArgumentParser) -> None:
    words = "the workspace's folder, or its PostgreSQL URL (SOJOURN_WORKSPACE, else your own)"
    parser.add_argument("--workspace", metavar="PATH", help=words)
    parser.add_argument("--sandbox", default="prod", help="the sandbox (prod)")


def _files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")


def _validate(parser: argparse.ArgumentParser) -> None:
    _files(parser)
    parser.add_argument("--json", action="store_true", help="one JSON line an issue")


def _eval(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("expression", nargs="?", metavar="EXPRESSION")
    parser.add_argument("--event", action="append", default=[], metavar="NAME=FILE", help="an event's payload, as JSON")
    parser.add_argument("--now", default="", metavar="TIME", help="the time, such as 2026-03-10T08:00:00Z")
    parser.add_argument("--cases", metavar="FILE", help="run a file of cases instead")


def _import(parser: argparse.ArgumentParser) -> None:
    _files(parser)
    _workspace(parser)
    parser.add_argument("--publish", action="store_true", help="publish what was imported")
    parser.add_argument("--set", action="append", default=[], dest="sets", metavar="JSONPATH=VALUE")
    differing = parser.add_mutually_exclusive_group()
    differing.add_argument("--rename", action="store_const", const="rename", dest="differing", default="refuse")
    differing.add_argument("--replace", action="store_const", const="replace", dest="differing")


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journey", metavar="JOURNEY")
    _workspace(parser)
    parser.add_argument("--version", type=_number, metavar="N", help="a version (the newest)")
    parser.add_argument("-o", dest="output", metavar="FILE", help="write here (standard output)")


def _profiles(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    _workspace(parser)


def _setting_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("value", metavar="VALUE")
    _workspace(parser)


def _secret_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="NAME", help="such as action/SendPush/value; the value is read from standard input"
    )
    _workspace(parser)


def _inlet_token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default="main", metavar="NAME")
    _workspace(parser)


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    _workspace(parser)


def _user_set(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument(
        "--product-profile", action="append", default=[], dest="product_profiles", metavar="PROFILE", help="may repeat"
    )


def _permissions(parser: argparse.ArgumentParser, meaning: str) -> None:
    parser.add_argument(
        "--permission", action="append", default=[], dest="permissions", metavar="PERMISSION", help=meaning
    )


def _product_profile_set(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _permissions(parser, "such as read_journeys; may repeat")
    parser.add_argument(
        "--in", action="append", default=[], dest="sandboxes", metavar="SANDBOX", help="may repeat; without it all"
    )


def _token_create(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("--user", default="administrator", help="whose permissions it has (administrator)")
    parser.add_argument("--days", type=_number, default=90, help="how long it works (90)")
    _permissions(parser, "keep it to this one; may repeat; without it all that the user has")


def _steps_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journey", nargs="?", metavar="JOURNEY", help="one journey (all)")
    _workspace(parser)
    parser.add_argument("-o", dest="output", required=True, metavar="FILE", help="FILE.jsonl, FILE.csv or FILE.parquet")
    parser.add_argument("--since", default="", metavar="TIME", help="from this time on, such as 2026-03-10T08:00:00Z")
    parser.add_argument("--until", default="", metavar="TIME", help="before this time")
    parser.add_argument("--keys", action="store_true", help="with each person's key: the file then names people")
    parser.add_argument("--kept", action="store_true", help="without what is in archives")


def _query(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sql", metavar="SELECT", help="such as: select node, count(*) from steps group by node")
    _workspace(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON line a row")
    form.add_argument("--csv", action="store_true")
    parser.add_argument("--limit", type=_number, default=1_000, metavar="N", help="rows at the most (1000)")
    parser.add_argument("--archived", action="store_true", help="with what is in archives")


def _erase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("namespace", metavar="NAMESPACE", help="such as CRMID or Email")
    parser.add_argument("value", metavar="VALUE", help="the identity's value")
    _workspace(parser)
    parser.add_argument("--yes", action="store_true", help="it is meant: what is erased does not come back")
    parser.add_argument("--json", action="store_true")


def _limit(parser: argparse.ArgumentParser) -> None:
    _workspace(parser)
    parser.add_argument("--limit", type=_number, default=100, metavar="N", help="lines at the most (100)")


def _people_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journey", metavar="JOURNEY")
    _limit(parser)
    parser.add_argument("--activity", metavar="ID", help="only those who stand at this activity")


def _people_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("namespace", metavar="NAMESPACE", help="such as CRMID or Email")
    parser.add_argument("value", metavar="VALUE", help="the identity's value")
    _workspace(parser)


def _people_resume(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journey", metavar="JOURNEY")
    parser.add_argument("instance", metavar="INSTANCE", help="as people list prints it")
    _workspace(parser)


def _segment_set(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("namespace", metavar="NAMESPACE", help="such as CRMID or Email")
    parser.add_argument("value", metavar="VALUE", help="the identity's value")
    parser.add_argument("membership", choices=("in", "out", "rule"), help="rule: the segment's rule decides again")


def _definition_show(parser: argparse.ArgumentParser) -> None:
    kinds = ("namespace", "event", "data_source", "action", "template", "segment")
    parser.add_argument("kind", choices=kinds, metavar="KIND", help=", ".join(kinds))
    _name(parser)


def _retry(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", type=_number, metavar="ID", help="as printed by dead-letters list (all)")
    _workspace(parser)


def _send(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="one JSON document a line; - for standard input")
    _workspace(parser)
    parser.add_argument("--url", help="an inlet's address, to post there instead")
    parser.add_argument("--token", default="", help="its bearer token")


def _serve(parser: argparse.ArgumentParser) -> None:
    _workspace(parser)
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (this machine only)")
    parser.add_argument("--port", type=_port, default=8170, help="8170; 0 for any that is free")


def _people(text: str) -> int:
    return _whole(text, 1, 10_000_000)


def _seed(text: str) -> int:
    return _whole(text, 1 - 2**63, 2**63 - 1)


def _simulate(parser: argparse.ArgumentParser) -> None:
    _files(parser)
    parser.add_argument("--scenario", metavar="FILE", help="people, events and answers")
    parser.add_argument("--profiles", type=_people, metavar="N", help="a generated population of N people")
    parser.add_argument("--seed", type=_seed, metavar="S", help="another seed than the scenario's")
    parser.add_argument("--out", metavar="FILE", help="write the outcome here")
    parser.add_argument("--json", action="store_true", help="the whole outcome as JSON")


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journey", nargs="?", metavar="JOURNEY")
    _workspace(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--csv", action="store_true")


def _diff(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", metavar="A", help="a journey file, or a journey of the workspace: NAME or NAME@VERSION")
    parser.add_argument("new", metavar="B", help="the same")
    _workspace(parser)


def _bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME")


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell that reads the script")


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a new file")
    _workspace(parser)


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="what backup wrote")
    _workspace(parser)


_ACCESS = "engine.cli.access"
_RECORDS = "engine.cli.records"

COMMANDS = (
    Command("serve", "the engine and its inlet, without a window", "engine.cli.serve:serve", _serve),
    Command("validate", "the issues of journey files", "engine.cli.journeys:validate", _validate),
    Command("eval", "the value of an expression", "engine.cli.journeys:evaluate", _eval),
    Command("import", "bring journey files into a workspace", "engine.cli.content:import_files", _import),
    Command("export", "a journey's file", "engine.cli.content:export", _export),
    Command("profiles import", "bring in profiles, JSON lines or CSV", "engine.cli.content:import_profiles", _profiles),
    Command("people list", "show the people of a journey", f"{_RECORDS}:list_people", _people_list),
    Command("people show", "show the profile with this identity", f"{_RECORDS}:show_person", _people_show),
    Command(
        "people resume", "let a person go on from the step that failed", f"{_RECORDS}:resume_person", _people_resume
    ),
    Command("segment list", "show the segments and their people", f"{_RECORDS}:list_segments", _workspace),
    Command("segment set", "put a person into a segment or out of it", f"{_RECORDS}:set_segment", _segment_set),
    Command("definition show", "show a definition as files have it", f"{_RECORDS}:show_definition", _definition_show),
    Command("discards list", "show the events that were refused", f"{_RECORDS}:list_discards", _limit),
    Command(
        "dead-letters list", "show the stimuli that failed three times", f"{_RECORDS}:list_dead_letters", _workspace
    ),
    Command("dead-letters retry", "process dead letters again", f"{_RECORDS}:retry_dead_letters", _retry),
    Command("steps export", "write step events to a file", "engine.cli.reports:export", _steps_export),
    Command("steps archives", "show the archives of step events", "engine.cli.reports:archives", _workspace),
    Command("query", "ask the step events with SQL", "engine.cli.reports:query", _query),
    Command("erase", "erase a person: who has this identity", "engine.cli.records:erase", _erase),
    Command("setting set", "change a workspace setting", "engine.cli.content:set_setting", _setting_set),
    Command("setting list", "show the settings", "engine.cli.content:list_settings", _workspace),
    Command("secret set", "keep a secret, read from standard input", "engine.cli.content:set_secret", _secret_set),
    Command("inlet list", "show the inlets", "engine.cli.content:list_inlets", _workspace),
    Command("inlet token", "print an inlet's token", "engine.cli.content:print_token", _inlet_token),
    Command("user list", "show the users", f"{_ACCESS}:list_users", _workspace),
    Command("user set", "create a user, or change its product profiles", f"{_ACCESS}:set_user", _user_set),
    Command("user password", "give a user a password, read from standard input", f"{_ACCESS}:set_password", _name),
    Command("user remove", "remove a user and its API tokens", f"{_ACCESS}:remove_user", _name),
    Command("product-profile list", "show the product profiles", f"{_ACCESS}:list_product_profiles", _workspace),
    Command(
        "product-profile set",
        "create or change a product profile",
        f"{_ACCESS}:set_product_profile",
        _product_profile_set,
    ),
    Command(
        "product-profile remove",
        "remove a product profile that nobody has",
        f"{_ACCESS}:remove_product_profile",
        _name,
    ),
    Command("sandbox list", "show the sandboxes", f"{_ACCESS}:list_sandboxes", _workspace),
    Command("sandbox add", "add a sandbox", f"{_ACCESS}:add_sandbox", _name),
    Command("token list", "show the API tokens", f"{_ACCESS}:list_tokens", _workspace),
    Command("token create", "print a new API token, once", f"{_ACCESS}:create_token", _token_create),
    Command("token revoke", "make an API token useless", f"{_ACCESS}:revoke_token", _name),
    Command("audit", "show the audit log", f"{_ACCESS}:show_audit", _limit),
    Command("send", "post events", "engine.cli.send:send", _send),
    Command("simulate", "run journeys in virtual time", "engine.cli.journeys:simulate", _simulate),
    Command("report", "the journey summary", "engine.cli.reports:report", _report),
    Command("diff", "what differs between two journey files or versions", "engine.cli.journeys:diff", _diff),
    Command("backup", "copy a workspace while it is in use", "engine.cli.content:backup", _backup),
    Command("restore", "make a new workspace from a backup", "engine.cli.content:restore", _restore),
    Command("bench", "the project's benchmarks", "engine.cli.installation:bench", _bench),
    Command(
        "completion",
        "print a script that completes commands in a shell: source it in the shell's start file",
        "engine.cli.installation:completion",
        _completion,
    ),
    Command("doctor", "what is installed and what is missing", "engine.cli.installation:doctor", _workspace),
)

OTHER_COMMANDS = ("studio", "render", "sample")
"""Commands with a parser of their own: the studio, pictures of journeys, the sample servers."""
_ELSEWHERE = f"{', '.join(OTHER_COMMANDS)} are commands too; without one the studio opens."


def make_parser() -> OneLineParser:
    """Build the parser of all commands."""
    parser = OneLineParser(prog=program_name(), description="Customer journeys, drawn and run.", epilog=_ELSEWHERE)
    parser.add_argument("--version", action="version", version=f"Sojourn {version()}")
    branches = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=OneLineParser)
    groups: dict[str, argparse._SubParsersAction[OneLineParser]] = {}
    for command in COMMANDS:
        first, _, second = command.words.partition(" ")
        where = branches
        if second:
            if first not in groups:
                group = branches.add_parser(first, help=f"{first} …")
                groups[first] = group.add_subparsers(metavar="WHAT", required=True, parser_class=OneLineParser)
            where = groups[first]
        leaf = where.add_parser(second or first, help=command.does, description=command.does)
        command.declare(leaf)
        leaf.set_defaults(done_by=command.done_by)
    return parser


def main(argv: Sequence[str]) -> int:
    """Run the command that ``argv`` names and return the exit code; failures are raised as SojournError."""
    try:
        arguments = make_parser().parse_args(list(argv))
    except SystemExit as leaving:
        return int(leaving.code or GOOD)
    module, _, function = arguments.done_by.partition(":")
    run: Callable[[Arguments], int] = getattr(importlib.import_module(module), function)
    return run(arguments)


def print_line(text: str) -> None:
    """Print a line on standard output."""
    sys.stdout.write(f"{text}\n")
