"""The log is redacted, on standard error, and goes nowhere else."""

from __future__ import annotations

import logging
import re

import pytest

from workbench.core import log
from workbench.core.errors import ConfigError


def test_lines_are_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    log.get("lake").warning("loaded %s for %s", "2026-11-20", "jane@example.org")
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00 WARNING workbench\.lake: loaded 2026-11-20 for \[email\]\n", err
    )


def test_tracebacks_are_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        try:
            raise ValueError("cause: token=EAAB1234567890123456789")
        except ValueError as error:
            raise RuntimeError("could not write to jane@example.org") from error
    except RuntimeError:
        log.get("loaders").exception("failed")
    err = capsys.readouterr().err
    assert "EAAB1234567890" not in err.replace('raise ValueError("cause: token=[secret]")', "")
    assert "jane@" not in err
    assert "RuntimeError: could not write to [email]" in err
    assert "ValueError: cause: token=[secret]" in err


def test_a_trace_has_an_id(capsys: pytest.CaptureFixture[str]) -> None:
    trace_id = log.trace(log.get("views"), RuntimeError("secret=x9 broke"))
    err = capsys.readouterr().err
    assert f"{trace_id} RuntimeError" in err
    assert "RuntimeError: secret=[secret] broke" in err
    assert re.fullmatch(r"trace-[0-9a-f]{8}", trace_id)
    assert log.new_trace_id() != log.new_trace_id()


def test_the_root_logger_gets_nothing() -> None:
    seen: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = seen.append  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        log.get("lake").warning("for jane@example.org")
    finally:
        logging.getLogger().removeHandler(handler)
    assert seen == []


def test_there_is_one_handler(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        log.get("lake")
        log.get("lake.window")
    log.get("lake.window").warning("once")
    assert capsys.readouterr().err.count("once") == 1


def test_the_root_loggers_level_decides_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger(log.ROOT).setLevel(logging.NOTSET)
    try:
        log.get("lake").info("quiet")
    finally:
        logging.getLogger().setLevel(logging.WARNING)
    assert "quiet" not in capsys.readouterr().err


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    log.get("lake").info("quiet")
    log.set_level("debug")
    log.get("lake").debug("loud")
    log.set_level("warning")
    err = capsys.readouterr().err
    assert "quiet" not in err
    assert "loud" in err
    with pytest.raises(ConfigError, match="'shout' is not a log level"):
        log.set_level("shout")


def test_other_loggers_are_left_alone() -> None:
    before = logging.getLogger().handlers[:]
    log.get("lake")
    assert logging.getLogger().handlers == before
