"""Who asks Meta: the token, the app's secret, and the address; none of them in any text."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from workbench.core.errors import AuthError, ConfigError
from workbench.core.redact import SECRET, redact
from workbench.core.secrets import find_secret, get_secret
from workbench.core.settings import LOOPBACK

if TYPE_CHECKING:
    from workbench.core.settings import Settings

# a shorter one would be found by chance in texts that have nothing to do with it
_SHORTEST_SECRET = 8


@dataclass(frozen=True)
class GraphAccess:
    """What a connection to the Graph API needs.

    Attributes
    ----------
    token : str
        Access token; not part of any text that this object gives.
    app_id, app_secret : str
        The app that the token belongs to. With the secret, every call carries a proof (``appsecret_proof``).
    base_url : str
        Address without a slash at its end; ``http`` is allowed on this machine only.
    api_version : str
        Such as ``v26.0``.
    timeout_s : tuple of (float, float)
        Seconds to connect, and to wait for the next bytes.
    also_secret : tuple of str
        Further texts that must not be seen, such as the token on whose behalf another one asks.

    Raises
    ------
    AuthError
        If the token is empty.
    ConfigError
        If the address or the version is not usable.
    """

    token: str = field(repr=False)
    app_id: str = ""
    app_secret: str = field(default="", repr=False)
    base_url: str = "https://graph.facebook.com"
    api_version: str = "v26.0"
    timeout_s: tuple[float, float] = (3.0, 60.0)
    also_secret: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not self.token.strip():
            raise AuthError("There is no token for Meta.", next_step="Make one and store it as META_TOKEN.")
        if not re.fullmatch(r"[\x21-\x7e]+", self.token):
            raise AuthError(
                "The token for Meta has a space or a letter that no token has.",
                next_step="Copy it again, without quotes or line breaks, and store it as META_TOKEN.",
            )
        parts = urlsplit(self.base_url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and self.is_local)
        if not is_safe or not parts.hostname or parts.username or parts.query or self.base_url.endswith("/"):
            raise ConfigError(
                f"{redact(self.base_url)!r} cannot be used as the address of the Graph API.",
                next_step="Use https://graph.facebook.com; http is allowed on this machine only.",
                value=redact(self.base_url),
            )
        if not re.fullmatch(r"v\d{1,3}\.\d", self.api_version):
            raise ConfigError(
                f"{self.api_version!r} is not a version of the Graph API.",
                next_step="Write it like v26.0.",
                value=self.api_version,
            )

    @property
    def is_local(self) -> bool:
        """Whether the address is on this machine."""
        return urlsplit(self.base_url).hostname in LOOPBACK

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not be seen, in each way it is written, the longest first."""
        proof = (
            self.app_secret
            and hmac.new(self.app_secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()
        )
        plain = [
            s for s in (self.token, self.app_secret, proof, *self.also_secret) if len(s) >= _SHORTEST_SECRET
        ]
        written = {form for s in plain for form in (s, quote(s, safe=""), quote(s), s.replace("/", "\\/"))}
        return tuple(sorted(written, key=len, reverse=True))

    def hide(self, text: str) -> str:
        """Take the own secrets, and whatever else looks like one or is personal, out of a text.

        Examples
        --------
        >>> GraphAccess("not-a-usual-token").hide("GET /me?x=not-a-usual-token")
        'GET /me?x=[secret]'
        """
        for secret in self.secrets:
            text = text.replace(secret, SECRET)
        return redact(text)


def access_of(settings: Settings) -> GraphAccess:
    """Return the access of an installation: its settings, and the secrets META_TOKEN and META_APP_SECRET.

    Raises
    ------
    ConfigError
        If there is no token, or if the environment is the sandbox and the address is not on this machine.
    """
    if settings.environment == "sandbox" and urlsplit(settings.meta_graph_url).hostname not in LOOPBACK:
        raise ConfigError(
            f"The sandbox environment does not talk to {settings.meta_graph_url}.",
            next_step="Set meta_graph_url to the sandbox's address, or environment to live.",
            value=settings.meta_graph_url,
        )
    return GraphAccess(
        get_secret("META_TOKEN"),
        app_id=settings.meta_app_id,
        app_secret=find_secret("META_APP_SECRET") or "",
        base_url=settings.meta_graph_url,
        api_version=settings.meta_api_version,
    )
