"""The laws of merging: two customers stay two, and neither the order of keys nor that of rows decides."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.identity import KnownProfile, join_memberships, kept_identities, plan_merge, strength, without_identity
from engine.core.profiles import Membership
from engine.model.definitions import Profile
from engine.simulation.scenario import read_scenario
from engine.simulation.simulation import Simulation
from tests.helpers.journey_builders import entry, journey

FILE = journey([entry()], [])
Row = dict[str, str]
WEAK = {"Email": st.sampled_from(["m", "M", "n"]), "Phone": st.sampled_from(["1", "2"]), "ECID": st.just("e")}
PEOPLE = {"CRMID": st.sampled_from(["c1", "c2", "c3"]), "LoyaltyID": st.sampled_from(["l1", "l2"])}
ANY_ROWS = st.lists(st.fixed_dictionaries({}, optional={**PEOPLE, **WEAK}).filter(bool), min_size=1, max_size=7)
CUSTOMERS = st.lists(st.fixed_dictionaries({"CRMID": PEOPLE["CRMID"]}, optional=WEAK), min_size=1, max_size=7).filter(
    lambda rows: (
        len({(row["CRMID"], code, row[code].lower()) for row in rows for code in WEAK if code in row})
        == len({(row["CRMID"], code) for row in rows for code in WEAK if code in row})
    )
)
"""Customers who state one value in each namespace: of two the last is theirs."""


def stored(rows: list[Row], attributes: list[dict[str, Any]] | None = None) -> Simulation:
    said = attributes or [{} for _ in rows]
    people = [{"identities": row, "attributes": one} for row, one in zip(rows, said, strict=True)]
    return Simulation([FILE], read_scenario(json.dumps({"start": "2026-03-10T08:00:00Z", "profiles": people})))


def owners(rows: list[Row]) -> dict[tuple[str, str], object]:
    """The strongest identity of whom each stated identity belongs to."""
    store = stored(rows).store
    pairs = {pair for row in rows for pair in row.items()}
    found = {pair: store.profile("prod", *pair) for pair in pairs}
    return {pair: None if one is None else strength(one.profile.identities) for pair, one in found.items()}


@settings(max_examples=60, deadline=None)
@given(rows=ANY_ROWS)
def test_two_customers_never_merge(rows: list[Row]) -> None:
    store = stored(rows).store
    found = [store.profile("prod", "CRMID", value) for value in ("c1", "c2", "c3")]
    known = [one.id for one in found if one is not None]
    assert len(known) == len(set(known))


@settings(max_examples=60, deadline=None)
@given(rows=CUSTOMERS, data=st.data())
def test_order_of_rows_and_keys_is_free(rows: list[Row], data: st.DataObject) -> None:
    other = [dict(reversed(row.items())) for row in data.draw(st.permutations(rows))]
    assert owners(rows) == owners(other)
    assert owners(rows) == owners(rows + rows)


@settings(max_examples=60, deadline=None)
@given(rows=ANY_ROWS)
def test_order_of_keys_is_free(rows: list[Row]) -> None:
    assert owners(rows) == owners([dict(reversed(row.items())) for row in rows])


def test_known_customer_keeps_the_name() -> None:
    for linked in ({"ECID": "e1", "CRMID": "c1"}, {"CRMID": "c1", "ECID": "e1"}):
        rows = [{"ECID": "e1"}, {"CRMID": "c1"}, linked]
        store = stored(rows, [{"name": "Guest", "points": 1}, {"name": "Ann", "tier": "gold"}, {}]).store
        one = store.profile("prod", "CRMID", "c1")
        assert one is not None
        assert one.profile.attributes == {"name": "Ann", "tier": "gold", "points": 1}


def test_customer_can_get_another_loyalty_id() -> None:
    store = stored([{"CRMID": "c1", "LoyaltyID": "l1"}, {"CRMID": "c1", "LoyaltyID": "l2"}]).store
    one = store.profile("prod", "LoyaltyID", "l2")
    assert one is not None
    assert (len(store.profiles), one.profile.identities["CRMID"]) == (1, "c1")


def person(**names: str) -> Profile:
    return Profile.model_construct(identities=names, attributes={}, test_profile=False, events=(), segments=())


def test_loyalty_id_of_somebody_else_is_left() -> None:
    known = {1: KnownProfile(person(CRMID="c1", LoyaltyID="l1"))}
    stated = person(CRMID="c2", LoyaltyID="l1")
    plan = plan_merge(stated.identities, {"LoyaltyID": 1}, known)
    assert (plan.joined, plan.refused, plan.moved) == ((), ("LoyaltyID",), ())
    assert kept_identities(stated, plan).identities == {"CRMID": "c2"}
    taken = plan_merge({"CRMID": "c0", "LoyaltyID": "l1"}, {"LoyaltyID": 1}, known)
    assert taken.moved == ("LoyaltyID",)


def test_former_address_is_of_who_states_it_now() -> None:
    rows = [{"CRMID": "c1", "Email": "m"}, {"CRMID": "c1", "Email": "n"}, {"CRMID": "c2", "Email": "M"}]
    assert owners(rows)["Email", "M"] == owners(rows)["CRMID", "c2"]
    assert owners(rows)["Email", "n"] == owners(rows)["CRMID", "c1"]
    known = {1: KnownProfile(person(CRMID="c1", LoyaltyID="l2"))}
    assert plan_merge({"CRMID": "c2", "LoyaltyID": "l1"}, {"LoyaltyID": 1}, known).moved == ("LoyaltyID",)
    assert without_identity(known[1].profile, "LoyaltyID", "l1").identities == {"CRMID": "c1", "LoyaltyID": "l2"}


def test_member_stays_member() -> None:
    assert join_memberships(Membership(False), Membership(True)) == Membership(True)
    assert join_memberships(Membership(True, False), Membership(False, True)) == Membership(True, False)
    assert join_memberships(Membership(False), Membership(False, True)) == Membership(False, True)
