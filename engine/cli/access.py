"""Commands for access: users, product profiles, sandboxes, API tokens, the audit log."""

from __future__ import annotations

import sys

from engine.cli import GOOD, Arguments, print_line
from engine.cli.workspaces import shown_time, workspace


def list_users(arguments: Arguments) -> int:
    """Show the users."""
    with workspace(arguments) as (engine, caller):
        rows = engine.users.list(caller)
    for row in rows:
        held = ", ".join(row.product_profiles) or "no product profile"
        print_line(f"{row.name}  {held}  {'password' if row.has_password else 'no password'}")
    return GOOD


def set_user(arguments: Arguments) -> int:
    """Create a user or change its product profiles."""
    with workspace(arguments) as (engine, caller):
        engine.users.put(caller, arguments.name, tuple(arguments.product_profiles))
    return GOOD


def set_password(arguments: Arguments) -> int:
    """Give a user a password."""
    password = sys.stdin.readline().rstrip("\n")
    with workspace(arguments) as (engine, caller):
        engine.users.set_password(caller, arguments.name, password)
    return GOOD


def remove_user(arguments: Arguments) -> int:
    """Remove a user and its API tokens."""
    with workspace(arguments) as (engine, caller):
        engine.users.remove(caller, arguments.name)
    return GOOD


def list_product_profiles(arguments: Arguments) -> int:
    """Show the product profiles."""
    with workspace(arguments) as (engine, caller):
        rows = engine.users.profiles(caller)
    for row in rows:
        print_line(
            f"{row.name}  {', '.join(row.permissions) or 'nothing'}  in {', '.join(row.sandboxes) or 'all sandboxes'}"
        )
    return GOOD


def set_product_profile(arguments: Arguments) -> int:
    """Create or change a product profile."""
    with workspace(arguments) as (engine, caller):
        engine.users.put_profile(caller, arguments.name, tuple(arguments.permissions), tuple(arguments.sandboxes))
    return GOOD


def remove_product_profile(arguments: Arguments) -> int:
    """Remove an unused product profile."""
    with workspace(arguments) as (engine, caller):
        engine.users.remove_profile(caller, arguments.name)
    return GOOD


def list_sandboxes(arguments: Arguments) -> int:
    """Show the sandboxes."""
    with workspace(arguments) as (engine, caller):
        names = engine.sandboxes.list(caller)
    for name in names:
        print_line(name)
    return GOOD


def add_sandbox(arguments: Arguments) -> int:
    """Add a sandbox."""
    with workspace(arguments) as (engine, caller):
        engine.sandboxes.add(caller, arguments.name)
    return GOOD


def create_token(arguments: Arguments) -> int:
    """Print a new API token; it is not shown again."""
    with workspace(arguments) as (engine, caller):
        token = engine.api_tokens.issue(
            caller, arguments.name, arguments.user, arguments.days, tuple(arguments.permissions)
        )
    print_line(token)
    return GOOD


def list_tokens(arguments: Arguments) -> int:
    """Show the API tokens, without the tokens themselves."""
    with workspace(arguments) as (engine, caller):
        rows = engine.api_tokens.list(caller)
    for row in rows:
        kept_to = ", ".join(row.permissions) or "all that the user may"
        print_line(
            f"{row.name}  {row.actor}  {kept_to}  {'expired' if row.expired else 'until'} {shown_time(row.expires)}"
        )
    return GOOD


def revoke_token(arguments: Arguments) -> int:
    """Make an API token useless."""
    with workspace(arguments) as (engine, caller):
        engine.api_tokens.revoke(caller, arguments.name)
    return GOOD


def show_audit(arguments: Arguments) -> int:
    """Show the audit log, the newest first."""
    with workspace(arguments) as (engine, caller):
        rows = engine.access.audit(caller, arguments.limit)
    for row in rows:
        print_line(
            f"{shown_time(row.at)}  {row.actor}  {'refused ' if row.refused else ''}{row.what}  {row.about}".rstrip()
        )
    return GOOD
