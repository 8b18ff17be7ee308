"""A widget's script put together from the files it shares with others and its own."""

from __future__ import annotations

from importlib.resources import files


def script_of(*names: str) -> str:
    """Return the scripts of this folder as one module, in the order given.

    Parameters
    ----------
    *names : str
        File names; only the last one may export.

    Examples
    --------
    >>> script_of("asker.js", "filters.js").count("function asker(")
    1
    """
    folder = files("workbench.views")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
