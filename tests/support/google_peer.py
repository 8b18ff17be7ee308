"""A local peer that answers as Google Ads does: gRPC over TLS, and the address for tokens beside it.

It is built from the client's own messages, so the real client talks to it over the network of this machine.
"""

from __future__ import annotations

import atexit
import datetime
import ipaddress
import json
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VERSION = "v26"
FAILURE_KEY = f"google.ads.googleads.{VERSION}.errors.googleadsfailure-bin"


@dataclass(frozen=True)
class Refusal:
    """One answer that is no page: a status, and the failure in its trailing metadata."""

    status: str
    details: str = ""
    failure: Any = None


@dataclass
class Peer:
    """What the peer knows, what it was asked, and what it does next.

    Attributes
    ----------
    rows : callable
        Query -> rows, as dicts of field path -> value.
    page_size : int
        Rows of a page.
    refusals : list of Refusal
        Given one after the other, before any page.
    asked : list of (query, page token, metadata)
        Every call.
    """

    rows: Callable[[str], list[dict[str, Any]]]
    page_size: int = 1000
    refusals: list[Refusal] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    repeats_token: bool = False
    tokens: list[dict[str, str]] = field(default_factory=list)
    token_status: int = 200
    endpoint: str = ""
    token_url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def search(self, request: Any, context: Any) -> Any:
        """Answer one page, or refuse."""
        import grpc
        from google.ads.googleads.v26.services.types import google_ads_service as types

        metadata = {str(k): v for k, v in context.invocation_metadata() if isinstance(v, str)}
        with self.lock:
            self.asked.append((request.query, request.page_token, metadata))
            refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            if refusal.failure is not None:
                packed = type(refusal.failure).serialize(refusal.failure)
                context.set_trailing_metadata(((FAILURE_KEY, packed), ("request-id", "r-1")))
            context.abort(getattr(grpc.StatusCode, refusal.status), refusal.details)
        rows = self.rows(request.query)
        start = int(request.page_token or 0)
        stop = start + self.page_size
        response = types.SearchGoogleAdsResponse(results=[to_row(row) for row in rows[start:stop]])
        if self.repeats_token:
            response.next_page_token = "1"  # noqa: S105 - no secret
        elif stop < len(rows):
            response.next_page_token = str(stop)
        return response


def to_row(values: dict[str, Any]) -> Any:
    """Return a row of the API with values at the paths of its fields."""
    from google.ads.googleads.v26.services.types import google_ads_service as types

    row = types.GoogleAdsRow.pb(types.GoogleAdsRow())
    for path, value in values.items():
        *parents, name = path.split(".")
        target = row
        for parent in parents:
            target = getattr(target, parent)
        setattr(target, name, value)
    return types.GoogleAdsRow.wrap(row)


def failure(kind: str, word: str, message: str, *, retry_delay_s: int = 0) -> Any:
    """Return the API's failure of one error, such as ``quota_error`` RESOURCE_EXHAUSTED."""
    from google.ads.googleads.v26.errors.types import errors as types

    found = types.GoogleAdsFailure.pb(types.GoogleAdsFailure())
    error = found.errors.add()
    field_ = error.error_code.DESCRIPTOR.fields_by_name[kind]
    setattr(error.error_code, kind, field_.enum_type.values_by_name[word].number)
    error.message = message
    if retry_delay_s:
        error.details.quota_error_details.retry_delay.seconds = retry_delay_s
    return types.GoogleAdsFailure.wrap(found)


def asked_days(query: str) -> tuple[str, str]:
    """Return the first and last day that a query asks for."""
    match = re.search(r"BETWEEN '([\d-]+)' AND '([\d-]+)'", query)
    return (match.group(1), match.group(2)) if match else ("", "")


@cache
def trusted_certificate() -> tuple[bytes, bytes]:
    """Make a key and a certificate of the loopback, and let this process trust it.

    gRPC reads its roots once in the life of a process, before the first connection, so there is one
    certificate for all tests.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    addresses = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    with tempfile.NamedTemporaryFile(suffix=".pem", delete=False) as roots:
        roots.write(pem)
    atexit.register(os.unlink, roots.name)
    os.environ["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"] = roots.name
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()), pem


@contextmanager
def serving(peer: Peer) -> Iterator[Peer]:
    """Serve a peer on free ports of the loopback, and stop it afterwards."""
    import grpc
    from google.ads.googleads.v26.services.types import google_ads_service as types

    key, certificate = trusted_certificate()
    handler = grpc.unary_unary_rpc_method_handler(
        peer.search,
        request_deserializer=types.SearchGoogleAdsRequest.deserialize,
        response_serializer=types.SearchGoogleAdsResponse.serialize,
    )
    service = f"google.ads.googleads.{VERSION}.services.GoogleAdsService"
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Search": handler}),))
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)]))
    tokens = ThreadingHTTPServer(("127.0.0.1", 0), _token_handler(peer))
    thread = threading.Thread(target=tokens.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    server.start()
    thread.start()
    peer.endpoint = f"127.0.0.1:{port}"
    peer.token_url = f"http://127.0.0.1:{tokens.server_address[1]}/token"
    try:
        yield peer
    finally:
        tokens.shutdown()
        tokens.server_close()
        thread.join(5)
        server.stop(None).wait(5)


def _token_handler(peer: Peer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            from urllib.parse import parse_qsl

            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            peer.tokens.append(dict(parse_qsl(body)))
            good = {"access_token": f"access-{len(peer.tokens)}", "expires_in": 3600, "token_type": "Bearer"}
            bad = {
                "error": "invalid_grant",
                "error_description": f"Bad token {peer.tokens[-1]['refresh_token']}",
            }
            data = json.dumps(good if peer.token_status == 200 else bad).encode()
            self.send_response(peer.token_status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
