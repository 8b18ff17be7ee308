"""What the server answers: pages, the data's version, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

if TYPE_CHECKING:
    from workbench.serving.catalogue import App
    from workbench.serving.pool import PagePool

# Everything a page may use comes from the server itself. Widgets with their own code arrive as blob: modules,
# and JupyterLab's settings schemas are compiled with `new Function`.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "worker-src blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",  # a token in the address must not travel on
    "Cross-Origin-Opener-Policy": "same-origin",
}
_LOOK_EVERY_S = 0.5  # whether a kernel that is connected to still lives
_NOT_FOUND = 404


class PageHandler(JupyterHandler):
    """One page, run on the current data."""

    def initialize(self, pages: Callable[[], list[App]]) -> None:
        """Remember where the list of pages comes from."""
        self.pages = pages

    @web.authenticated
    async def get(self, name: str = "home") -> None:
        """Write the page piece by piece, as its cells finish."""
        page = next((page for page in self.pages() if page.name == name), None)
        if page is None:
            raise web.HTTPError(404)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        _ = self.xsrf_token  # sets the cookie without which a page that is left could not end its kernel
        pool: PagePool = self.settings["kernel_manager"]
        async for html in pool.take(page):
            self.write(html)
            await self.flush()

    def write_error(self, status_code: int, **_: Any) -> None:
        """Say in one line what happened and where to go on."""
        line = {
            403: "You may not see this page.",
            404: "There is no such page.",
        }.get(status_code, "The page could not be made. The server's log says why.")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{line}</title><style>{self.settings['workbench_css']}</style></head>"
            f'<body><main class="wb-page"><h1>{line}</h1>'
            f'<p><a href="{self.base_url}">Back to all apps</a></p></main></body></html>'
        )


class VersionHandler(JupyterHandler):
    """Which version of the data is current, and whether the asking page's kernel still lives."""

    def initialize(self, version: Callable[[], str]) -> None:
        """Remember where the version comes from."""
        self.version = version

    @web.authenticated
    async def get(self) -> None:
        """Write ``{"version": ..., "awake": ...}``."""
        kernel_id = self.get_argument("kernel", "")
        awake = not kernel_id or await lives(self.kernel_manager, kernel_id)
        self.set_header("Cache-Control", "no-store")
        self.finish({"version": self.version(), "awake": awake})


class ChannelsHandler(VoilaKernelWebsocketHandler):  # type: ignore[misc]  # Voila has no types
    """A page's line to its kernel; where the kernel is gone, that is said at once.

    Jupyter would wait a minute for a kernel that is just ending, and then look for the template of an error
    page that is not served here.
    """

    async def pre_get(self) -> None:
        """Connect to the kernel for as long as it lives.

        Raises
        ------
        tornado.web.HTTPError
            404 if it is gone, or goes meanwhile.
        """
        connecting = asyncio.ensure_future(super().pre_get())
        try:
            while await lives(self.kernel_manager, self.kernel_id):
                done, _ = await asyncio.wait({connecting}, timeout=_LOOK_EVERY_S)
                if done:
                    await connecting
                    return
        finally:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        raise web.HTTPError(404, reason="The page's kernel has ended")

    def write_error(self, status_code: int, **_: Any) -> None:
        """Answer in one line; nobody but a page reads it."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        gone = "The page went to sleep: open it again."
        self.finish(
            gone if status_code == _NOT_FOUND else "The line to the page's kernel could not be opened."
        )


async def lives(kernels: Any, kernel_id: str) -> bool:
    """Say whether a kernel is known and its process runs."""
    if kernel_id not in kernels:
        return False
    return bool(await ensure_async(kernels.get_kernel(kernel_id).is_alive()))


class ReadyHandler(JupyterHandler):
    """Say that the server listens; for whoever started it."""

    @allow_unauthenticated
    def get(self) -> None:
        """Write ``{"ready": true}``."""
        self.finish({"ready": True})
