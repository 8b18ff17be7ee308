"""The words of results and parts, one for one thing, as in ``docs/metrics.md``."""

from __future__ import annotations

_IRREGULAR = {
    "landing_page_view": ("landing page view", "landing page views"),
    "video_view": ("video view", "video views"),
    "post_engagement": ("post engagement", "post engagements"),
    "thruplay": ("ThruPlay", "ThruPlays"),
    "reach": ("person reached", "people reached"),
    "app_install": ("app install", "app installs"),
}

LEVELS = {
    "account": ("account", "accounts"),
    "campaign": ("campaign", "campaigns"),
    "adset": ("ad set", "ad sets"),
    "ad": ("ad", "ads"),
}


def result_word(result_type: str | None, *, plural: bool = False) -> str:
    """Return what one result, or several, are called.

    Examples
    --------
    >>> result_word("lead"), result_word("link_click", plural=True), result_word(None, plural=True)
    ('lead', 'link clicks', 'results')
    """
    if not result_type:
        return "results" if plural else "result"
    if result_type in _IRREGULAR:
        return _IRREGULAR[result_type][plural]
    word = result_type.replace("_", " ")
    if not plural:
        return word
    return word if word.endswith("s") else f"{word}s"


def cost_word(result_type: str | None) -> str:
    """Return what the cost of one result is called.

    Examples
    --------
    >>> cost_word("lead"), cost_word(None)
    ('Cost per lead', 'Cost per result')
    """
    return f"Cost per {result_word(result_type)}"


def share_words(share: float) -> str:
    """Say a share in [0, 1] as a person would.

    Examples
    --------
    >>> share_words(0.66), share_words(0.98), share_words(0.07)
    ('two thirds', 'nearly all', 'a little')
    """
    bounds = (
        (0.90, "nearly all"),
        (0.70, "three quarters"),
        (0.58, "two thirds"),
        (0.42, "half"),
        (0.29, "a third"),
        (0.20, "a quarter"),
        (0.10, "a part"),
    )
    return next((word for bound, word in bounds if share >= bound), "a little")
