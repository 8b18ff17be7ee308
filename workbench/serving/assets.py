"""Static files as few, small, lasting answers: compressed once, cached by content, and only what pages need.

Voila serves its files uncompressed: ``compress_response`` is handed over after tornado has already chosen its
transforms, and static handlers would compress the same megabyte again for every reader.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from tornado import web

FOREVER = "public, max-age=31536000, immutable"
_COMPRESSIBLE = {"text/javascript", "application/javascript", "text/css", "application/json", "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """One file ready to send.

    Attributes
    ----------
    body : bytes
        As it is.
    gzipped : bytes or None
        Compressed, when that helps.
    media_type : str
        For the ``Content-Type`` header.
    digest : str
        Sixteen hexadecimal digits of the content.
    """

    body: bytes
    gzipped: bytes | None
    media_type: str
    digest: str


def make_asset(body: bytes, name: str) -> Asset:
    """Compress one file's bytes, if its kind compresses.

    Parameters
    ----------
    body : bytes
        The file's content.
    name : str
        Its name; the ending says what it is.
    """
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    gzipped = gzip.compress(body, 6, mtime=0) if media_type in _COMPRESSIBLE and len(body) > 512 else None
    return Asset(body, gzipped, media_type, hashlib.sha256(body).hexdigest()[:16])


@lru_cache(maxsize=512)
def _read(path: Path, _mtime_ns: int) -> Asset:
    return make_asset(path.read_bytes(), path.name)


def read_asset(path: Path) -> Asset:
    """Return a file from disk, compressed once for as long as it stays unchanged."""
    return _read(path, path.stat().st_mtime_ns)


class AssetHandler(JupyterHandler):
    """Answer with an asset; library code only, so it needs no login, and the login page can use it."""

    def send(self, asset: Asset, *, immutable: bool) -> None:
        """Write one asset, or 304 when the reader has it already."""
        self.set_header("Content-Type", asset.media_type)
        self.set_header("Cache-Control", FOREVER if immutable else "no-cache")
        self.set_header("Vary", "Accept-Encoding")
        self.set_header("Etag", f'"{asset.digest}"')
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
            return
        body = asset.body
        if asset.gzipped is not None and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            body = asset.gzipped
        self.set_header("Content-Length", str(len(body)))
        self.finish(body)

    def compute_etag(self) -> str | None:
        """Keep the content's digest; tornado would hash the compressed bytes again."""
        return self._headers.get("Etag")


class FolderHandler(AssetHandler):
    """Serve files from the first of several folders that has them."""

    def initialize(self, folders: list[str], versioned: bool = False) -> None:
        """Remember the folders; ``versioned`` means that a file's name changes with its content."""
        self.folders = [Path(folder).resolve() for folder in folders]
        self.versioned = versioned

    def get(self, path: str) -> None:
        """Send one file."""
        for folder in self.folders:
            file = (folder / path).resolve()
            if file.is_file() and file.is_relative_to(folder):
                self.send(read_asset(file), immutable=self.versioned)
                return
        raise web.HTTPError(404)


class MemoryHandler(AssetHandler):
    """Serve assets that were put together at the start, under a name that carries their digest."""

    def initialize(self, assets: dict[str, Asset]) -> None:
        """Remember the assets by name."""
        self.assets = assets

    def get(self, name: str) -> Any:
        """Send one asset."""
        asset = self.assets.get(name)
        if asset is None:
            raise web.HTTPError(404)
        self.send(asset, immutable=True)
