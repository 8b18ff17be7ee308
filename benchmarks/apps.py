"""The apps in a real browser, against the bars: ``python benchmarks/apps.py`` (``make bench-apps``).

Serves a slider page of its own and, with ``--notebooks`` and ``--home``, the real apps on real stores;
opens each n times as a new reader with an empty cache, and prints one line per bar. Times depend on what else
the machine does: the load is printed beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CONTROL = "[role=slider], main select, main input:not([type=hidden]), main .lm-Widget button"
FIGURE = "main svg, main table, main h1"
SLIDER_PAGE = (
    'from IPython.display import HTML\nHTML(\'<h1>Slider</h1><svg width="9" height="9" role="img" '
    'aria-label="a square"><rect width="9" height="9"/></svg>\')',
    "import ipywidgets\nslider = ipywidgets.IntSlider(description='Amount')\nlabel = ipywidgets.Label('0')\n"
    "slider.observe(lambda change: setattr(label, 'value', f'now {change.new}'), 'value')\n"
    "ipywidgets.VBox([slider, label])",
)
STARTER = """
import sys
from pathlib import Path
from workbench.core.settings import load_settings
from workbench.serving.server import ServingOptions, serve
pool = int(sys.argv[3])
serve(load_settings(sys.argv[2]), port=0, notebooks=Path(sys.argv[1]), options=ServingOptions(pool_size=pool))
"""


# Timed inside the page, from the request to the frame that shows it. A driver that waits for an element looks
# at growing intervals (half a second in the end) and would add them to what it reports.
FIRST_SEEN = """
(([figure, control]) => {
  const seen = (window.firstSeen = {});
  const isShown = (selector) =>
    [...document.querySelectorAll(selector)].some((one) => {
      const box = one.getBoundingClientRect();
      return box.width > 0 && box.height > 0 && getComputedStyle(one).visibility === "visible";
    });
  const note = (name) => requestAnimationFrame(() => (seen[name] = performance.now()));
  const waiting = { figure, control };
  const look = () => {
    for (const [name, selector] of Object.entries(waiting))
      if (isShown(selector)) {
        delete waiting[name];
        note(name);
      }
    if (Object.keys(waiting).length) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})(%s)
"""
# Timed inside the page, from the act to the frame that shows its effect: no driver's own time is in it.
REDRAW = """
(value) => new Promise((done) => {
  const select = document.querySelector("select[aria-label=Compare]");
  const shown = () => [...document.querySelectorAll(".wb-live .wb-note")].at(-1)?.textContent;
  const old = shown(), began = performance.now();
  new MutationObserver((_, observer) => {
    if (shown() === old) return;
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now() - began));
  }).observe(document.getElementById("wb-main"), { subtree: true, childList: true, characterData: true });
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
})
"""


@dataclass(frozen=True)
class Opened:
    """One opening of one page; times in seconds from the request, bytes as they travelled."""

    figure_s: float
    widget_s: float
    n_requests: int
    n_bytes: int
    outside: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    measure: str
    figure: str
    bar: str
    met: bool | None


class Server:
    """A served folder, stopped at the end of the block."""

    def __init__(self, notebooks: Path, home: Path, *, pool_size: int) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        arguments = [sys.executable, "-c", STARTER, str(notebooks), str(home), str(pool_size)]
        began = time.perf_counter()
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline() if self.process.stdout else ""
        self.listening_s = time.perf_counter() - began
        if "http" not in line:
            raise SystemExit("The server did not start; its last lines are above.")
        self.url = line.split()[-1]

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def kernels(self) -> list[int]:
        """Return the process ids of its kernels."""
        lines = subprocess.run(
            ["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
        ).stdout
        rows = [line.split(None, 2) for line in lines.splitlines()[1:]]
        return [
            int(pid) for pid, parent, what in rows if int(parent) == self.process.pid and "ipykernel" in what
        ]


def unique_mib(pid: int) -> float:
    """Return the memory that only this process holds."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(kib) for kib in re.findall(r"^Private_\w+:\s+(\d+) kB", text, re.M)) / 1024


def open_once(browser: Any, url: str) -> Opened:
    """Open a page as a new reader and wait for its first figure and its first control."""
    context = browser.new_context()
    page = context.new_page()
    requests: list[str] = []
    n_bytes = [0]
    page.on("request", lambda request: requests.append(request.url))
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda done: n_bytes.append(int(done["encodedDataLength"])))
    page.add_init_script(FIRST_SEEN % json.dumps([FIGURE, CONTROL]))
    page.goto(url, wait_until="commit")
    page.wait_for_function("() => firstSeen.figure && firstSeen.control", timeout=60_000)
    seen = page.evaluate("() => firstSeen")
    page.wait_for_timeout(500)
    outside = tuple(
        address
        for address in requests
        if not address.startswith(("data:", "blob:"))
        and urlsplit(address).hostname not in {"127.0.0.1", "localhost"}
    )
    context.close()
    return Opened(seen["figure"] / 1000, seen["control"] / 1000, len(requests), sum(n_bytes), outside)


