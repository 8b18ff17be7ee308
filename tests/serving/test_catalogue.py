"""Notebooks declare themselves as apps, and broken ones are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.core.errors import ConfigError
from workbench.serving.catalogue import App, apps, pages


def write(folder: Path, name: str, **declared: object) -> None:
    metadata = {"workbench": declared} if declared else {}
    (folder / f"{name}.ipynb").write_text(json.dumps({"metadata": metadata, "cells": []}))


def test_apps_come_in_their_order_without_the_home_page(tmp_path):
    write(tmp_path, "late", title="Late", question="When?", order=20)
    write(tmp_path, "early", title="Early", question="Now?", order=1)
    write(tmp_path, "also_early", title="Also early", question="Now too?", order=1)
    write(tmp_path, "home", title="Workbench", order=99)
    assert [app.name for app in apps(tmp_path)] == ["also_early", "early", "late"]
    assert next(page.name for page in pages(tmp_path)) == "home"
    assert apps(tmp_path)[1] == App("early", "Early", "Now?", "app/early", tmp_path / "early.ipynb", 1.0)
    assert pages(tmp_path)[0].path == ""


def test_notebook_that_declares_nothing_is_no_app(tmp_path):
    write(tmp_path, "scratch")
    assert pages(tmp_path) == []


def test_home_page_needs_no_declaration(tmp_path):
    write(tmp_path, "home")
    assert [page.title for page in pages(tmp_path)] == ["Home"]


@pytest.mark.parametrize("name", ["two words", ".hidden", "-dash", "ümlaut"])
def test_names_that_would_not_survive_an_address_are_left_out(tmp_path, name):
    write(tmp_path, name, title="x")
    assert pages(tmp_path) == []


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", '{"cells": []}', '{"metadata": {"workbench": {"order": "soon"}}}']
)
def test_broken_notebook_is_named(tmp_path, text):
    (tmp_path / "broken.ipynb").write_text(text)
    with pytest.raises(
        ConfigError, match=r"broken\.ipynb is not a notebook that can be served.*save it again"
    ):
        apps(tmp_path)


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(
        ConfigError, match=r"nowhere does not exist\. Give an existing folder with `--notebooks`"
    ):
        apps(tmp_path / "nowhere")
