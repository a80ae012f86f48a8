"""Queries of the suppression list: the addresses of a sandbox that get no messages any more."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from engine.model.channel import suppression_key
from engine.store.results import columns_of, fetch_all
from engine.store.runtime_queries import address_digest
from engine.store.tables import suppressed


class SuppressedRow(NamedTuple):
    """An address of the list; of an erased person it is a digest."""

    channel: str
    address: str
    reason: str
    at: int


def list_suppressed(
    connection: Connection, sandbox: str, search: str, limit: int, offset: int
) -> tuple[int, tuple[SuppressedRow, ...]]:
    """List addresses that contain a text or are it in another spelling: how many, and some of them, newest first."""
    here = suppressed.c.sandbox == sandbox
    if search:
        forms = {suppression_key(channel, search) for channel in ("email", "sms", "push")}
        here &= suppressed.c.address.icontains(search.strip(), autoescape=True) | suppressed.c.address.in_(forms)
    total = connection.execute(select(func.count()).select_from(suppressed).where(here)).scalar_one()
    query = select(*columns_of(suppressed, SuppressedRow._fields)).where(here)
    order = (suppressed.c.at.desc(), suppressed.c.channel, suppressed.c.address)
    return total, fetch_all(connection, query.order_by(*order).limit(limit).offset(offset), SuppressedRow)


def remove_suppressed(connection: Connection, sandbox: str, channel: str, address: str) -> bool:
    """Take an address off the list, in whatever spelling; whether it was there."""
    key = suppression_key(channel, address)
    known = suppressed.c.address.in_((key, address_digest(key), address_digest(address)))
    here = (suppressed.c.sandbox == sandbox) & (suppressed.c.channel == channel) & known
    return connection.execute(delete(suppressed).where(here)).rowcount > 0
