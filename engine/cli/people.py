"""Commands about who may do what: users, product profiles, sandboxes, API tokens, the audit log."""

from __future__ import annotations

import sys

from engine.cli import GOOD, Arguments, say
from engine.cli.places import workspace
from engine.cli.times import shown_time


def list_users(given: Arguments) -> int:
    """Show the users."""
    with workspace(given) as (engine, caller):
        rows = engine.users.list(caller)
    for row in rows:
        held = ", ".join(row.product_profiles) or "no product profile"
        say(f"{row.name}  {held}  {'password' if row.has_password else 'no password'}")
    return GOOD


def set_user(given: Arguments) -> int:
    """Create a user or change its product profiles."""
    with workspace(given) as (engine, caller):
        engine.users.put(caller, given.name, tuple(given.product_profiles))
    return GOOD


def set_password(given: Arguments) -> int:
    """Give a user a password."""
    password = sys.stdin.readline().rstrip("\n")
    with workspace(given) as (engine, caller):
        engine.users.set_password(caller, given.name, password)
    return GOOD


def remove_user(given: Arguments) -> int:
    """Remove a user and its API tokens."""
    with workspace(given) as (engine, caller):
        engine.users.remove(caller, given.name)
    return GOOD


def list_product_profiles(given: Arguments) -> int:
    """Show the product profiles."""
    with workspace(given) as (engine, caller):
        rows = engine.users.profiles(caller)
    for row in rows:
        say(f"{row.name}  {', '.join(row.permissions) or 'nothing'}  in {', '.join(row.sandboxes) or 'all sandboxes'}")
    return GOOD


def set_product_profile(given: Arguments) -> int:
    """Create or change a product profile."""
    with workspace(given) as (engine, caller):
        engine.users.put_profile(caller, given.name, tuple(given.permissions), tuple(given.sandboxes))
    return GOOD


def remove_product_profile(given: Arguments) -> int:
    """Remove a product profile that nobody has."""
    with workspace(given) as (engine, caller):
        engine.users.remove_profile(caller, given.name)
    return GOOD


def list_sandboxes(given: Arguments) -> int:
    """Show the sandboxes."""
    with workspace(given) as (engine, caller):
        names = engine.sandboxes.list(caller)
    for name in names:
        say(name)
    return GOOD


def add_sandbox(given: Arguments) -> int:
    """Add a sandbox."""
    with workspace(given) as (engine, caller):
        engine.sandboxes.add(caller, given.name)
    return GOOD


def create_token(given: Arguments) -> int:
    """Print a new API token; it is not shown again."""
    with workspace(given) as (engine, caller):
        token = engine.api_tokens.issue(caller, given.name, given.user, given.days, tuple(given.permissions))
    say(token)
    return GOOD


def list_tokens(given: Arguments) -> int:
    """Show the API tokens, without the tokens themselves."""
    with workspace(given) as (engine, caller):
        rows = engine.api_tokens.list(caller)
    for row in rows:
        kept_to = ", ".join(row.permissions) or "all that the user may"
        say(f"{row.name}  {row.actor}  {kept_to}  {'expired' if row.expired else 'until'} {shown_time(row.expires)}")
    return GOOD


def revoke_token(given: Arguments) -> int:
    """Make an API token useless."""
    with workspace(given) as (engine, caller):
        engine.api_tokens.revoke(caller, given.name)
    return GOOD


def show_audit(given: Arguments) -> int:
    """Show the audit log, the newest first."""
    with workspace(given) as (engine, caller):
        rows = engine.access.audit(caller, given.limit)
    for row in rows:
        say(f"{shown_time(row.at)}  {row.actor}  {'refused ' if row.refused else ''}{row.what}  {row.about}".rstrip())
    return GOOD
