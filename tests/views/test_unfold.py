"""A block that is computed when it is opened."""

from __future__ import annotations

from workbench.core.errors import NotEnoughData
from workbench.views.unfold import Unfold


def test_nothing_is_computed_before_a_reader_opens_it_and_then_once():
    made = []
    block = Unfold("How much?", lambda: made.append(1) or "<p>much</p>")
    assert (made, block.html) == ([], "")
    block._receive(block, {"kind": "open"}, [])
    block._receive(block, {"kind": "open"}, [])
    assert (made, block.html) == ([1], "<p>much</p>")
    block.reset()
    assert block.html == ""
    block.compute()
    assert made == [1, 1]


def test_an_error_is_one_line_with_its_next_step():
    def refuse() -> str:
        raise NotEnoughData("There are no figures.", next_step="Load an export.")

    block = Unfold("How much?", refuse)
    block.compute()
    assert "There are no figures." in block.html
    assert "Load an export." in block.html


def test_a_fault_shows_an_id_and_no_detail(caplog):
    def fail() -> str:
        raise ValueError("the secret cause")

    block = Unfold("How much?", fail)
    block.compute()
    assert "secret" not in block.html
    assert "error_" in block.html
    assert "the secret cause" in caplog.text


def test_a_warmed_page_has_the_closed_block_with_its_first_bytes():
    found = Unfold("A <b>title</b>", str)._repr_mimebundle_()
    bundle = found[0] if isinstance(found, tuple) else found
    assert bundle["text/html"].startswith("<details")
    assert "<b>title" not in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle
