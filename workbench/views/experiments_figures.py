"""The figures of a test: densities, changes, badges, and the verdict under three priors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.core.number_text import Unit, number, percent
from workbench.views.chart import Chart, Dot, Dots
from workbench.views.experiments_density import Hill, density_svg
from workbench.views.experiments_words import change_text, loss_text, metric_unit
from workbench.views.svg import render
from workbench.views.svg_text import clean

if TYPE_CHECKING:
    from workbench.experiments.stopping import Badge
    from workbench.flows.experiment_view import ExperimentView

WIDTHS = (760, 520, 330)
"""Widths a figure is drawn for: beside the form, on a tablet, on a phone."""
VERDICT_WORDS = {"better": "Better", "worse": "Worse", "wait": "Not decided"}
_BADGE_TITLES = {
    "fixed horizon": "I read it once, at the planned end",
    "prior-calibrated": "Changes are usually of the expected size",
    "anytime-valid": "I look whenever I like",
}
_UNBOUNDED = 100.0
SOURCE_WORDS = {
    "assumed": "assumed, not learned from past tests",
    "given": "as given",
    "learned": "learned from past tests",
}


def densities_html(view: ExperimentView, locale: str) -> str:
    """Return the figure of the arms' densities, drawn for each width it will be seen at."""
    kind, unit = view.entry.about, metric_unit(view.entry.kind)
    per, control = kind.shown_per, view.result.arms[0].name
    hills = [
        Hill(
            arm.name,
            curve.x * per,
            curve.density / per,
            arm.estimate * per,
            arm.interval[0] * per,
            arm.interval[1] * per,
            is_control=arm.name == control,
        )
        for arm, curve in zip(view.result.arms, view.curves, strict=True)
    ]
    drawn = {px: density_svg(hills, unit, px, locale=locale) for px in WIDTHS}
    level = percent(view.result.level, digits=2)
    return fitted_figure(
        f"{kind.metric} of each arm",
        f"The higher the hill, the more probable the figure. Dark: {level} of the probability. "
        f"Dashed: {control}.",
        drawn,
    )


def uplift_html(view: ExperimentView, locale: str) -> str:
    """Return the figure of every arm's change against the control, on one scale with its zero line."""
    uplift, result = view.result.uplift, view.result
    relative = all(one.relative is not None for one in uplift)
    per = 1 if relative else view.entry.about.shown_per
    losses = dict(zip((arm.name for arm in result.arms), losses_of(view), strict=True))
    rows = []
    for one in uplift:
        change = one.relative if relative and one.relative is not None else one.absolute
        rows.append(
            Dot(
                one.arm,
                change.estimate * per,
                change.low * per,
                change.high * per,
                note=f"loses {loss_text(losses[one.arm], view, locale)}",
                text=change_text(one, view, locale),
            )
        )
    control = result.arms[0].name
    chart = Chart(
        title=f"Change against {control}",
        marks=[Dots(rows, reference=0.0, reference_words="no change")],
        unit=Unit("percent") if relative else Unit(),
        locale=locale,
        from_zero=True,
    )
    drawn = {px: render(chart, px) for px in WIDTHS}
    side = "right" if result.higher_is_better else "left"
    level = percent(result.level, digits=2)
    sub = (
        f"Better is to the {side} of the line. Bars hold the true change with {level}; "
        "“loses” is the average if chosen."
    )
    return fitted_figure(chart.title, sub, drawn)


def losses_of(view: ExperimentView) -> tuple[float, ...]:
    """Return the expected losses as they are shown: per day in currency where a value is known."""
    return view.result.expected_loss_per_day or view.result.expected_loss


def fitted_figure(title: str, sub: str, drawn: dict[int, str]) -> str:
    """Return a card with a figure that was drawn for each width it will be seen at."""
    return (
        f'<figure class="wb-block wb-card wb-figure wb-fit"><figcaption>'
        f'<h2 class="wb-head">{clean(title)}</h2>'
        f'<p class="wb-sub">{clean(sub)}</p></figcaption>{fitted_svgs(drawn)}</figure>'
    )


def fitted_svgs(drawn: dict[int, str]) -> str:
    """Return the drawings, of which the style sheet shows the one that fits its room."""
    names = dict(zip(WIDTHS, ("wb-xw", "wb-xm", "wb-xn"), strict=True))
    inner = "".join(svg.replace('<svg class="', f'<svg class="{names[px]} ', 1) for px, svg in drawn.items())
    return f'<div class="wb-draw">{inner}</div>'


def strip_html(view: ExperimentView, locale: str) -> str:
    """Return the leading change under three priors; nothing where there is no relative change."""
    stops = view.stops
    if stops is None or not stops.strip:
        return ""
    rows = [
        Dot(
            _prior_words(one.prior, stops.size_under(one.prior), locale),
            (one.low + one.high) / 2,
            one.low,
            one.high,
            text=f"{VERDICT_WORDS[one.verdict]} {ends_text(one.low, one.high, locale)}",
        )
        for one in stops.strip
    ]
    verdicts = {one.verdict for one in stops.strip}
    agree = "All three agree." if len(verdicts) == 1 else "They disagree: the verdict hangs on the prior."
    chart = Chart(
        title="Does it hang on what was expected before?",
        marks=[Dots(rows, reference=0.0, reference_words="no change")],
        unit=Unit("percent"),
        locale=locale,
        from_zero=True,
    )
    where = SOURCE_WORDS[stops.source]
    sub = f"{view.leader.arm} under three expectations of how large true changes are ({where}). {agree}"
    return fitted_figure(chart.title, sub, {px: render(chart, px) for px in WIDTHS})


def _prior_words(prior: str, size: float | None, locale: str) -> str:
    if size is None:
        return "Anything was possible"
    return f"Changes of ±{percent(size, locale, digits=2)} or so"


def badges_html(view: ExperimentView, locale: str) -> str:
    """Return the three badges of the leading change, in words of a stakeholder."""
    if view.stops is None:
        return ""
    items = "".join(_badge(one, view, locale) for one in view.stops.badges.all)
    return (
        '<section class="wb-block wb-card"><h2 class="wb-head">May I stop?</h2>'
        f'<p class="wb-sub">{clean(view.leader.arm)} read in three ways. Pick the one that is true of your '
        f'test.</p><ul class="wb-three">{items}</ul></section>'
    )


def _badge(one: Badge, view: ExperimentView, locale: str) -> str:
    state = "better" if one.says_better else "worse" if one.says_worse else "wait"
    per = 1.0 if view.leader.relative is not None else view.entry.about.shown_per / 100
    return (
        f'<li class="wb-is-{state}"><h3>{_BADGE_TITLES[one.name]}</h3>'
        f"<p><b>{VERDICT_WORDS[state]}</b> {clean(ends_text(one.low * per, one.high * per, locale))}</p>"
        f"<small><b>{one.name.capitalize()}:</b> {clean(one.valid_when)}.</small></li>"
    )


def ends_text(low: float, high: float, locale: str) -> str:
    """Write the ends of a relative interval in per cent; an end that nothing bounds is said to be so."""

    def end(value: float) -> str:
        if value != value or abs(value) > _UNBOUNDED:  # noqa: PLR0124 - NaN differs from itself
            return "open"
        return number(100 * value, locale, digits=2, signed=True)

    return f"[{end(low)}, {end(high)}]"
