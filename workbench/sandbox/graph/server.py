"""The server itself: HTTP/1.1 on this machine only, in a thread of its own."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from workbench.core.errors import ConfigError
from workbench.core.log import get as get_logger
from workbench.core.log import trace
from workbench.sandbox.graph.clock import Clock, WallClock
from workbench.sandbox.graph.control import PREFIX, Control
from workbench.sandbox.graph.desk import Desk
from workbench.sandbox.graph.faults import FaultPlan, Faults
from workbench.sandbox.graph.insights_desk import InsightsDesk, Limits
from workbench.sandbox.graph.messages import Answer, Request
from workbench.sandbox.graph.quotas import QuotaBook, Quotas
from workbench.sandbox.graph.refusals import GraphRefusal
from workbench.sandbox.graph.reports import ReportPace
from workbench.sandbox.graph.source import Source
from workbench.sandbox.graph.tokens import TokenRules, Tokens

_KEPT_REQUESTS = 100_000
_LONGEST_BODY = 16 << 20
_IDLE_S = 120.0
_log = get_logger("sandbox.graph")


@dataclass(frozen=True)
class Recorded:
    """A request that was made, without its token.

    Attributes
    ----------
    method, path : str
        Method and path.
    params : mapping of str to str
        Parameters of address and body.
    """

    method: str
    path: str
    params: Mapping[str, str]


def token_of(seed: int) -> str:
    """Return the token that a server of this seed knows; it opens nothing else.

    Examples
    --------
    >>> len(token_of(1)), token_of(1) == token_of(1), token_of(1) == token_of(2)
    (43, True, False)
    """
    return "EAASandbox" + sha256(f"sandbox token {seed}".encode()).hexdigest()[:33]


class GraphServer:
    """A Graph API over a world. Use as a context manager.

    Parameters
    ----------
    source : Source
        The world.
    clock : Clock, optional
        What quotas, reports and slow answers run on; the machine's by default.
    seed : int
        Seed of the reports' durations, and of the token.
    tokens : mapping of str to TokenRules, optional
        Tokens that are accepted; by default one that may do everything, see ``token``.
    app_secret : str
        Secret that proofs are checked by.
    requires_proof : bool
        Whether every call has to carry one.
    quotas, faults, limits, pace : optional
        How much is allowed, what goes wrong, how large answers are, how long reports take.
    host : str
        An address of this machine itself; nothing else is allowed.
    port : int
        0 for any free one.
    step : callable, optional
        Lets days of the world pass; without it the control endpoints cannot.

    Attributes
    ----------
    requests : deque of Recorded
        What was asked, the oldest first.
    control_key : str
        Key of the control endpoints.

    Raises
    ------
    ConfigError
        If the address is not on this machine, or the port is taken.
    """

    def __init__(
        self,
        source: Source,
        *,
        clock: Clock | None = None,
        seed: int = 0,
        tokens: Mapping[str, TokenRules] | None = None,
        app_secret: str = "",
        requires_proof: bool = False,
        quotas: Quotas | None = None,
        faults: Faults | None = None,
        limits: Limits | None = None,
        pace: ReportPace | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        step: Callable[[int], None] | None = None,
    ) -> None:
        self.source = source
        self.clock: Clock = clock or WallClock()
        self.requests: deque[Recorded] = deque(maxlen=_KEPT_REQUESTS)
        self.control_key = secrets.token_hex(16)
        limits = limits or Limits()
        rules = {token_of(seed): TokenRules()} if tokens is None else dict(tokens)
        self._desk = Desk(
            source,
            self.clock,
            Tokens(rules, app_secret, requires_proof),
            QuotaBook(quotas or Quotas(), self.clock, self._n_active_ads),
            InsightsDesk(source, self.clock, limits=limits, pace=pace or ReportPace(), seed=seed),
            FaultPlan(faults or Faults()),
            limits.page_size,
        )
        self._control = Control(self._desk, self.control_key, step)
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._host = host
        self._http = _listen(self, host, port)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def base_url(self) -> str:
        """Address, without a version."""
        return f"http://{self._host}:{self.port}"

    @property
    def port(self) -> int:
        """Port it listens on."""
        return int(self._http.server_address[1])

    @property
    def token(self) -> str:
        """The first token that it knows."""
        return next(iter(self._desk.tokens.rules))

    @property
    def faults_happened(self) -> dict[str, int]:
        """How often each fault happened."""
        return dict(self._desk.faults.happened)

    def fail_next(self, kind: str, n: int = 1, *, match: str = "") -> None:
        """Let the next requests fail.

        Parameters
        ----------
        kind : str
            One of ``Faults.ALL``.
        n : int
            How many of those that the fault fits.
        match : str
            Pattern that is looked for in the path, such as ``/insights$``.
        """
        with self._lock:
            self._desk.faults.order(kind, n, match)

    def set_faults(self, faults: Faults) -> None:
        """Let other faults happen from now on."""
        with self._lock:
            self._desk.faults.faults = faults

    def expire_tokens(self, at: datetime | None) -> None:
        """Let every token end at a moment of the world's time; None for never."""
        with self._lock:
            self._desk.tokens.expire_all(at)

    def world_changed(self) -> None:
        """Tell the server that the world was changed by somebody else."""
        with self._lock:
            self._desk.world_changed()

    def answer(self, request: Request) -> Answer:
        """Answer a request without a connection; used by the connections themselves."""
        with self._lock:
            if request.path.startswith(PREFIX):
                return self._control.answer(request)
            self.requests.append(Recorded(request.method, request.path, request.shown))
            try:
                return self._desk.answer(request)
            except Exception as error:  # a server answers; the trace says where to look
                trace(_log, error)
                error_body = {"message": "The local server failed.", "type": "OAuthException", "code": 1}
                return Answer.refused(GraphRefusal(500, error_body))

    def hold(self, seconds: float) -> None:
        """Wait for real, or until the server closes."""
        self._closing.wait(seconds)

    @property
    def faults(self) -> Faults:
        """The faults that happen."""
        return self._desk.faults.faults

    def close(self) -> None:
        """Stop listening, and give the space of all answers back."""
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        with self._lock:
            self._desk.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _n_active_ads(self, account_id: str) -> int:
        ads = self.source.edge(f"act_{account_id}", "ads") or ()
        return sum(ad.get("effective_status", ad.get("status")) == "ACTIVE" for ad in ads)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over clients that hung up between two requests; say everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    """One connection; answers are written in one piece, so that none waits for an acknowledgement."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE_S
    graph: GraphServer

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_DELETE = do_PUT = do_GET  # noqa: N815 (the names that the standard library looks for)

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: addresses carry tokens."""

    def _serve(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length) > _LONGEST_BODY:
            self.close_connection = True
            self._send(Answer(b"", 413, content_type="text/plain"))
            return
        body = self.rfile.read(int(length))
        try:
            request = Request.read(self.command, self.path, dict(self.headers.items()), body)
            answer = self.graph.answer(request)
        except GraphRefusal as refusal:
            answer = Answer.refused(refusal)
        try:
            self._send(answer)
        except OSError:  # the client has gone
            self.close_connection = True

    def _send(self, answer: Answer) -> None:
        if answer.ending == "held":
            self.graph.hold(self.graph.faults.hold_s)
        if answer.ending in ("held", "dropped"):
            self.close_connection = True
            return
        if answer.ending == "slow":
            self.graph.clock.sleep(self.graph.faults.slow_s)
        data = answer.body
        if answer.ending in ("cut", "reset"):
            data = data[: len(data) // 2]
            self.close_connection = True
        self.wfile.write(self._head(answer) + data)
        if answer.ending == "reset":
            # closing with a linger time of zero sends a reset instead of an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _head(self, answer: Answer) -> bytes:
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            "Date": format_datetime(self.graph.source.now(), usegmt=True),
            "facebook-api-version": "v26.0",
            "x-fb-trace-id": "sandbox",
            "Connection": "close" if self.close_connection else "keep-alive",
            **answer.headers,
        }
        reason = self.responses[answer.status][0] if answer.status in self.responses else ""
        lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        return "\r\n".join(lines).encode("latin-1")


def _listen(graph: GraphServer, host: str, port: int) -> ThreadingHTTPServer:
    if not _is_loopback(host):
        raise ConfigError(
            f"The local Graph server was told to listen on {host!r}.",
            next_step="It listens on this machine only: use 127.0.0.1.",
            host=host,
        )
    handler = type("_GraphConnection", (_Connection,), {"graph": graph})
    try:
        return _Listener((host, port), handler)
    except OSError as error:
        raise ConfigError(
            f"Port {port} of {host} cannot be used: {error.strerror}.",
            next_step="End the program that uses it, or choose another port with --port (0 for any).",
            port=port,
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback and ":" not in host
    except ValueError:
        return host == "localhost"
