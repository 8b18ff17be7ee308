"""Files are compressed once, faithfully, and read again when they change."""

from __future__ import annotations

import gzip
import os

from hypothesis import given
from hypothesis import strategies as st

from workbench.serving.assets import make_asset, read_asset


@given(st.binary(max_size=5000))
def test_what_is_unpacked_is_what_was_packed(body):
    asset = make_asset(body, "x.js")
    assert asset.body == body
    assert asset.gzipped is None or gzip.decompress(asset.gzipped) == body
    assert make_asset(body, "x.js") == asset


def test_scripts_are_compressed_and_pictures_and_trifles_are_not():
    body = b"let word = 1;\n" * 1000
    script = make_asset(body, "a.js")
    assert script.media_type == "text/javascript"
    assert script.gzipped is not None
    assert len(script.gzipped) < len(body) / 10
    assert make_asset(body, "a.png").gzipped is None
    assert make_asset(b"x", "a.js").gzipped is None


def test_file_is_read_again_when_it_has_changed(tmp_path):
    file = tmp_path / "a.css"
    file.write_text("a")
    first = read_asset(file)
    assert read_asset(file) is first
    file.write_text("b")
    os.utime(file, ns=(1, 1))
    assert read_asset(file).body == b"b"
