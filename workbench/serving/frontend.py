"""The browser's side as one script.

Voila's front end is JupyterLab's, cut into some ninety chunks that are fetched one after another. A page
with widgets needs about sixty of them, and the rest (the notebook editor, the console, CodeMirror, MathJax,
Vega) only because others name them. ``share/front.json`` lists the chunks that travel as one compressed file,
and the ones that are answered with an empty stub. The list belongs to one version of Voila; with any other,
Voila's own script is used, which is slower and otherwise the same.

To make a list for another version: serve with an empty one, open a page, and take the addresses it requests.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from workbench.serving.assets import Asset, make_asset

SHARE = Path(__file__).parent / "share"
_PLACE = "{/* address: function */}"
_KINDS = ("voila/static/", "voila/labextensions/")
# Stands for a whole module: `default` is the list of plugins it would have offered, and the theme asks
# CodeMirror for one attribute.
_STUB = "module=>{module.exports={__esModule:true,default:[],jupyterHighlightStyle:{}}}"


@dataclass(frozen=True)
class Frontend:
    """What a page loads.

    Attributes
    ----------
    script : str
        Address of the script that brings the widgets to life.
    assets : dict of str to Asset
        Files put together at the start, by name below ``wb/front/``.
    missing : tuple of str
        Listed chunks that are not installed; they are left out.
    """

    script: str
    assets: dict[str, Asset]
    missing: tuple[str, ...] = ()


def build_frontend(base_url: str, *, static_folders: list[str], extension_folders: list[str]) -> Frontend:
    """Put the listed chunks into one script.

    Parameters
    ----------
    base_url : str
        The server's root, with a slash at its end.
    static_folders, extension_folders : list of str
        Where Voila's own files and JupyterLab's extensions lie; the first folder that has a file wins.
    """
    listed = json.loads((SHARE / "front.json").read_text(encoding="utf-8"))
    if listed["voila"] != version("voila"):
        return Frontend(script=f"{base_url}voila/static/voila.js", assets={})
    folders = dict(zip(_KINDS, (static_folders, extension_folders), strict=True))
    files = {address: _find(address, folders) for address in listed["chunks"]}
    code = {address: _source(file) for address, file in files.items() if file is not None}
    code |= {address: _stub(address, module) for address, module in listed["stubs"].items()}
    functions = ",\n".join(f"{json.dumps(address)}:function(){{{text}\n}}" for address, text in code.items())
    loader = (SHARE / "loader.js").read_text(encoding="utf-8")
    asset = make_asset(loader.replace(_PLACE, f"{{{functions}}}", 1).encode(), "front.js")
    name = f"front-{asset.digest}.js"
    return Frontend(
        script=f"{base_url}wb/front/{name}",
        assets={name: asset},
        missing=tuple(address for address, file in files.items() if file is None),
    )


def _find(address: str, folders: dict[str, list[str]]) -> Path | None:
    """Look a chunk up in the folders of its kind."""
    kind = next(kind for kind in folders if address.startswith(kind))
    candidates = (Path(place) / address.removeprefix(kind) for place in folders[kind])
    return next((file for file in candidates if file.is_file()), None)


def _source(file: Path) -> str:
    """Read one chunk; inside a function, ``var _JUPYTERLAB`` would no longer be global."""
    source = file.read_text(encoding="utf-8")
    source = re.sub(r"^\s*var _JUPYTERLAB;", "window._JUPYTERLAB=window._JUPYTERLAB||{};", source)
    return re.sub(r"\n//# sourceMappingURL=.*", "", source)


def _stub(address: str, module: str | None) -> str:
    """Answer for a chunk that is never used: no modules, or one that offers nothing."""
    chunk = address.rsplit("/", 1)[-1].split(".", 1)[0]
    modules = f"{module}:{_STUB}" if module else ""
    queue = "self.webpackChunk_JUPYTERLAB_CORE_OUTPUT"
    return f"({queue}={queue}||[]).push([[{chunk}],{{{modules}}}])"
