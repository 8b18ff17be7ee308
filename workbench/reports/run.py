"""Run one report: template → notebook → self-contained HTML → PDF, published only when all went well.

A report is published by renaming finished files into place, so that a reader sees the last good one or the
new one. The same data and day give the same bytes of HTML; when it ran stands in a file beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.dates import now_utc
from workbench.core.errors import DataError, StoreError, WorkbenchError
from workbench.core.redact import redact
from workbench.reports.pdf import print_pdf
from workbench.reports.render import render_html

if TYPE_CHECKING:
    from workbench.core.settings import Settings

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")
EXECUTION_TIMEOUT_S = 900


@dataclass(frozen=True)
class ReportResult:
    """A finished report.

    Attributes
    ----------
    name : str
        Name of the report.
    asof : datetime.date
        Last day it reports on.
    subject : str
        The finding: what a mail's subject says.
    html : Path
        Self-contained page.
    pdf : Path or None
        The same as a PDF; ``None`` where no Chromium was found.
    pdf_reason : str
        Why there is no PDF.
    sha256 : str
        Of the HTML.
    simulated : bool
        Whether it is about the sample company.
    """

    name: str
    asof: date
    subject: str
    html: Path
    pdf: Path | None
    pdf_reason: str
    sha256: str
    simulated: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        values = asdict(self)
        return {
            **values,
            "asof": self.asof.isoformat(),
            "html": str(self.html),
            "pdf": self.pdf and str(self.pdf),
        }


class ReportFailed(WorkbenchError):
    """A cell of the report failed; the last good report is still in place."""


def run_report(
    name: str,
    *,
    settings: Settings,
    asof: date | None = None,
    account_id: str | None = None,
    with_pdf: bool = True,
    progress: Callable[[str], None] | None = None,
    template: Path | None = None,
) -> ReportResult:
    """Run a report and publish it in the reports folder.

    Parameters
    ----------
    name : str
        Report, such as ``weekly``.
    settings : Settings
        The installation.
    asof : datetime.date, optional
        Last day to report on; default the last day with figures.
    account_id : str, optional
        Ad account; default the one with the newest figures.
    with_pdf : bool
        Whether to make a PDF as well.
    progress : callable, optional
        Told what is being done.
    template : Path, optional
        Notebook to run; default the one of that name that ships with the project.

    Raises
    ------
    DataError
        If there is no such report, or no figures on that day.
    ReportFailed
        If a cell fails; nothing that was published before is touched.
    """
    from workbench.ledger import open_ledger, record_report_done, record_report_failed, record_report_started

    source = template or find_template(name)
    say = progress or (lambda _: None)
    day = asof or _last_day(settings, account_id)
    with open_ledger(settings) as ledger:
        with ledger.write() as session:
            run_id = record_report_started(session, name, asof=day, actor=_actor(settings)).run_id
        try:
            done = _make(name, source, settings, day=day, account_id=account_id, with_pdf=with_pdf, say=say)
        except Exception as error:
            with ledger.write() as session:
                record_report_failed(session, run_id, error=redact(str(error)))
            raise
        with ledger.write() as session:
            record_report_done(
                session,
                run_id,
                html_path=str(done.html),
                sha256=done.sha256,
                pdf_path=str(done.pdf) if done.pdf else None,
            )
    return done


def find_template(name: str) -> Path:
    """Return a report's notebook.

    Raises
    ------
    DataError
        If there is none of that name.
    """
    from workbench.core.places import notebooks_folder

    folder = notebooks_folder("reports")
    names = sorted(p.stem for p in folder.glob("*.ipynb"))
    if not _NAME.fullmatch(name) or name not in names:
        raise DataError(
            f"There is no report {name!r}.", next_step=f"There are: {', '.join(names)}.", name=name
        )
    return folder / f"{name}.ipynb"


def _actor(settings: Settings) -> str:
    from workbench.core.identity import current_actor

    return current_actor(settings).name


def _last_day(settings: Settings, account_id: str | None) -> date:
    from workbench.flows.available import available
    from workbench.flows.company import shown_lake

    return available(shown_lake(settings)).choose(None, account_id, None).period.stop


def _make(
    name: str,
    source: Path,
    settings: Settings,
    *,
    day: date,
    account_id: str | None,
    with_pdf: bool,
    say: Callable[[str], None],
) -> ReportResult:
    with tempfile.TemporaryDirectory(prefix="wb-report-") as scratch_name:
        scratch = Path(scratch_name)
        say(f"Running the {name} report to {day} …")
        executed = _execute(
            source, scratch, settings, {"asof": day.isoformat(), "account_id": account_id or ""}
        )
        facts = _facts(executed)
        html = render_html(executed, title=str(facts["subject"]))
        page = scratch / "report.html"
        page.write_text(html, "utf-8")
        pdf, reason = None, "it was not asked for"
        if with_pdf:
            say("Printing the PDF …")
            pdf, reason = print_pdf(page, scratch / "report.pdf")
        return _publish(name, day, facts, page=page, pdf=pdf, pdf_reason=reason, settings=settings)


def _execute(source: Path, scratch: Path, settings: Settings, parameters: dict[str, str]) -> Any:
    """Run the template with papermill in a kernel of this very interpreter."""
    import logging

    import papermill
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.ERROR)
    output = scratch / "executed.ipynb"
    try:
        return papermill.execute_notebook(
            str(source),
            str(output),
            parameters={**parameters, "home": str(settings.home), "company": settings.company},
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            cwd=str(scratch),
            start_timeout=120,
            execution_timeout=EXECUTION_TIMEOUT_S,
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )
    except PapermillExecutionError as error:
        reason = redact(f"{error.ename}: {error.evalue}")
        kept = _keep_failed(output, source.stem, settings)
        raise ReportFailed(
            f"The {source.stem} report failed in cell {error.exec_count}: {reason}.",
            next_step=f"The last good report is still in place. The notebook with the trace is {kept}.",
            cell=error.exec_count,
            reason=reason,
        ) from None


def _keep_failed(output: Path, name: str, settings: Settings) -> Path:
    folder = settings.reports_folder / name / "failed"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "last-failure.ipynb"
    kept.write_text(redact(output.read_text("utf-8")), "utf-8")
    return kept


def _facts(executed: Any) -> dict[str, Any]:
    """Return what the notebook says about itself: the one output of our own MIME type."""
    for cell in executed.cells:
        for output in cell.get("outputs", ()):
            facts = output.get("data", {}).get(FACTS_MIME)
            if facts:
                return dict(facts)
    raise ReportFailed(
        "The report does not say what it found.", next_step="End its notebook with `publish(report)`."
    )


FACTS_MIME = "application/vnd.workbench.report+json"


def _publish(
    name: str,
    day: date,
    facts: dict[str, Any],
    *,
    page: Path,
    pdf: Path | None,
    pdf_reason: str,
    settings: Settings,
) -> ReportResult:
    """Move the finished files into place, the page last: a killed run has published no page."""
    folder = settings.reports_folder / name
    folder.mkdir(parents=True, exist_ok=True)
    account = str(facts.get("account_id") or "")  # some reports are about all accounts
    stem = "_".join([name, *([_slug(account)] if account else []), day.isoformat()])
    digest = hashlib.sha256(page.read_bytes()).hexdigest()
    published_pdf = folder / f"{stem}.pdf" if pdf else None
    try:
        if pdf and published_pdf:
            _move(pdf, published_pdf)
        beside = page.with_suffix(".json")
        when = {"ran_at": now_utc().isoformat(), "sha256": digest, "name": name, "asof": day.isoformat()}
        beside.write_text(json.dumps(when | facts, indent=2, sort_keys=True) + "\n", "utf-8")
        _move(beside, folder / f"{stem}.run.json")
        _move(page, folder / f"{stem}.html")
    except OSError as error:
        raise StoreError(
            f"The report could not be written to {folder}: {error.strerror}.",
            next_step="Make room or give write permission; the last good report is still in place.",
        ) from error
    return ReportResult(
        name=name,
        asof=day,
        subject=str(facts["subject"]),
        html=folder / f"{stem}.html",
        pdf=published_pdf,
        pdf_reason="" if pdf else pdf_reason,
        sha256=digest,
        simulated=bool(facts["simulated"]),
    )


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower() or "account"


def _move(source: Path, target: Path) -> None:
    """Copy next to the target, then rename: the target is the old file or the whole new one."""
    unfinished = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, unfinished)
    os.replace(unfinished, target)
