"""Commands for access: users, product profiles, sandboxes, API tokens, the audit log."""

from __future__ import annotations

import sys

from engine.cli import GOOD, Arguments, print_line
from engine.cli.workspaces import shown_time, workspace
from engine.facade import Engine
from engine.services.views import Caller


def list_users(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Show the users."""
    for row in engine.users.list(caller):
        held = ", ".join(row.product_profiles) or "no product profile"
        print_line(f"{row.name}  {held}  {'password' if row.has_password else 'no password'}")


def set_user(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Create a user or change its product profiles."""
    engine.users.put(caller, arguments.name, tuple(arguments.product_profiles))


def set_password(arguments: Arguments) -> int:
    """Give a user a password."""
    password = sys.stdin.readline().rstrip("\n")
    with workspace(arguments) as (engine, caller):
        engine.users.set_password(caller, arguments.name, password)
    return GOOD


def remove_user(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Remove a user and its API tokens."""
    engine.users.remove(caller, arguments.name)


def list_product_profiles(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Show the product profiles."""
    for row in engine.users.profiles(caller):
        print_line(
            f"{row.name}  {', '.join(row.permissions) or 'nothing'}  in {', '.join(row.sandboxes) or 'all sandboxes'}"
        )


def set_product_profile(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Create or change a product profile; one sandbox can be named by ``--sandbox`` too."""
    named = arguments.sandboxes or ([arguments.sandbox] if arguments.sandbox else [])
    engine.users.put_profile(caller, arguments.name, tuple(arguments.permissions), tuple(named))


def remove_product_profile(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Remove an unused product profile."""
    engine.users.remove_profile(caller, arguments.name)


def list_sandboxes(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Show the sandboxes."""
    for name in engine.sandboxes.list(caller):
        print_line(name)


def add_sandbox(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Add a sandbox."""
    engine.sandboxes.add(caller, arguments.name)


def create_token(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print a new API token; it is not shown again."""
    token = engine.api_tokens.issue(
        caller, arguments.name, arguments.user, arguments.days, tuple(arguments.permissions)
    )
    print_line(token)


def list_tokens(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Show the API tokens, without the tokens themselves."""
    for row in engine.api_tokens.list(caller):
        kept_to = ", ".join(row.permissions) or "all that the user may"
        print_line(
            f"{row.name}  {row.actor}  {kept_to}  {'expired' if row.expired else 'until'} {shown_time(row.expires)}"
        )


def revoke_token(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Make an API token useless."""
    engine.api_tokens.revoke(caller, arguments.name)


def show_audit(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Show the audit log, the newest first."""
    for row in engine.access.audit(caller, arguments.limit):
        print_line(
            f"{shown_time(row.at)}  {row.actor}  {'refused ' if row.refused else ''}{row.what}  {row.about}".rstrip()
        )
