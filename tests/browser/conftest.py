"""A real Chromium, and servers that live as long as the test that asked for them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ROOT / "notebooks" / "apps"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WHEN_READY_S = 60  # no test is about speed: long enough for a machine that does much else
_LOOPBACK = {"127.0.0.1", "localhost", "::1", ""}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def chromium_path() -> str | None:
    named = os.environ.get("WORKBENCH_CHROMIUM")
    found = (
        named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )
    return found if found and Path(found).exists() else None


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests; skips where there is none."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium on this machine: install it or name it in WORKBENCH_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """One page in a browser context of its own, and what happened to it."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def requests_outside(self) -> list[str]:
        """Requests that left this machine."""
        return [
            url
            for url in self.requests
            if not url.startswith(("data:", "blob:")) and urlsplit(url).hostname not in _LOOPBACK
        ]

    def leave(self) -> None:
        """Go elsewhere as a reader does, which ends the page's kernel, and close the browser context."""
        _leave(self.page.context)


def _leave(context: Any) -> None:
    from playwright.sync_api import Error

    for page in context.pages:
        with suppress(Error):  # a page that a test has closed may still be on its way out
            page.goto("about:blank")
    context.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """Open an address as a new reader; ``visit(url, **context options)``."""
    contexts = []

    def open_page(url: str, **options: Any) -> Visit:
        context = browser.new_context(**options)
        context.set_default_timeout(WHEN_READY_S * 1000)
        contexts.append(context)
        seen = Visit(context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on(
            "console",
            lambda message: seen.complaints.append(message.text) if message.type == "error" else None,
        )
        seen.page.goto(url)
        return seen

    yield open_page
    for context in contexts:
        _leave(context)


@pytest.fixture(scope="session")
def fetch() -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """Ask for an address and return status, headers and body; redirects are not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any, **__: Any) -> None:
            return None

    opener = urllib.request.build_opener(Stay)

    def ask(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        request = urllib.request.Request(url, headers={k.replace("_", "-"): v for k, v in headers.items()})  # noqa: S310
        try:
            with opener.open(request, timeout=WHEN_READY_S) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, dict(refusal.headers), refusal.read()

    return ask


@dataclass
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    url: str
    home: Path
    log: Path

    def stop(self) -> None:
        """Ask it to stop, and insist after a minute."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(WHEN_READY_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def version(self) -> str:
        """Return what the server says the data's version is."""
        with urllib.request.urlopen(f"{self.url}wb/version", timeout=WHEN_READY_S) as answer:  # noqa: S310 - loopback
            return str(json.load(answer)["version"])

    def n_kernels(self) -> int:
        """Kernels that live below the server's process."""
        listing = subprocess.run(
            ["ps", "-eo", "ppid,args"], capture_output=True, text=True, check=True
        ).stdout
        lines = [line.split(None, 1) for line in listing.splitlines()[1:]]
        return sum(int(parent) == self.process.pid and "ipykernel_launcher" in what for parent, what in lines)


_STARTER = """
import sys
from pathlib import Path
from workbench.core.settings import load_settings
from workbench.serving.server import ServingOptions, serve
notebooks, home, version_file, options = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], eval(sys.argv[4])
version = (lambda: Path(version_file).read_text().strip()) if version_file else None
serve(load_settings(home), port=0, notebooks=notebooks, version=version, options=ServingOptions(**options))
"""


def start_server(notebooks: Path, home: Path, *, version_file: Path | None = None, **options: Any) -> Server:
    """Start a server on a free port and wait until it says where it is.

    Parameters
    ----------
    notebooks, home : Path
        Folder of the apps, and home folder.
    version_file : Path, optional
        Read as the data's version instead of asking the lake.
    **options
        Fields of ``ServingOptions``.
    """
    home.mkdir(parents=True, exist_ok=True)
    log = home / "server.log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    arguments = [str(notebooks), str(home), str(version_file or ""), repr(options)]
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", _STARTER, *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
            start_new_session=True,
        )
    line = process.stdout.readline() if process.stdout else ""
    if "http" not in line:
        process.wait(WHEN_READY_S)
        raise RuntimeError(f"the server did not start:\n{log.read_text()}")
    server = Server(process, line.split()[-1], home, log)
    _wait_until_ready(server)
    return server


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + WHEN_READY_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{server.url}wb/ready", timeout=5):  # noqa: S310 - loopback
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    server.stop()
    raise RuntimeError(f"the server never answered:\n{server.log.read_text()}")


@contextmanager
def _servers(home_of_its_own: Path) -> Iterator[Callable[..., Server]]:
    """Give a function that starts servers, and stop them all at the end."""
    running: list[Server] = []

    def start(notebooks: Path, home: Path | None = None, **options: Any) -> Server:
        server = start_server(notebooks, home or home_of_its_own, **options)
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()
        if server.process.stdout:
            server.process.stdout.close()


@pytest.fixture
def serve_app(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers with ``serve_app(notebooks, home=None, version_file=None, **options)``."""
    with _servers(tmp_path / "served-home") as start:
        yield start


def _pages(folder: Path, names: tuple[str, ...]) -> Path:
    """Copy the named apps, for a server warms a page of each one in its folder; without names, give all."""
    if not names:
        return APPS
    folder.mkdir(parents=True)
    for name in names:
        shutil.copy(APPS / f"{name}.ipynb", folder)
    return folder


@pytest.fixture
def serve_pages(serve_app: Callable[..., Server], tmp_path: Path) -> Callable[..., Server]:
    """Serve real apps to one test, ``serve_pages("home", "overview", home=folder)``."""
    return lambda *names, home=None: serve_app(_pages(tmp_path / "pages", names), home)


@pytest.fixture(scope="module")
def serve_pages_to_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Serve real apps to all tests of a module that change nothing in the home.

    Every visit still gets a kernel of its own: what is shared is the server and the pages it warms.
    """
    folder = tmp_path_factory.mktemp("served")
    with _servers(folder / "home") as start:
        yield lambda *names, home=None: start(_pages(folder / "-".join(names), names), home)


def write_notebook(folder: Path, name: str, *cells: str, **declared: Any) -> Path:
    """Write one small app and return its folder."""
    import nbformat

    folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "elsewhere", "display_name": "?", "language": "python"}
    notebook.metadata["workbench"] = {"title": name.capitalize(), "question": "What now?", **declared}
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


@pytest.fixture
def write_app(tmp_path: Path) -> Callable[..., Path]:
    """Write small notebooks with ``write_app(name, *cells, title=..., question=...)``; returns the folder."""
    return lambda name, *cells, **declared: write_notebook(tmp_path / "apps", name, *cells, **declared)


@pytest.fixture(scope="session")
def steady_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for every test that only asks it something."""
    folder = tmp_path_factory.mktemp("steady")
    write_notebook(folder / "apps", "home", "from IPython.display import HTML\nHTML('<h1>Workbench</h1>')")
    write_notebook(
        folder / "apps",
        "facts",
        "import os, sys\nprint(sys.executable)\nprint(os.environ['WORKBENCH_HOME'])",
        "raise ValueError('the secret cause')",
    )
    (folder / "apps" / "picture.png").write_bytes(b"png")
    (folder / "version.txt").write_text("1")
    server = start_server(folder / "apps", folder / "home", version_file=folder / "version.txt")
    yield server
    server.stop()
    if server.process.stdout:
        server.process.stdout.close()
