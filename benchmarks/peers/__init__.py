"""Other packages, each in an environment of its own, on the same input as ours.

An environment is a folder under ``benchmarks/.cache``, made once by ``venv`` and ``pip install``. A driver
(``drive_*.py``) runs inside it, reads its input as JSON and writes what the package says and its processor
time.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CACHE = Path(__file__).resolve().parents[1] / ".cache"
_INSTALLED = ".installed"


@dataclass(frozen=True)
class Peer:
    """A package: what to install, which Pythons may do, and, for tests, how many it can bear."""

    name: str
    requires: tuple[str, ...]
    n_timed: int = 0
    n_checked: int = 0
    pythons: tuple[str, ...] = ()

    @property
    def driver(self) -> Path:
        """Script that runs inside the environment."""
        return Path(__file__).parent / f"drive_{self.name.replace('-', '_')}.py"


TESTING = (
    # Its pandas before 2 has no wheels beyond Python 3.11.
    Peer("gbstats", ("gbstats==0.8.0",), 10_000, 500, ("python3.11", "python3.10", "python3.9")),
    Peer("bayesian-testing", ("bayesian-testing==0.10.0",), 2_000, 500),
    # A later Bokeh lacks what its charts import.
    Peer("spotify-confidence", ("spotify-confidence==4.1.0", "bokeh<3.7"), 60, 100),
)
MIX = (
    Peer("pymc-marketing", ("pymc-marketing==1.3.0", "nutpie")),
    Peer("meridian", ("google-meridian==2.1.0",)),
)


def environment(peer: Peer) -> tuple[Path | None, str]:
    """Make the peer's environment, or find it made; return its Python, or the reason why there is none."""
    folder = CACHE / f"{peer.name}-env"
    python = folder / "bin" / "python"
    if (folder / _INSTALLED).is_file():
        return python, ""
    reason = "no Python that it can be installed with"
    for found in filter(None, (shutil.which(name) for name in (*peer.pythons, sys.executable))):
        shutil.rmtree(folder, ignore_errors=True)
        pip = (str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *peer.requires)
        for words in ((found, "-m", "venv", str(folder)), pip):
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode:
                lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
                reason = f"{Path(found).name}: {(lines or ['pip failed'])[-1].strip()}"
                break
        else:
            (folder / _INSTALLED).touch()
            return python, ""
    return None, reason


def driven(peer: Peer, python: Path, given: Any) -> Any:
    """Run a peer's driver on an input, both plain values for JSON, and return its answer."""
    done = subprocess.run(
        [str(python), "-W", "ignore", str(peer.driver)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout.splitlines()[-1])
