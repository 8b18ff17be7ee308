"""Google Ads through its official client: pages of a query, waited for and tried again where that helps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from operator import attrgetter
from types import TracebackType
from typing import Any, Self

from workbench.channels.clock import Clock, SystemClock
from workbench.channels.google_ads_access import GoogleAccess, customer_digits
from workbench.channels.google_ads_errors import translate
from workbench.channels.retries import Retries
from workbench.core.errors import ChannelError, RateLimited, RemoteRejected

_CLIENT_LOG = "google.ads.googleads.client"


class GoogleAds:
    """A connection to Google Ads.

    Parameters
    ----------
    access : GoogleAccess
        Secrets and addresses.
    clock : Clock, optional
        What is waited by; default the machine's.
    retries : Retries, optional
        How often a page is tried, and how long is waited.
    on_wait : callable, optional
        Told why is waited.
    """

    def __init__(
        self,
        access: GoogleAccess,
        *,
        clock: Clock | None = None,
        retries: Retries | None = None,
        on_wait: Callable[[str], None] | None = None,
    ) -> None:
        self.access = access
        self.clock = clock or SystemClock()
        self.retries = retries or Retries()
        self._on_wait = on_wait or (lambda _: None)
        self._credentials: Any = None
        self._service: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; a later call opens it anew."""
        if self._service is not None:
            self._service.transport.close()
            self._service = None

    def pages(self, customer_id: str, query: str, fields: tuple[str, ...]) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a query page by page.

        Parameters
        ----------
        customer_id : str
            Account, with or without dashes.
        query : str
            In the Google Ads Query Language.
        fields : tuple of str
            Fields of a row, such as ``metrics.cost_micros``; they are the keys of the rows.

        Raises
        ------
        AuthError, RemoteRejected
            At once.
        RateLimited, RemoteUnavailable
            After as many tries, or as much waiting, as the retries allow.
        """
        customer, read = customer_digits(customer_id), [(f, attrgetter(f)) for f in fields]
        token, seen = "", {""}
        while True:
            page = self._page(customer, query, token)
            yield [{name: get(row) for name, get in read} for row in page.results]
            token = page.next_page_token
            if not token:
                return
            if token in seen:
                raise RemoteRejected(
                    f"Google Ads gave the same page of account {customer} again.",
                    next_step="Run it again; nothing was counted twice.",
                    is_retryable=False,
                )
            seen.add(token)

    def _page(self, customer: str, query: str, token: str) -> Any:
        call = f"a report of account {customer}"
        n_failed, waited_s = 0, 0.0
        while True:
            try:
                return self._ask(customer, query, token)
            except Exception as error:
                found = self._translated(error, call)
            n_failed += 1
            wait = self._wait_s(found, n_failed)
            is_over = n_failed >= self.retries.max_tries or waited_s + wait > self.retries.total_wait_s
            if is_over or not found.facts.get("is_retryable"):
                raise found
            self._on_wait(f"{found.message} Trying again in {wait:.0f} s ({n_failed}).")
            self.clock.sleep(wait)
            waited_s += wait

    def _translated(self, error: Exception, call: str) -> ChannelError:
        """Return our error for one of the client's; anything else is raised as it is."""
        import grpc
        from google.ads.googleads.errors import GoogleAdsException
        from google.api_core.exceptions import GoogleAPICallError
        from google.auth.exceptions import GoogleAuthError

        if not isinstance(error, (grpc.RpcError, GoogleAdsException, GoogleAPICallError, GoogleAuthError)):
            raise error
        return translate(error, call=call, api_version=self.access.api_version, hide=self.access.hide)

    def _wait_s(self, error: ChannelError, n_failed: int) -> float:
        is_rate = isinstance(error, RateLimited)
        known = (
            error.retry_after_s
            if isinstance(error, RateLimited) and error.facts.get("is_wait_known")
            else None
        )
        return self.retries.wait_s(n_failed, asked_s=known, is_rate=is_rate)

    def _ask(self, customer: str, query: str, token: str) -> Any:
        """Ask for one page, with a fresh access token where the old one has ended."""
        from google.auth.transport.requests import Request

        service = self._opened()
        if not self._credentials.valid:
            self._credentials.refresh(Request())
        request = {"customer_id": customer, "query": query, "page_token": token}
        pager = service.search(request=request, retry=None, timeout=self.access.timeout_s)
        page = next(iter(pager.pages))
        return getattr(page, "_pb", page)

    def _opened(self) -> Any:
        if self._service is None:
            from google.ads.googleads.client import GoogleAdsClient
            from google.oauth2.credentials import Credentials

            # it writes whatever the other side says, unredacted; the same is in our errors, redacted
            logging.getLogger(_CLIENT_LOG).setLevel(logging.CRITICAL)
            access = self.access
            self._credentials = self._credentials or Credentials(  # type: ignore[no-untyped-call]
                token=None,
                refresh_token=access.refresh_token,
                client_id=access.client_id,
                client_secret=access.client_secret,
                token_uri=access.token_url or _own_token_url(),
            )
            client = GoogleAdsClient(
                self._credentials,
                developer_token=access.developer_token,
                login_customer_id=access.login_customer_id or None,
                endpoint=access.endpoint or None,
                version=access.api_version,
                use_proto_plus=True,
            )
            self._service = client.get_service("GoogleAdsService")
        return self._service


def _own_token_url() -> str:
    """Return the address for tokens that the client library itself uses."""
    from google.oauth2 import credentials

    return str(credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT)
