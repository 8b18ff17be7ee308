"""Who asks Google Ads: the tokens, the manager account, and the address; none of the secrets in any text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workbench.core.errors import AuthError, ConfigError
from workbench.core.redact import SECRET, redact
from workbench.core.secrets import find_secret, get_secret
from workbench.core.settings import LOOPBACK

if TYPE_CHECKING:
    from workbench.core.settings import Settings

#: Version of the Google Ads API, pinned: the newest that the client speaks.
API_VERSION = "v26"
# a shorter one would be found by chance in texts that have nothing to do with it
_SHORTEST_SECRET = 8


@dataclass(frozen=True)
class GoogleAccess:
    """What a connection to Google Ads needs.

    Attributes
    ----------
    developer_token, client_id, client_secret, refresh_token : str
        As the API centre and the consent screen gave them; not part of any text that this object gives.
    login_customer_id : str
        Manager account through which the customer is reached; digits, may stay empty.
    endpoint : str
        Host and port of the API; the client's own if empty.
    token_url : str
        Where the refresh token is changed for an access token; the client's own if empty. ``http`` is allowed
        on this machine only.
    api_version : str
        Such as ``v26``.
    timeout_s : float
        Seconds that a page may take.

    Raises
    ------
    AuthError
        If a secret is empty.
    ConfigError
        If the manager account or the address of the tokens is not usable.
    """

    developer_token: str = field(repr=False)
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    login_customer_id: str = ""
    endpoint: str = ""
    token_url: str = ""
    api_version: str = API_VERSION
    timeout_s: float = 120.0

    def __post_init__(self) -> None:
        for name in ("developer_token", "client_id", "client_secret", "refresh_token"):
            if not getattr(self, name).strip():
                raise AuthError(
                    f"The {name} of Google Ads is empty.",
                    next_step=f"Store it as GOOGLE_ADS_{name.upper()}.",
                    name=name,
                )
        object.__setattr__(self, "login_customer_id", customer_digits(self.login_customer_id))
        parts = urlsplit(self.token_url)
        if self.token_url and parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise ConfigError(
                f"{redact(self.token_url)!r} cannot be asked for tokens.",
                next_step="Use https; http is allowed on this machine only.",
            )

    @property
    def is_local(self) -> bool:
        """Whether both addresses are on this machine."""
        host = urlsplit(f"//{self.endpoint}").hostname
        return host in LOOPBACK and urlsplit(self.token_url).hostname in LOOPBACK

    def hide(self, text: str) -> str:
        """Take the own secrets, and whatever else looks like one or is personal, out of a text.

        Examples
        --------
        >>> access = GoogleAccess("dev-token-1", "client-id", "client-secret", "refresh-token")
        >>> access.hide("asked with dev-token-1"), "dev-token-1" in repr(access)
        ('asked with [secret]', False)
        """
        secrets = (self.developer_token, self.client_secret, self.refresh_token, self.client_id)
        for secret in sorted(secrets, key=len, reverse=True):
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, SECRET)
        return redact(text)


def customer_digits(customer_id: str) -> str:
    """Write a customer's id without its dashes.

    Raises
    ------
    ConfigError
        If it is not made of digits and dashes.

    Examples
    --------
    >>> customer_digits("212-145-0128")
    '2121450128'
    """
    digits = customer_id.strip().replace("-", "")
    if not re.fullmatch(r"\d*", digits):
        raise ConfigError(
            f"{customer_id!r} is not the id of a Google Ads account.",
            next_step="Write its digits, such as 123-456-7890.",
            value=customer_id,
        )
    return digits


def google_access(
    settings: Settings, *, login_customer_id: str = "", endpoint: str = "", token_url: str = ""
) -> GoogleAccess:
    """Return the access of an installation: the four secrets ``GOOGLE_ADS_…``, and the addresses.

    Parameters
    ----------
    settings : Settings
        The installation.
    login_customer_id : str
        Manager account; default the secret GOOGLE_ADS_LOGIN_CUSTOMER_ID, if there is one.
    endpoint, token_url : str
        As in :class:`GoogleAccess`.

    Raises
    ------
    ConfigError
        If a secret is missing, or if the environment is the sandbox and an address is not on this machine.
    """
    is_local = urlsplit(f"//{endpoint}").hostname in LOOPBACK and urlsplit(token_url).hostname in LOOPBACK
    if settings.environment == "sandbox" and not is_local:
        raise ConfigError(
            "The sandbox environment does not talk to Google Ads.",
            next_step='Set environment = "live" in workbench.toml to read the real account.',
            endpoint=endpoint,
        )
    return GoogleAccess(
        get_secret("GOOGLE_ADS_DEVELOPER_TOKEN"),
        get_secret("GOOGLE_ADS_CLIENT_ID"),
        get_secret("GOOGLE_ADS_CLIENT_SECRET"),
        get_secret("GOOGLE_ADS_REFRESH_TOKEN"),
        login_customer_id=login_customer_id or find_secret("GOOGLE_ADS_LOGIN_CUSTOMER_ID") or "",
        endpoint=endpoint,
        token_url=token_url,
    )
