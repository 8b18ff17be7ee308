"""Which apps a folder of notebooks holds, and the question each of them answers.

A notebook is an app when its metadata say so::

    {"workbench": {"title": "Overview", "question": "Are we on track?", "order": 10}}

``home.ipynb`` is the home page: it is served at ``/`` and is not listed among the apps.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import ConfigError

HOME = "home"
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class App:
    """One app as the home page lists it.

    Attributes
    ----------
    name : str
        The notebook's name without its ending; part of the address.
    title : str
        What the app is called.
    question : str
        The question it answers, as a person would ask it.
    path : str
        Address relative to the server's root, such as ``app/overview``; the home page's is empty.
    notebook : Path
        The notebook's file.
    order : float
        Where it stands in the list; equal ones are sorted by title.
    """

    name: str
    title: str
    question: str
    path: str
    notebook: Path
    order: float


def apps(folder: str | Path) -> list[App]:
    """List the apps of a folder in the order in which they are shown.

    Parameters
    ----------
    folder : str or Path
        Folder of notebooks; folders below it are not searched.

    Returns
    -------
    list of App
        Without the home page.

    Raises
    ------
    ConfigError
        If the folder does not exist, or one of its notebooks cannot be read.
    """
    return [app for app in pages(folder) if app.name != HOME]


def pages(folder: str | Path) -> list[App]:
    """List everything that is served: the home page, if there is one, and then the apps.

    Parameters
    ----------
    folder : str or Path
        Folder of notebooks.

    Raises
    ------
    ConfigError
        As for :func:`apps`.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ConfigError(
            f"The folder of apps {folder} does not exist.",
            next_step="Give an existing folder with `--notebooks`.",
            folder=folder,
        )
    found = [page for file in sorted(folder.glob("*.ipynb")) if (page := _page(file)) is not None]
    return sorted(found, key=lambda page: (page.name != HOME, page.order, page.title.casefold()))


def find(folder: str | Path, name: str) -> App:
    """Return one app by its name.

    Raises
    ------
    ConfigError
        If there is none, naming those there are; or as for :func:`apps`.
    """
    served = apps(folder)
    for app in served:
        if app.name == name:
            return app
    raise ConfigError(
        f"There is no app {name!r}.",
        next_step=f"There are: {', '.join(app.name for app in served)}.",
        value=name,
    )


def _page(file: Path) -> App | None:
    """Read one notebook's declaration; ``None`` when it is no app."""
    try:
        metadata = json.loads(file.read_text(encoding="utf-8"))["metadata"]
        declared = metadata.get("workbench", {})
        order = float(declared.get("order", 1000))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigError(
            f"{file.name} is not a notebook that can be served: {error}.",
            next_step="Open it in JupyterLab and save it again, or move it out of the folder of apps.",
            file=file,
        ) from None
    name = file.stem
    if not _SAFE_NAME.fullmatch(name) or not (declared or name == HOME):
        return None
    return App(
        name=name,
        title=str(declared.get("title") or name.replace("_", " ").replace("-", " ").capitalize()),
        question=str(declared.get("question", "")),
        path="" if name == HOME else f"app/{name}",
        notebook=file,
        order=order,
    )
