"""Which version of the data is current: one short word that changes with every committed load."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.core.settings import Settings


def data_version(settings: Settings) -> str:
    """Return a word that changes when one of the lakes changes that pages may show.

    Asked on every visit and about once a second, so it only lists files.

    Parameters
    ----------
    settings : Settings
        Says where the lakes are and whose figures the apps show.

    Returns
    -------
    str
        Twelve letters and digits, equal for equal data.
    """
    from workbench.lake import Lake

    roots = (settings.lake_root, settings.sandbox_lake_root, settings.sample_lake_root)
    tokens = (Lake(root).version() for root in roots)
    return hashlib.sha256("\n".join((settings.company, *tokens)).encode()).hexdigest()[:12]
