"""What is taken out of a text, and what has to stay."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.ids import content_id, new_id
from workbench.core.redact import is_credential_name, redact

STAYS = [
    "2026-11-20",
    "2026-11-20 2026-11-21 2026-11-22",
    "2026-11-20T10:00:00.123456+02:00",
    "2026-11-20T10:00:00Z",
    "10:00 +1000 2026-11-20",
    "20.11.2026 12:30",
    "01/02/2021",
    "01-02-2021",
    "20261120",
    "15,978.28",
    "15.978,28 €",
    "+15978.28",
    "+1,234,567.89",
    "−0.000005",
    "0.21996948851659",
    "CPC 0.05-0.10",
    "1,435 rows; 916 of 1,143",
    "100 200 3000",
    "campaign id 23847141732800764",
    "act_1234567890123456",
    "1790000000000",
    "load_0199f0c2a4b1-5f3c9e1a",
    "550e8400-e29b-41d4-a716-446655440000",
    "sha256 0123456789012345678901234567890123456789012345678901234567890123",
    "export-2021-01-01-2021-12-31.csv",
    "192.168.100.200:8866",
    "python 3.12.1, v1.2.3",
    "007 of 00123",
    "the secret is out, the token expired",
    "tokens used: many",
    "https://example.org/path?after=2026-11-20",
    "a @ 3.50 each",
    "s3://bucket/lake/date_start=2026-11-20",
    "",
]
GOES = [
    ("access_token=EAABxyz&fields=id", "access_token=[secret]&fields=id"),
    ('{"access_token": "abc def", "id": 3}', '{"access_token": "[secret]", "id": 3}'),
    ("{'password': 'a \\' b'}", "{'password': '[secret]'}"),
    ("META_ACCESS_TOKEN=abc", "META_ACCESS_TOKEN=[secret]"),
    ("password: hunter2, next", "password: [secret], next"),
    ("PGPASSWORD=hunter2", "PGPASSWORD=[secret]"),
    ("WORKBENCH_SECRET_DATA_KEY=abc", "WORKBENCH_SECRET_DATA_KEY=[secret]"),
    ("client_secret=a&grant_type=b", "client_secret=[secret]&grant_type=b"),
    ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer [secret]"),
    ("authorization: Basic dXNlcjpwYXNz==", "authorization: Basic [secret]"),
    ("appsecret_proof=deadbeef", "appsecret_proof=[secret]"),
    ("got EAABsbCS1iHgBAKZCqyz123456!", "got [secret]!"),
    ("123456789012345|abcdefghijklmnopqrstu", "[secret]"),
    ("https://user:pw@host/x", "https://[secret]@host/x"),
    ("postgresql+psycopg://u:p%40@h/db", "postgresql+psycopg://[secret]@h/db"),
    ("https://ghp_abcdef@host/x", "https://[secret]@host/x"),
    ("mail jane.doe+x@mail.example.co.uk now", "mail [email] now"),
    ("<jörg@müller.de>", "<[email]>"),
    ("email=a%40b.com", "email=[email]"),
    ("o'neil@example.org.", "[email]."),
    ("+49 171 2345678", "[phone]"),
    ("+4917123456789,", "[phone],"),
    ("(+44) 20 7946 0000", "([phone]"),
    ("+1 (555) 123-4567", "[phone]"),
    ("0171 2345678", "[phone]"),
    ("0171/2345678", "[phone]"),
    ("(030) 1234567", "[phone]"),
    ("call 01712345678.", "call [phone]."),
    ("0044 20 7946 0000", "[phone]"),
    ("555-123-4567", "[phone]"),
    ("(555) 123-4567", "[phone]"),
    ("1-555-123-4567", "[phone]"),
    ("tel: 4915112345678", "tel: [phone]"),
    ('"phone": "15551234567"', '"phone": "[phone]"'),
    ("phone_number=15551234567", "phone_number=[phone]"),
]


@pytest.mark.parametrize("text", STAYS)
def test_what_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(("text", "redacted"), GOES)
def test_what_goes(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize("text", STAYS + [one for one, _ in GOES])
def test_twice_is_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.dates(), st.datetimes(timezones=st.just(UTC)))
def test_dates_and_moments_stay(day: date, moment: datetime) -> None:
    for text in (
        day.isoformat(),
        f"{day} – {day}",
        f"from {day} to {day},",
        moment.isoformat(),
        str(moment),
        f"{day:%d.%m.%Y}",
        f"{day:%d/%m/%Y}",
    ):
        assert redact(text) == text


@given(
    st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "€", "$"]),
)
def test_amounts_stay(amount: Decimal, sign: str) -> None:
    for text in (f"{sign}{amount:,}", f"{sign}{amount}", f"{amount:+}", f"spent {amount} of {amount}"):
        assert redact(text) == text


@given(st.integers(10**14, 10**18 - 1))
def test_ids_stay(number: int) -> None:
    for text in (
        f"{number}",
        f"act_{number}",
        f"name:{number}",
        f'{{"campaign_id": "{number}"}}',
        f"({number})",
    ):
        assert redact(text) == text


@given(st.binary(max_size=20))
def test_our_own_ids_stay(content: bytes) -> None:
    for text in (content_id("load", [content]), new_id("run")):
        assert redact(text) == text


@given(
    st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,20}[a-z0-9]", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9-]{0,20}\.(com|org|de|co\.uk)", fullmatch=True),
    st.sampled_from([" ", "<", "'", '"', ",", "(", ":", "\n"]),
)
def test_addresses_go(local: str, domain: str, before: str) -> None:
    text = redact(f"x{before}{local}@{domain}{before}y")
    assert domain not in text
    assert "@" not in text


@given(st.from_regex(r"[A-Za-z0-9_.~-]{1,60}", fullmatch=True), st.sampled_from(["=", ": ", '":"', "' => '"]))
def test_tokens_go_wherever_they_stand(token: str, joint: str) -> None:
    token = f"q{token}z7"
    assert token not in redact(f"GET /me access_token{joint}{token} failed")


@given(st.integers(1, 99), st.integers(10**7, 10**10 - 1), st.sampled_from([" ", "-", ""]))
def test_international_numbers_go(country: int, number: int, joint: str) -> None:
    assert str(number) not in redact(f"call +{country}{joint}{number} now")


@given(st.text(max_size=200))
def test_any_text_goes_through(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_long_texts_take_no_long_time() -> None:
    for part in ("a.", "a@", "0 ", "1-", "token", "+1 (", "://a", "é_"):
        redact(part * 20_000)


@pytest.mark.parametrize(
    "name", ["access_token", "META_ACCESS_TOKEN", "password", "x-api-key", "client_secret", "Authorization"]
)
def test_names_of_credentials(name: str) -> None:
    assert is_credential_name(name)


@pytest.mark.parametrize("name", ["campaign_id", "tokens", "keyword", "spend", ""])
def test_other_names(name: str) -> None:
    assert not is_credential_name(name)
