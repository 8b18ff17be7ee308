"""A server on this machine that plays scripted answers and records what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "EAAtestNotARealToken0123456789"  # noqa: S105 (it opens nothing)


@dataclass(frozen=True)
class Asked:
    """One request as it arrived: the parameters of address and body together."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]

    def json(self, name: str) -> Any:
        return json.loads(self.params[name])


@dataclass(frozen=True)
class Reply:
    """One answer: a JSON object, or bytes as they are. ``cut`` bytes are left out at the end."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    drop: bool = False

    def data(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def failure(code: int | None = None, *, status: int = 400, subcode: int | None = None, **more: Any) -> Reply:
    headers = more.pop("headers", {})
    body: dict[str, Any] = {"message": "as scripted", **more}
    if code is not None:
        body["code"] = code
    if subcode is not None:
        body["error_subcode"] = subcode
    return Reply({"error": body}, status, headers)


HTML_502 = Reply(b"<html><body>Bad Gateway</body></html>", 502, {"Content-Type": "text/html"})

Script = Callable[[Asked], Reply]


class GraphScript:
    """Plays a script. Use as a context manager; ``url`` is its address."""

    def __init__(self, script: Script | Iterable[Reply]) -> None:
        self.asked: list[Asked] = []
        self._script = script if callable(script) else _in_order(script)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def paths(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    def __enter__(self) -> GraphScript:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._play(b"")

            def do_POST(self) -> None:
                self._play(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def _play(self, body: bytes) -> None:
                parts = urlsplit(self.path)
                params = dict(parse_qsl(parts.query, keep_blank_values=True))
                params |= dict(parse_qsl(body.decode(), keep_blank_values=True))
                asked = Asked(self.command, parts.path.split("/", 2)[2], params, dict(self.headers))
                script.asked.append(asked)
                self._send(script._script(asked))

            def _send(self, reply: Reply) -> None:
                self.close_connection = True
                if reply.drop:
                    return
                data = reply.data()
                self.send_response_only(reply.status)
                headers = {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(data)),
                    **reply.headers,
                }
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(data[: len(data) - reply.cut])

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Handler


def _in_order(replies: Iterable[Reply]) -> Script:
    left = list(replies)
    lock = threading.Lock()

    def play(asked: Asked) -> Reply:
        with lock:
            return left.pop(0) if left else failure(100, message=f"the script has ended before {asked.path}")

    return play
