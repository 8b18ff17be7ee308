"""First checks of an installation; each finding says its cause and what to do about it."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from workbench.core.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.core.settings import Settings

#: Older ones fail our apps: voila before 0.5.6 and jupyter-server before 2.18 have known holes.
MINIMUM_VERSIONS = {"voila": (0, 5, 13), "jupyter-server": (2, 18), "deltalake": (1, 6), "duckdb": (2, 0)}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    name : str
        What was looked at.
    ok : bool
        Whether it is as it should be.
    text : str
        What was found, and the next step if something is wrong.
    """

    name: str
    ok: bool
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the check as JSON values."""
        return asdict(self)


def examine(settings: Settings) -> tuple[Check, ...]:
    """Run all checks; one that itself fails is a finding, not an error."""
    checks: tuple[tuple[str, Callable[[Settings], tuple[bool, str]]], ...] = (
        ("python", _python),
        ("versions", _versions),
        ("home", _home),
        ("environment", _environment),
        ("lake", _lake),
        ("ledger", _ledger),
        ("audit", _audit),
        ("connections", _connections),
        ("notebooks", _notebooks),
        ("pdf", _pdf),
    )
    return tuple(_run(name, check, settings) for name, check in checks)


def _run(name: str, check: Callable[[Settings], tuple[bool, str]], settings: Settings) -> Check:
    try:
        ok, text = check(settings)
    except WorkbenchError as error:
        ok, text = False, str(error)
    return Check(name, ok, text)


def _python(_: Settings) -> tuple[bool, str]:
    found = ".".join(map(str, sys.version_info[:3]))
    return sys.version_info >= (3, 12), f"{found} at {sys.executable}"


def _versions(_: Settings) -> tuple[bool, str]:
    found, wrong = [], []
    for name, least in MINIMUM_VERSIONS.items():
        try:
            text = version(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is not installed")
            continue
        found.append(f"{name} {text}")
        if tuple(int(p) for p in text.split(".")[: len(least)] if p.isdigit()) < least:
            wrong.append(f"{name} {text} is older than {'.'.join(map(str, least))}")
    if wrong:
        return False, f"{'; '.join(wrong)}. Install the locked set again: make clean app."
    return True, ", ".join(found)


def _home(settings: Settings) -> tuple[bool, str]:
    if not settings.home.exists():
        return False, f"{settings.home} is not there yet. Run `wb init`."
    mode = stat.S_IMODE(settings.home.stat().st_mode)
    if mode & 0o077:
        return (
            False,
            f"{settings.home} can be read by others (mode {mode:03o}). Run `chmod 700 {settings.home}`.",
        )
    return True, f"{settings.home}, readable by its owner only"


def _environment(settings: Settings) -> tuple[bool, str]:
    return True, f"{settings.environment}; company: {settings.company}; time zone {settings.time_zone}"


def _lake(settings: Settings) -> tuple[bool, str]:
    from workbench.flows.company import own_lake, shows_simulated

    lake = own_lake(settings)
    if shows_simulated(settings):
        return True, f"{lake.root} is empty; a simulated company is shown"
    rows = lake.sql("SELECT count(*) AS n, max(date_stop) AS last FROM ad_insights").to_pylist()[0]
    return True, f"{lake.root}: {rows['n']:,} rows, data to {rows['last']}"


def _ledger(settings: Settings) -> tuple[bool, str]:
    from workbench.ledger import open_ledger

    with open_ledger(settings) as ledger:
        return True, ledger.engine.url.render_as_string(hide_password=True)


def _audit(settings: Settings) -> tuple[bool, str]:
    from workbench.ledger import open_ledger, verify_audit

    with open_ledger(settings) as ledger, ledger.read() as session:
        found = verify_audit(session)
    if found.broken_seq is not None:
        return False, f"Row {found.broken_seq}: {found.reason}. Restore the ledger from a backup."
    return True, f"{found.n_rows} entries, the chain holds"


def _connections(settings: Settings) -> tuple[bool, str]:
    from workbench.flows.connectors import connectors_of
    from workbench.flows.notices import current_notices

    notices = current_notices(settings)
    if notices:
        return False, f"{notices[0].text} Run `{notices[0].command}`."
    found = connectors_of(settings)
    if not found:
        return True, "no account is read through an API; `wb load meta` begins it"
    bad = [c for c in found if c.state not in ("ok", "new")]
    if bad:
        worst = bad[0]
        behind = f", data to {worst.last_day}" if worst.last_day else ""
        return False, f"{worst.network} {worst.account_id} is {worst.state}{behind}. {worst.error}".rstrip()
    version = found[0].api_version
    ends = found[0].api_version_ends
    return ends is None, (
        f"{len(found)} accounts, API {version}"
        + (f", which ends on {ends}: set meta_api_version to a later one" if ends else ", no end announced")
    )


def _notebooks(_: Settings) -> tuple[bool, str]:
    from workbench.core.places import notebooks_folder

    return True, ", ".join(str(notebooks_folder(kind)) for kind in ("apps", "reports"))


def _pdf(_: Settings) -> tuple[bool, str]:
    found = find_chromium()
    return True, found or "no Chromium: reports are made as HTML only. Install chromium to have PDFs too."


def find_chromium() -> str | None:
    """Return the path of a Chromium that can print a PDF, or ``None``."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)
