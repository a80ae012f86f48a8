"""Data in a message stays data: no value can add a header, end the body or change the protocol."""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
from collections.abc import Mapping
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects.smtp import Email, compose
from engine.model.channel import MessageTemplate, RenderedMessage, render
from tests.effects.test_effects_smtp import TEMPLATE, Mailbox, mail, serve
from tests.helpers.performer_fakes import PerformerFakes
from tests.helpers.raw_server import RawServer
from tests.helpers.server_faults import answers

HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
FORGED = "Eve\r\nReply-To: mallory@example.com\r\n\r\n<html>forged</html>"
ENCODED = [
    "=?utf-8?q?Eve=0D=0AReply-To=3A_mallory=40example=2Ecom=0D=0A=0D=0A=3Chtml=3E?=",
    f"=?utf-8?b?{base64.b64encode(FORGED.encode()).decode()}?=",
    f"=?UTF-8?B?{base64.b64encode(FORGED.encode()).decode()}?= and =?us-ascii?Q?more?=",
    "=?iso-8859-1?Q?=00?=",
]


def parsed(content: bytes) -> email.message.Message:
    return email.message_from_bytes(content, policy=email.policy.compat32)


def subject_of(content: bytes) -> str:
    return str(make_header(decode_header(parsed(content)["Subject"].replace("\r\n", ""))))


def check_form(content: bytes) -> None:
    """Check what holds for every message: its headers, short lines, whole line ends, seven bits."""
    assert set(parsed(content).keys()) == HEADERS
    assert content.isascii()
    assert b"\0" not in content
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\r" in line or b"\n" in line for line in lines)


@pytest.mark.parametrize("name", ENCODED)
def test_encoded_line_break_in_subject_is_refused(name: str) -> None:
    async def main() -> None:
        mailbox = Mailbox()
        server, port = await serve(mailbox)
        world = PerformerFakes(
            {"templates": [TEMPLATE]}, smtp_url=f"smtp+plain://127.0.0.1:{port}", email_from="a@b.example"
        )
        done = await world.message("email", "Hello", "eve@example.com", name=name)
        server.close()
        assert (done.error, done.attempts, mailbox.envelopes) == ("evaluation", 0, [])
        assert "mallory" not in done.origin_error

    asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=?utf-8?q?Eve?=", "=?utf-8?q?Eve?="),
        ("=?utf-8?b?%%%?=", "=?utf-8?b?%%%?="),
        ("E\0v\x1be\x7f\x9b", "Eve"),
        ("Eve\u202e\u2066", "Eve"),
        ("a\r\nBcc: b@c.example\x0b\x85\u2028c", "a Bcc: b@c.example c"),
        ("x" * 3_000, "x" * 3_000),
        ("지" * 500, "지" * 500),
        ('"; a@b.example, <c@d.example>', '"; a@b.example, <c@d.example>'),
        ("a\ud800b", "ab"),
    ],
)
def test_value_reaches_the_subject_as_text(name: str, shown: str) -> None:
    template = MessageTemplate.model_validate({**TEMPLATE, "subject": "Hi {{ name }}"})
    content = compose(mail(texts=render(template, {"name": name}))).replace(b"multipart/alternative", b"text/plain")
    assert subject_of(content) == f"Hi {shown}"
    assert content.split(b"\r\n\r\n")[0].count(b"Subject:") == 1


@given(st.text(), st.text())
def test_any_texts_make_a_whole_message(subject: str, body: str) -> None:
    content = compose(mail(texts=RenderedMessage(subject.replace("=?", ""), body, "")))
    check_form(content)
    assert parsed(content).get_payload(decode=True) is not None


def test_body_survives_dots_and_long_lines() -> None:
    async def main() -> None:
        mailbox = Mailbox()
        server, port = await serve(mailbox)
        world = PerformerFakes(
            {"templates": [TEMPLATE]}, smtp_url=f"smtp+plain://127.0.0.1:{port}", email_from="a@b.example"
        )
        name = ".\r\n.\r\nQUIT\r\n" + "y" * 5_000 + "\r\nFrom me\0"
        done = await world.message("email", "Hello", "eve@example.com", name=name)
        server.close()
        assert done.error is None
        plain, markup = mailbox.only_mail().iter_parts()
        for part in (plain, markup):
            text = part.get_content().replace("\r\n", "\n")
            assert ".\n.\nQUIT\n" + "y" * 5_000 + "\nFrom me" in text
            assert "\0" not in text

    asyncio.run(main())


@pytest.mark.parametrize(
    ("sender", "header"),
    [
        ("Hotel <a@b.example>", b"From: Hotel <a@b.example>"),
        ('"Hotel, Paris" <a@b.example>', b'From: "Hotel, Paris" <a@b.example>'),
        ("a@b.example", b"From: a@b.example"),
        ("=?utf-8?q?X=0D=0ABcc=3A_c?= <a@b.example>", b"From: =?utf-8?"),
        ("호텔 <a@b.example>", b"From: =?utf-8?"),
    ],
)
def test_sender_has_one_name_and_address(sender: str, header: bytes) -> None:
    content = compose(mail(sender=sender))
    check_form(content)
    assert content.startswith(header)
    assert b"a@b.example" in content.split(b"To:")[0]


def test_control_character_in_an_address_is_refused() -> None:
    for changed in ({"recipient": "a\x85@b.example"}, {"unsubscribe": "https://a.example/\r\nBcc: x"}):
        with pytest.raises(ValueError, match="control character"):
            compose(mail(**changed))


@pytest.mark.parametrize("address", ["=?utf-8?q?a=0d=0aBcc?=@b.example", "a@b.example\r\nBcc: c", "a>@b.example"])
def test_address_with_syntax_receives_nothing(address: str) -> None:
    async def main() -> None:
        world = PerformerFakes({"templates": [TEMPLATE]})
        done = await world.message("email", "Hello", address, name="x")
        assert done.error == "evaluation"
        assert not world.outbox.messages

    asyncio.run(main())


TEXTS: Mapping[str, Mapping[str, object]] = {
    "sms": {"name": "S", "channel": "sms", "text": "Hi {{ name }}", "variables": {"name": "string"}},
    "push": {
        "name": "S",
        "channel": "push",
        "title": "{{ name }}",
        "text": "{{ name }}",
        "variables": {"name": "string"},
    },
}


@pytest.mark.parametrize("channel", ["sms", "push"])
def test_gateway_texts_have_no_control_characters(channel: str) -> None:
    async def main() -> None:
        async with RawServer({"/g": answers(200)}) as server:
            world = PerformerFakes({"templates": [TEXTS[channel]]})
            world.sandboxes.settings[f"{channel}_gateway_url"] = f"{server.url}/g"
            done = await world.message(channel, "S", "+4912345", name='E\0v\x1be"\r\n, "to": "x"\ud800')
            assert done.error is None
            sent = server.received[0].json
        await world.performer.close()
        assert sent["to"] == "+4912345"
        assert 'Eve"\r\n, "to": "x"' in sent["text"]
        assert sent.get("title", 'Eve" , "to": "x"') == 'Eve" , "to": "x"'

    asyncio.run(main())


def test_identifier_of_a_mail_is_its_message_id() -> None:
    message = Email("m-1", "a@example.com", "b@example.org", RenderedMessage("s", "b", ""))
    assert parsed(compose(message))["Message-ID"] == "<m-1@example.com>"
