"""Commands on a page: to be read, and copied with one click where a script may run."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from workbench.views.svg_text import clean

COPY_SCRIPT = """
(() => {
  if (window.wbCopies) return;
  window.wbCopies = true;
  document.documentElement.classList.add("wb-js");
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(".wb-copy");
    if (!button) return;
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    } catch { // no permission, or no secure context: the text is marked instead
      getSelection().selectAllChildren(code);
    }
  });
})();
"""
"""Makes every command's button copy it, also of commands that come later; a page includes it once."""


def command_html(command: str) -> str:
    """Return a command with its button.

    Examples
    --------
    >>> "<code>wb load meta</code>" in command_html("wb load meta")
    True
    """
    text = clean(command)
    # the command is part of the button's name: several of them on a page are told apart
    button = f'<button type="button" class="wb-copy" aria-label="Copy: {text}">Copy</button>'
    return f'<div class="wb-command"><code>{text}</code>{button}</div>'


@cache
def operations_css() -> str:
    """Return the rules of commands, notices and strips of days as an element of their own."""
    text = (files("workbench.views") / "css" / "operations.css").read_text(encoding="utf-8")
    return f"<style>{text}</style>"
