"""Which version of the data is current: one short word that changes with every load and every notice."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.core.settings import Settings


def data_version(settings: Settings) -> str:
    """Return a word that changes with every lake that pages may show, and with the notice on top of them.

    Asked on every visit and about once a second, so it only lists files and reads the open notices.

    Parameters
    ----------
    settings : Settings
        Says where the lakes are and whose figures the apps show.

    Returns
    -------
    str
        Twelve letters and digits, equal for equal data.
    """
    from workbench.flows.operations_notice import frozen_of
    from workbench.lake import Lake

    roots = (settings.lake_root, settings.sandbox_lake_root, settings.sample_lake_root)
    tokens = (Lake(root).version() for root in roots)
    said = repr(frozen_of(settings))
    return hashlib.sha256("\n".join((settings.company, said, *tokens)).encode()).hexdigest()[:12]