def p50(values: list[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def p95(values: list[float]) -> float:
    """Return the value that 95 of 100 stay below."""
    return sorted(values)[max(0, round(0.95 * len(values)) - 1)]


def wait_until_warm(server: Server, n_kernels: int) -> None:
    """Give the pool the time to fill and to come to rest, as it has between two readers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        kernels = server.kernels()
        before = sum(map(cpu_ticks, kernels))
        time.sleep(0.8)
        if len(kernels) >= n_kernels and sum(map(cpu_ticks, kernels)) - before <= 2:
            return


def cpu_ticks(pid: int) -> int:
    """Return the processor time a process has used, in clock ticks; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def openings(browser: Any, server: Server, path: str, n: int, *, n_warm: int) -> list[Opened]:
    """Open one page n times, each time when the pool is warm and at rest (nothing to wait for if it is 0)."""
    opened = []
    for _ in range(n):
        if n_warm:
            wait_until_warm(server, n_warm)
        time.sleep(1.0)
        opened.append(open_once(browser, server.url + path))
    return opened


def interaction_ms(browser: Any, url: str, n: int) -> list[float]:
    """Press the slider's arrow n times and wait for the label each time."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    slider = page.get_by_role("slider").first
    slider.wait_for(timeout=60_000)
    times = []
    for value in range(1, n + 1):
        began = time.perf_counter()
        slider.press("ArrowRight")
        page.get_by_text(f"now {value}", exact=True).wait_for(timeout=20_000)
        times.append((time.perf_counter() - began) * 1000)
    context.close()
    return times


def redraw_ms(browser: Any, server: Server, n: int, *, n_warm: int) -> list[float]:
    """Change the Overview's comparison n times; return from the act to the frame that shows it all."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.url}app/overview")
    compare = page.get_by_label("Compare", exact=True)
    compare.wait_for(timeout=60_000)
    page.wait_for_function("() => document.querySelector('.wb-live .wb-note')", timeout=60_000)
    wait_until_warm(server, n_warm + 1)
    times = []
    for turn in range(n + 1):
        times.append(float(page.evaluate(REDRAW, ["year", "previous"][turn % 2])))
        time.sleep(0.2)
    context.close()
    return times[1:]  # the first one reads the slice, which later ones have in memory


def ten_readers(url: str) -> tuple[list[float], int]:
    """Fetch the page for ten readers at once; return the times and how many failed."""

    def read(_: int) -> float:
        began = time.perf_counter()
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - loopback
            text = answer.read()
        return time.perf_counter() - began if b"</html>" in text else float("inf")

    with ThreadPoolExecutor(10) as pool:
        futures = [pool.submit(read, number) for number in range(10)]
    times = [future.result() for future in futures if future.exception() is None]
    failed = 10 - sum(seconds < float("inf") for seconds in times)
    return times, failed


def axe_violations(browser: Any, url: str) -> list[str]:
    """Return the rules a page breaks, light and dark, on a phone and on a desk."""
    from axe_playwright_python.sync_playwright import Axe

    broken: set[str] = set()
    for scheme, width in (("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)):
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
        )
        page = context.new_page()
        page.goto(url)
        page.locator(CONTROL).first.wait_for(timeout=60_000)
        page.wait_for_timeout(2500)
        found = Axe().run(page).response["violations"]
        broken |= {f"{rule['id']} ({scheme}, {width})" for rule in found}
        context.close()
    return sorted(broken)


def page_lines(name: str, opened: list[Opened], *, widget_bar_s: float) -> list[Line]:
    """Hold one page's openings against the bars."""
    figures, widgets = [one.figure_s for one in opened], [one.widget_s for one in opened]
    n_bytes = max(one.n_bytes for one in opened)
    outside = sum(len(one.outside) for one in opened)
    return [
        Line(
            f"{name}: figures visible, p50 (p95)",
            f"{p50(figures):.2f} s ({p95(figures):.2f})",
            "≤ 0.5 s",
            p50(figures) <= 0.5,
        ),
        Line(
            f"{name}: first widget usable, p50 (p95)",
            f"{p50(widgets):.2f} s ({p95(widgets):.2f})",
            f"≤ {widget_bar_s} s",
            p50(widgets) <= widget_bar_s,
        ),
        Line(f"{name}: bytes cold, on the wire", f"{n_bytes / 1e6:.2f} MB", "≤ 5 MB", n_bytes <= 5e6),
        Line(f"{name}: requests", str(max(one.n_requests for one in opened)), "", None),
        Line(f"{name}: requests outside loopback", str(outside), "0", outside == 0),
    ]


def measure(browser: Any, notebooks: Path, home: Path, *, pages: list[str], n: int) -> list[Line]:
    """Measure every page of a folder, warmed and not."""
    lines: list[Line] = []
    with Server(notebooks, home, pool_size=1) as server:
        lines.append(Line("listening", f"{server.listening_s:.1f} s", "≤ 10 s", server.listening_s <= 10))
        wait_until_warm(server, len(pages))
        for name in pages:
            heavy = name != "slider"
            opened = openings(browser, server, f"app/{name}", n, n_warm=len(pages))
            lines += page_lines(name, opened, widget_bar_s=2.5 if heavy else 1.5)
            broken = axe_violations(browser, f"{server.url}app/{name}")
            lines.append(
                Line(
                    f"{name}: axe violations",
                    str(len(broken)) + "".join(f"; {rule}" for rule in broken),
                    "0",
                    not broken,
                )
            )
            wait_until_warm(server, len(pages))
            times, failed = ten_readers(f"{server.url}app/{name}")
            lines.append(
                Line(
                    f"{name}: ten readers at once, failed (p95)",
                    f"{failed} ({p95(times):.1f} s)",
                    "0",
                    failed == 0,
                )
            )
        if "slider" in pages:
            times = interaction_ms(browser, f"{server.url}app/slider", max(20, n))
            lines.append(
                Line("slider: interaction, p95", f"{p95(times):.0f} ms", "≤ 150 ms", p95(times) <= 150)
            )
        if "overview" in pages:
            wait_until_warm(server, len(pages))
            times = redraw_ms(browser, server, max(20, n), n_warm=len(pages))
            lines.append(
                Line(
                    "overview: filter to redrawn page, p95",
                    f"{p95(times):.0f} ms",
                    "≤ 150 ms",
                    p95(times) <= 150,
                )
            )
        memory = [unique_mib(pid) for pid in server.kernels()]
        lines.append(
            Line(
                "memory per reader, unique, largest",
                f"{max(memory):.0f} MiB",
                "≤ 190 MiB",
                max(memory) <= 190,
            )
        )
    with Server(notebooks, home, pool_size=0) as server:
        for name in pages:
            opened = openings(browser, server, f"app/{name}", max(3, n // 4), n_warm=0)
            widgets = [one.widget_s for one in opened]
            lines.append(
                Line(
                    f"{name}: first widget, nothing warmed, p50",
                    f"{p50(widgets):.2f} s",
                    "≤ 5 s",
                    p50(widgets) <= 5,
                )
            )
    return lines


def write_slider(folder: Path) -> Path:
    """Write the page the bars of a slider are measured on."""
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in SLIDER_PAGE])
    notebook.metadata["workbench"] = {"title": "Slider", "question": "How far?"}
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "slider.ipynb")
    return folder


def table(lines: list[Line]) -> str:
    """Lay the lines out in columns."""
    rows = [
        ("measure", "figure", "bar", "met"),
        *((line.measure, line.figure, line.bar, _met(line.met)) for line in lines),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _met(met: bool | None) -> str:
    return "" if met is None else "yes" if met else "NO"


def main() -> int:
    """Measure, print, and return 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description="Measure the apps in Chromium.")
    parser.add_argument("-n", type=int, default=20, help="openings per page")
    parser.add_argument("--notebooks", type=Path, help="folder of real apps, measured as well")
    parser.add_argument("--home", type=Path, help="their home folder")
    parser.add_argument("--json", type=Path, help="write the lines there too")
    given = parser.parse_args()
    path = os.environ.get("WORKBENCH_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("No Chromium on this machine: install it or name it in WORKBENCH_CHROMIUM.")
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        folder = write_slider(Path(scratch) / "apps")
        lines = measure(browser, folder, Path(scratch) / "home", pages=["slider"], n=given.n)
        if given.notebooks:
            from workbench.serving.catalogue import apps

            names = [app.name for app in apps(given.notebooks)]
            lines += measure(browser, given.notebooks, given.home or Path("data"), pages=names, n=given.n)
        browser.close()
    print(f"n = {given.n}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print(table(lines))
    if given.json:
        given.json.write_text(json.dumps([vars(line) for line in lines], indent=2))
    return 0 if all(line.met is not False for line in lines) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
