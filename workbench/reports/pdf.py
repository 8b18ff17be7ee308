"""Print a page to a PDF with the Chromium that is installed."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from workbench.flows.doctor import find_chromium

TIMEOUT_S = 120


def print_pdf(page: Path, target: Path) -> tuple[Path | None, str]:
    """Print a self-contained page.

    Parameters
    ----------
    page : Path
        HTML file.
    target : Path
        Where to write the PDF.

    Returns
    -------
    tuple of Path or None, and str
        The PDF, or ``None`` and the reason why there is none.
    """
    chromium = find_chromium()
    if chromium is None:
        return None, "no Chromium was found on this machine; install chromium to have PDFs."
    with tempfile.TemporaryDirectory(prefix="wb-chromium-") as profile:
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target}",
            page.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            return None, f"Chromium did not print the page within {TIMEOUT_S} s."
    if done.returncode or not target.exists() or target.read_bytes()[:5] != b"%PDF-":
        return None, f"Chromium could not print the page (exit code {done.returncode})."
    return target, ""
