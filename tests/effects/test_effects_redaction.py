"""Secrets do not get out by way of text."""

from __future__ import annotations

import io
import json
import logging
from base64 import b64encode
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects.redaction import REDACTED, RedactingFilter, Redactor, limit_library_logging

SECRET = 'pa$$ "word"/+é\n'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        urlencode({"x": SECRET})[2:],
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        repr(SECRET),
        b64encode(SECRET.encode()).decode(),
    ],
)
def test_known_secret_is_redacted_in_every_form(form: str) -> None:
    redactor = Redactor()
    redactor.add_secret(SECRET)
    redacted = redactor.redact(f"before {form} after")
    assert REDACTED in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert "word" not in redacted
    assert form not in redacted


@given(st.text(min_size=4, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_learnt_secret_survives(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.add_secret(secret)
    assert secret in REDACTED or secret not in redactor.redact(f"{before}{secret}{after}").replace(REDACTED, "")


def test_longer_secret_is_redacted_first() -> None:
    redactor = Redactor()
    redactor.add_secret("abcd")
    redactor.add_secret("abcdefgh")
    assert redactor.redact("x abcdefgh y") == f"x {REDACTED} y"


def test_short_secrets_keep_ordinary_words() -> None:
    redactor = Redactor()
    redactor.add_secret("a")
    assert redactor.redact("a cat") == "a cat"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("GET https://api.example.com/x?city=Paris&appid=1234&b=2", "1234"),
        ("GET /x?api_key=zzz", "zzz"),
        ("Authorization: Bearer zzz.yyy", "zzz.yyy"),
        ("{'authorization': 'Basic dTpw'}", "dTpw"),
        ("(b'Authorization', b'Bearer zzz')", "zzz"),
        ("https://user:zzz@example.com/", "zzz"),
        ("/t?access_token=zzz&x=1", "zzz"),
    ],
)
def test_unknown_credentials_are_redacted_by_name(text: str, secret: str) -> None:
    redacted = Redactor().redact(text)
    assert secret not in redacted
    assert REDACTED in redacted


@pytest.mark.parametrize("text", ["https://example.com/a?city=Paris", "12:30:45 key=value", "a token was renewed"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert Redactor().redact(text) == text


def test_filter_redacts_messages_arguments_and_tracebacks() -> None:
    redactor, written = Redactor(), io.StringIO()
    redactor.add_secret("canary-1")
    handler = logging.StreamHandler(written)
    handler.addFilter(RedactingFilter(redactor))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.info("calling %s with %r", "https://x/canary-1", {"k": "canary-1"})
    try:
        raise ValueError("canary-1 was refused")
    except ValueError:
        logger.exception("it failed", stack_info=True)
    assert "canary-1" not in written.getvalue()
    assert written.getvalue().count(REDACTED) >= 3


def test_libraries_do_not_log_urls() -> None:
    limit_library_logging()
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
