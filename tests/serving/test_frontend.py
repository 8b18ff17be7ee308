"""The one script holds what is listed, or steps aside."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workbench.serving import frontend

SHARE = Path(sys.prefix) / "share" / "jupyter"
FOLDERS = {
    "static_folders": [str(SHARE / "voila" / "templates" / "base" / "static")],
    "extension_folders": [str(SHARE / "labextensions"), str(SHARE / "voila" / "labextensions")],
}


def test_every_listed_chunk_is_installed():
    """If this fails after an update, the list in share/front.json has to be made again."""
    front = frontend.build_frontend("/", **FOLDERS)
    assert front.missing == ()
    assert len(front.assets) == 1


def test_name_follows_content_and_address_follows_base():
    one = frontend.build_frontend("/", **FOLDERS)
    below = frontend.build_frontend("/user/ada/", **FOLDERS)
    assert below.script == f"/user/ada{one.script}"
    (name,) = one.assets
    assert one.assets[name].digest in name
    assert one.script.endswith(name)


def test_nothing_leaks_out_of_the_functions():
    (asset,) = frontend.build_frontend("/", **FOLDERS).assets.values()
    assert b"var _JUPYTERLAB;" not in asset.body
    assert b"\n//# sourceMappingURL" not in asset.body


def test_another_version_of_voila_gets_its_own_script(monkeypatch):
    monkeypatch.setattr(frontend, "version", lambda _: "9.9.9")
    front = frontend.build_frontend("/", **FOLDERS)
    assert front.script == "/voila/static/voila.js"
    assert front.assets == {}


@pytest.mark.parametrize(("module", "modules"), [(None, "{}"), ("17770", "{17770:module=>{module.exports=")])
def test_stub_answers_for_a_chunk(module, modules):
    text = frontend._stub("voila/static/7770.voila.js", module)
    assert f".push([[7770],{modules}" in text
