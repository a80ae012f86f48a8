"""One normal form for all spellings of an address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.address import normal_email, normal_forms, normal_identity, normal_phone, phone_pattern, spellings

ANN = "ann@example.com"
KOREAN = "+821055550142"


@pytest.mark.parametrize(
    "written",
    ["Ann@Example.com", " ANN@EXAMPLE.COM\u200b", "<ann@example.com>", "mailto:Ann@example.com", "ann@example.com."],
)
def test_spellings_of_an_email_are_one(written: str) -> None:
    assert normal_email(written) == ANN


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Ju\u0308rgen@B\u00fccher.de", "j\u00fcrgen@xn--bcher-kva.de"),
        ("j\u00fcrgen@xn--bcher-kva.de", "j\u00fcrgen@xn--bcher-kva.de"),
        ("a@\u00fc..de", "a@\u00fc..de"),
        ("No Address", "no address"),
    ],
)
def test_domains_are_compared_in_ascii(written: str, normal: str) -> None:
    assert normal_email(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        "+82 10 5555 0142",
        "0082-10-5555-0142",
        "+82 (0)10.5555.0142",
        "(+82) 10 5555 0142",
        "+82 010 5555 0142",
        "tel:+82-10-5555-0142",
        "\uff0b\uff18\uff12 \uff11\uff10 \uff15\uff15\uff15\uff15 \uff10\uff11\uff14\uff12",
    ],
)
def test_spellings_of_a_number_are_one(written: str) -> None:
    assert normal_phone(written) == KOREAN
    assert phone_pattern(KOREAN).search(f"call {written}!")


@pytest.mark.parametrize(("written", "normal"), [("010-5555-0142", "01055550142"), ("+", "+"), ("Desk 7", "Desk 7")])
def test_number_without_country_stays_apart(written: str, normal: str) -> None:
    assert normal_phone(written) == normal


def test_other_numbers_are_not_found() -> None:
    assert phone_pattern(KOREAN).search("+82 10 5555 01421") is None
    assert phone_pattern("+0000000").search("x +0000000 y")


@given(st.text(), st.sampled_from(["Email", "Phone", "CRMID", None]))
def test_normal_form_is_its_own(text: str, namespace: str | None) -> None:
    form = normal_identity(namespace, text)
    assert normal_identity(namespace, form) == form


def test_every_stored_form_is_listed() -> None:
    assert spellings("Email", "A@B\u00fccher.de") == ("A@B\u00fccher.de", "a@xn--bcher-kva.de", "a@b\u00fccher.de")
    assert spellings("Email", "a@xn--\u0301.de")[0] == "a@xn--\u0301.de"
    assert spellings("CRMID", "C1") == ("C1",)
    assert normal_forms(ANN) == (ANN,)
