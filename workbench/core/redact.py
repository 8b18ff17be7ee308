"""Take tokens, e-mail addresses and phone numbers out of a text before anybody reads it.

What must stay readable stays: dates, times, amounts, percentages, ids of campaigns and accounts, hashes. A
bare run of digits is therefore no phone number here unless something says so: a leading ``+`` or ``0``, a
bracketed area code, the North American grouping, or a word such as *phone* before it.
"""

from __future__ import annotations

import re

SECRET = "[secret]"  # noqa: S105 (what stands in for one)
EMAIL = "[email]"
PHONE = "[phone]"

# the end of a credential's name; what stands before it (META_, my-) does not matter
_CREDENTIAL = (
    r"(?:(?:access|refresh|id|auth|api|app|bearer|session|page|user|system|client|data|secret)[_-]?(?:token|key|secret)"
    r"|appsecret_proof|authorization|[a-z]{0,20}passw(?:or)?d|passphrase|pwd|token|secret|secret_\w{1,40})"
)
# in quotes; or up to a space or "&", without the punctuation at its end
_VALUE = (
    r"(?:\[secret\]|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'"
    r"|(?:\\?[\"'])?(?:[^\s\"'&,;)}\]<>]|[,;)}\]](?=[^\s\"'&,;)}\]<>]))+)"
)
_LOCAL = r"[\w.!#$*+~^-]"
_DATE = r"\d{4}-\d\d-\d\d"
_NO_MORE = r"(?!\w|[.,:]\d)"

_CREDENTIAL_NAME = re.compile(rf"(?i)(?:.*[^a-z0-9])?{_CREDENTIAL}")
_CREDENTIAL_VALUE = re.compile(
    rf"(?i)((?<![a-z0-9]){_CREDENTIAL}\\?[\"']?\s{{0,3}}(?:=>|=|:|%3D)\s{{0,3}})"
    rf"(?!(?:bearer|basic|oauth)\s)({_VALUE})"
)

_SECRETS: list[tuple[str, str]] = [
    # user:password@ in a URL
    (r"(?<=://)[^\s/@\"'<>]{1,512}@(?=[\w\[])", f"{SECRET}@"),
    # Authorization: Bearer …
    (r"(?i)\b(bearer|basic|oauth)\s+[A-Za-z0-9._~+/|-]{8,}=*", rf"\1 {SECRET}"),
    # Graph tokens wherever they stand: user and page tokens begin with EAA, app tokens are id|secret
    (r"(?<![A-Za-z0-9])EAA[A-Za-z0-9]{16,}", SECRET),
    (r"(?<!\d)\d{10,17}(?:\||%7C)[A-Za-z0-9_-]{16,}", SECRET),
]
_PERSONAL: list[tuple[str, str]] = [
    (
        rf"(?<!{_LOCAL}){_LOCAL}++(?:'{_LOCAL}++)*+(?:@|%40)"
        r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}",
        EMAIL,
    ),
    # a word says that a number follows
    (
        r"(?i)(?<![a-z])((?:phone|mobile|telefon|telefono|telephone|tel|whatsapp|handy|fax)"
        r"(?:[ _-]?(?:number|nummer|no))?\\?[\"']?[\s:=.]{1,3}\\?[\"']?)\(?\+?\d[\d\s()/.-]{4,22}\d",
        rf"\1{PHONE}",
    ),
    # +49 171 2345678, but neither a time zone (+02:00) nor a difference (+15978.28)
    (
        rf"(?<![\w.:,])(?!\+\d{{1,12}}\.\d{{1,2}}(?!\d))"
        rf"\+[1-9](?:[\s()/.-]{{0,3}}(?!{_DATE})\d){{7,14}}{_NO_MORE}",
        PHONE,
    ),
    # 0171 2345678, (030) 1234567, 030/1234567, 0044 20 7946 0000
    (
        rf"(?<![\w.,:+/@-])(?!{_DATE})"
        r"\(?0(?:0[1-9]|[1-9])\d{1,4}(?:\)[\s/-]{0,2}|[\s/-])"
        rf"(?:\d{{5,10}}|\d{{2,4}}(?:[\s-]\d{{2,5}}){{1,3}}){_NO_MORE}",
        PHONE,
    ),
    # 01712345678, 004917123456
    (rf"(?<![\w.,:+/-])0(?:0[1-9]|[1-9])\d{{7,12}}{_NO_MORE}", PHONE),
    # (555) 123-4567, 555-123-4567, 1-555-123-4567
    (
        rf"(?<![\w.,:+/-])(?:1[-.\s])?(?:\(\d{{3}}\)\s?\d{{3}}[-.\s]|\d{{3}}([-.])\d{{3}}\1)\d{{4}}{_NO_MORE}(?!-\d)",
        PHONE,
    ),
]
_BEFORE = [(re.compile(pattern), replacement) for pattern, replacement in _SECRETS]
_AFTER = [(re.compile(pattern), replacement) for pattern, replacement in _PERSONAL]


def is_credential_name(name: str) -> bool:
    """Say whether a field of this name holds a secret.

    Examples
    --------
    >>> is_credential_name("META_ACCESS_TOKEN"), is_credential_name("campaign_id")
    (True, False)
    """
    return _CREDENTIAL_NAME.fullmatch(name) is not None


def redact(text: str) -> str:
    """Replace secrets, e-mail addresses and phone numbers by ``[secret]``, ``[email]``, ``[phone]``.

    Parameters
    ----------
    text : str
        Anything that may be read by somebody: a log line, an error, a trace, a vendor's answer.

    Returns
    -------
    str
        The text without them; redacting it again changes nothing.

    Examples
    --------
    >>> redact("GET /me?access_token=EAAB12345678901234567890&fields=id")
    'GET /me?access_token=[secret]&fields=id'
    >>> redact("campaign 23847141732800764 spent 15,978.28 on 2026-11-20")
    'campaign 23847141732800764 spent 15,978.28 on 2026-11-20'
    """
    for pattern, replacement in _BEFORE:
        text = pattern.sub(replacement, text)
    text = _CREDENTIAL_VALUE.sub(_hide_value, text)
    for pattern, replacement in _AFTER:
        text = pattern.sub(replacement, text)
    return text


def _hide_value(match: re.Match[str]) -> str:
    name, value = match.groups()
    quote = value[0] if len(value) > 1 and value[0] == value[-1] in "\"'" else ""
    return f"{name}{quote}{SECRET}{quote}"
