"""The finding of an overview: one or two sentences a stakeholder would say, and their hedges in small.

A cause is named only as far as the evidence goes: parts of a decomposition are arithmetic, so they are said
plainly; anything else "coincides with".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.core.number_text import (
    fixed,
    interval_text,
    money,
    number,
    percent,
    percent_change,
    probability,
)
from workbench.performance.words import LEVELS, cost_word, result_word, share_words

if TYPE_CHECKING:
    from workbench.performance.decomposition import Decomposition
    from workbench.performance.overview import Overview
    from workbench.performance.ranking import EntityRow

Tone = Literal["", "worse", "better"]

_FALLING = {
    "price": "cheaper impressions",
    "click_rate": "a higher click rate",
    "conversion_rate": "a higher conversion rate",
}
_RISING = {
    "price": "the price of impressions",
    "click_rate": "a lower click rate",
    "conversion_rate": "a lower conversion rate",
}


@dataclass(frozen=True)
class Finding:
    """What a page leads with.

    Attributes
    ----------
    segments : tuple of (str, str)
        Texts with their tone: ``worse``, ``better`` or empty.
    hedges : tuple of str
        Sentences that say how far the finding reaches.
    """

    segments: tuple[tuple[str, Tone], ...]
    hedges: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The finding as plain text."""
        return "".join(text for text, _ in self.segments)


def finding(overview: Overview, locale: str = "en_GB") -> Finding:
    """Say what changed, what moved it, and how sure that is."""
    cost = overview.measure("cost_per_result")
    if not overview.totals.spend_micros and not overview.totals.impressions:
        return Finding((("Nothing was delivered in these days.", ""),), ())
    if cost.value is None:
        return Finding(((_without_results(overview, locale), ""),), tuple(_hedges(overview, locale)))
    if cost.change is None:
        return Finding(((_earned(overview, locale), ""),), tuple(_hedges(overview, locale)))
    return Finding(_changed(overview, locale), tuple(_hedges(overview, locale)))


def _price(units: float, overview: Overview, locale: str) -> str:
    return money(round(units * 1_000_000), overview.currency, locale)


def _without_results(overview: Overview, locale: str) -> str:
    spent = money(overview.totals.spend_micros, overview.currency, locale)
    if overview.of_type.results is None:
        return f"{spent} was spent; the source does not say what came of it."
    return f"{spent} was spent and brought no {result_word(overview.result_type, plural=True)}."


def _earned(overview: Overview, locale: str) -> str:
    """Without a comparison: what the money brought, and who earned it best."""
    totals = overview.of_type
    cost = overview.measure("cost_per_result").value or 0.0
    spent = money(totals.spend_micros, overview.currency, locale)
    results = number(totals.results, locale, digits=4)
    one, many = result_word(overview.result_type), result_word(overview.result_type, plural=True)
    each = _price(cost, overview, locale)
    text = f"{spent} brought {results} {one if totals.results == 1 else many} at {each} each."
    best = _clearly_better(overview, cost)
    if best is None:
        return f"{text} No {LEVELS[overview.level][0]} is clearly better than the rest."
    return (
        f"{text} {best.name} earned its money best, at {_price(best.pooled_cost or 0.0, overview, locale)}."
    )


def _clearly_better(overview: Overview, mean_cost: float) -> EntityRow | None:
    """Return the entity with the lowest estimate whose whole interval is below the mean."""
    better = [e for e in overview.entities if e.high is not None and e.high < mean_cost]
    return (
        min(better, key=lambda e: e.pooled_cost or 0.0, default=None) if len(overview.entities) > 1 else None
    )


