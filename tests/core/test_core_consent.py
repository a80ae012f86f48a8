"""The wish to get no messages: the words that state it, those that cannot be read."""

from __future__ import annotations

import pytest

from engine.core.consent import newly_unwanted, unwanted_addresses
from engine.core.declared import UnfitError, check_attributes
from engine.model.definitions import Profile


@pytest.mark.parametrize("word", [True, 1, 1.0, "1.0", "TRUE", "WAHR", " Ja ", "VRAI", "예", "참", "yes", "Y"])
def test_wish_is_read_in_any_language(word: object) -> None:
    stated = check_attributes({"doNotEmail": word, "email": " ann@example.com "}, ())
    assert unwanted_addresses(stated, Profile.model_construct(identities={}, attributes=stated)) == [
        ("email", "ann@example.com")
    ]


@pytest.mark.parametrize("word", [False, 0, "0.0", "FALSCH", "아니요", "", None])
def test_absent_wish_takes_no_address(word: object) -> None:
    stated = check_attributes({"doNotPush": word, "pushToken": "t"}, ())
    assert unwanted_addresses(stated, Profile.model_construct(identities={}, attributes=stated)) == []


@pytest.mark.parametrize("word", ["maybe", 2, [], {"a": 1}])
def test_unreadable_wish_is_refused(word: object) -> None:
    with pytest.raises(UnfitError) as refused:
        check_attributes({"doNotSms": word}, ())
    assert (refused.value.path, refused.value.phrase.arguments["kind"]) == ("doNotSms", "boolean")


def test_later_address_of_a_silent_person_is_unwanted() -> None:
    before = Profile(identities={"Email": "a@example.com"}, attributes={"doNotEmail": True}, testProfile=False)
    after = before.model_copy(update={"identities": {"Email": "b@example.com"}})
    assert newly_unwanted({}, (before,), after) == [("email", "b@example.com")]
    assert newly_unwanted({}, (before,), before) == []
    assert newly_unwanted(before.attributes, (before,), before) == [("email", "a@example.com")]