def _changed(overview: Overview, locale: str) -> tuple[tuple[str, Tone], ...]:
    cost = overview.measure("cost_per_result")
    change, value = cost.change, cost.value
    if change is None or value is None:
        return ((_earned(overview, locale), ""),)
    name, now = cost_word(overview.result_type), _price(value, overview, locale)
    if not change.is_clear:
        size = percent_change(change.value, locale)
        interval = interval_text(change.low, change.high, lambda x: percent_change(x, locale), locale=locale)
        said = f"{name} is {now}; its change of {size} {interval} is within the noise."
        return ((f"{said} {_volume(overview, locale)}".rstrip(), ""),)
    verb, tone = ("rose ", "worse") if change.value > 0 else ("fell ", "better")
    size = percent(abs(change.value), locale, digits=2)
    head: tuple[tuple[str, Tone], ...] = ((f"{name} {verb}", ""), (size, tone), (f" to {now}.", ""))  # type: ignore[assignment]
    why = causes(overview.decomposition, overview.mix_names, overview, locale)
    return (*head, (f" {why}", "")) if why else head


def _volume(overview: Overview, locale: str) -> str:
    results, spend = overview.measure("results"), overview.measure("spend")
    many = result_word(overview.result_type, plural=True)
    if results.change is None or spend.change is None:
        return ""
    return (
        f"Spend changed by {percent_change(spend.change.value, locale)}, "
        f"{many} by {percent_change(results.change.value, locale)}."
    )


def causes(
    decomposition: Decomposition | None, mix_names: tuple[str, ...], overview: Overview, locale: str
) -> str:
    """Say which parts made most of a change of cost per result.

    Returns
    -------
    str
        One sentence, empty where there is no decomposition of the cost.
    """
    if decomposition is None or decomposition.metric != "cost_per_result" or not decomposition.change:
        return ""
    shares = {name: part / decomposition.change for name, part in decomposition.parts.items()}
    leading = sorted(shares, key=lambda name: -shares[name])
    first, second, last = leading[0], leading[1], leading[-1]
    up = decomposition.change > 0
    phrase = {name: _phrase(name, up, decomposition, mix_names) for name in shares}
    opposite = _phrase(last, not up, decomposition, mix_names)
    if shares[first] > 1.1:
        size = _price(abs(decomposition.parts[first]), overview, locale)
        back = _price(abs(decomposition.parts[last]), overview, locale)
        did, undid = ("added", "took back") if up else ("saved", "cost")
        return f"{_capital(phrase[first])} {did} {size}; {opposite} {undid} {back}."
    if shares[first] >= 0.9 or shares[second] < 0.1:
        return f"{_capital(share_words(shares[first]))} of it is {phrase[first]}."
    if shares[first] + shares[second] >= 0.9:
        return f"{_capital(share_words(shares[first]))} of it is {phrase[first]}, the rest {phrase[second]}."
    return (
        f"{_capital(share_words(shares[first]))} of it is {phrase[first]}, "
        f"{share_words(shares[second])} {phrase[second]}."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _phrase(name: str, up: bool, decomposition: Decomposition, mix_names: tuple[str, ...]) -> str:
    if name != "mix":
        return (_RISING if up else _FALLING)[name]
    pull = decomposition.mix_by_campaign if up else -decomposition.mix_by_campaign
    if not pull.size or pull.max() <= 0:
        return "the mix of campaigns"
    strongest = int(pull.argmax())
    direction = "towards" if decomposition.share_change[strongest] > 0 else "away from"
    return f"a shift {direction} {mix_names[strongest]}"


def _hedges(overview: Overview, locale: str) -> list[str]:
    hedges = []
    change = overview.measure("cost_per_result").change
    if change is not None and change.prob_higher is not None and change.is_clear:
        sure = max(change.prob_higher, 1 - change.prob_higher)
        hedges.append(f"More than noise ({probability(sure, locale)} probable).")
    if overview.maturing_from is not None:
        n_days = (overview.period.stop - overview.maturing_from).days + 1
        last = "the last day" if n_days == 1 else f"the last {fixed(n_days, 0, locale)} days"
        hedges.append(f"Conversions of {last} may still arrive.")
    left_out = overview.totals.spend_micros - overview.of_type.spend_micros
    if overview.result_type and left_out > 0:
        amount = money(left_out, overview.currency, locale)
        bought = result_word(overview.result_type, plural=True)
        hedges.append(
            f"{amount} went to campaigns that were not bought for {bought}; "
            f"it is in spend, not in {cost_word(overview.result_type).lower()}."
        )
    return hedges
