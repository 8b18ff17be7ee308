"""What a person would say of the state of an installation, and the one command that helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from workbench.flows.operations import Account, OperationsView

Tone = Literal["worse", "better", "plain"]
LOAD_AGAIN = "wb load meta"
_NETWORKS = {"meta": "Meta", "google": "Google Ads", "tiktok": "TikTok", "linkedin": "LinkedIn", "x": "X"}
_N_NAMED = 2


@dataclass(frozen=True)
class Finding:
    """The sentence a page leads with.

    Attributes
    ----------
    segments : tuple of (str, str)
        Words with their tone: ``worse``, ``better`` or empty.
    hedges : tuple of str
        What limits it, or follows from it.
    command : str
        The one command to run; empty where nothing is to be done.
    """

    segments: tuple[tuple[str, str], ...]
    hedges: tuple[str, ...] = ()
    command: str = ""

    @property
    def text(self) -> str:
        """The sentence without its tones."""
        return "".join(words for words, _ in self.segments)


def finding_of(view: OperationsView) -> Finding:
    """Say the most urgent thing first: refused, unreachable, late, not read yet, running out, fine."""
    connected = view.connected
    if not connected:
        return _from_files(view)
    for state, lead in (
        ("refused", "{network} refuses the token"),
        ("unreachable", "{network} could not be reached"),
    ):
        found = [a for a in connected if a.state == state]
        if found or (state == "refused" and _notice(view, "token_refused")):
            said = lead.format(network=network_name((found or connected)[0].network))
            frozen = found or connected
            return Finding(
                ((said, "worse"), (f": {data_words([(a.label, a.last_day) for a in frozen])}.", "")),
                _hedges(view, rest=[a for a in connected if a not in frozen]),
                _command(view) or LOAD_AGAIN,
            )
    late = [a for a in connected if a.state == "late"]
    if late:
        return Finding(_late(late, connected), _hedges(view), _command(view) or LOAD_AGAIN)
    return _fresh(view, connected)


def network_name(network: str) -> str:
    """Write a network as people know it.

    Examples
    --------
    >>> network_name("meta"), network_name("pinterest")
    ('Meta', 'Pinterest')
    """
    return _NETWORKS.get(network, network.replace("_", " ").capitalize())


def data_words(reaches: Sequence[tuple[str, date | None]]) -> str:
    """Say how far accounts reach: by name for two, counted beyond.

    Parameters
    ----------
    reaches : sequence of (str, date or None)
        Name and last loaded day of each.

    Examples
    --------
    >>> data_words([("Shop", date(2026, 11, 18)), ("North", None)])
    'Shop has data to 18 Nov 2026 and North has none yet'
    """
    days = [last for _, last in reaches if last is not None]
    if not days:
        return "nothing has been read yet"
    if len(reaches) > _N_NAMED:
        behind = "" if len(set(days)) == 1 else f", the furthest behind to {_day(min(days))}"
        return f"{len(reaches)} accounts have data to {_day(max(days))}{behind}"
    if len(set(days)) == 1 and len(days) == len(reaches) > 1:
        return f"{' and '.join(name for name, _ in reaches)} have data to {_day(days[0])}"
    return " and ".join(
        f"{name} has data to {_day(last)}" if last else f"{name} has none yet" for name, last in reaches
    )


def _day(day: date | None) -> str:
    return f"{day:%-d %b %Y}" if day is not None else ""


def _late(late: Sequence[Account], connected: Sequence[Account]) -> tuple[tuple[str, str], ...]:
    worst = max(late, key=lambda a: a.lag_days or 0)
    behind = f"{worst.lag_days} days behind"
    if len(late) == 1:
        return (
            (f"{worst.label} is ", ""),
            (behind, "worse"),
            (f": it has data to {_day(worst.last_day)}.", ""),
        )
    return (
        (f"{len(late)} of {len(connected)} accounts are behind", "worse"),
        (f"; {worst.label} most, with data to {_day(worst.last_day)}.", ""),
    )


def _fresh(view: OperationsView, connected: Sequence[Account]) -> Finding:
    unread = [a for a in connected if a.state == "new"]
    if unread:
        many = f"{unread[0].label} has" if len(unread) == 1 else f"{len(unread)} accounts have"
        said: list[tuple[str, str]] = [(f"{many} not been read yet.", "")]
        return Finding(tuple(said), _hedges(view), LOAD_AGAIN)
    names = f"{connected[0].label} is" if len(connected) == 1 else f"All {len(connected)} accounts are"
    ending = _notice(view, "token_expires")
    said = [(f"{names} up to date", "")]
    ends = min(
        (a.connector.token_expires_at for a in connected if a.connector and a.connector.token_expires_at),
        default=None,
    )
    if ending and ends is not None:
        said += [(", but ", ""), (f"the token runs out on {ends:%-d %b %Y}", "worse"), (".", "")]
        return Finding(tuple(said), _hedges(view), _command(view))
    n = view.log.n_refused_recent
    said += [("; ", ""), *(_refused(n) if n else [("nothing was refused in the last 7 days.", "")])]
    return Finding(tuple(said), _hedges(view), "")


def _refused(n: int) -> list[tuple[str, str]]:
    return [(f"{n} {'load was' if n == 1 else 'loads were'} refused", "worse"), (" in the last 7 days.", "")]


def _from_files(view: OperationsView) -> Finding:
    files = [a for a in view.accounts if a.last_day is not None]
    if view.is_fresh_install or not files:
        notice = view.notices[0] if view.notices else None
        if notice is not None:
            return Finding(((notice.text.split(". ")[0].rstrip(".") + ".", "worse"),), (), notice.command)
        said = "Nothing is connected yet."
        return Finding(
            ((said, ""),), ("The pages show a simulated company until then.",) if view.is_simulated else ()
        )
    days = [a.last_day for a in files if a.last_day is not None]
    reach = _day(max(days)) if len(set(days)) == 1 else f"{_day(min(days))} or later"
    many = "" if len(files) == 1 else f" of {len(files)} accounts"
    n = view.log.n_refused_recent
    rest = [("; ", ""), *_refused(n)] if n else [(".", "")]
    return Finding(
        ((f"The figures{many} come from files and reach to {reach}", ""), *rest),
        ("A connected account is read again by one command, with whatever was restated.",),
    )


def _hedges(view: OperationsView, rest: Sequence[Account] = ()) -> tuple[str, ...]:
    said = []
    fine = [a for a in rest if a.state == "ok"]
    if len(rest) == 1 and fine:
        said.append(f"{fine[0].label} is up to date.")
    elif rest:
        said.append(f"{len(fine)} of the {len(rest)} other accounts are up to date.")
    failed = [u for u in view.log.unfinished if u.state != "running"]
    if failed:
        said.append(
            f"{len(failed)} {'refresh has' if len(failed) == 1 else 'refreshes have'} not come to "
            f"{'its' if len(failed) == 1 else 'their'} end; the next run goes on."
        )
    ends = min(
        (
            a.connector.api_version_ends
            for a in view.connected
            if a.connector and a.connector.api_version_ends
        ),
        default=None,
    )
    if ends is not None:
        said.append(f"The API version that is asked ends on {_day(ends)}.")
    return tuple(said)


def _notice(view: OperationsView, kind: str) -> bool:
    return any(notice.kind == kind for notice in view.notices)


def _command(view: OperationsView) -> str:
    return next((notice.command for notice in view.notices if notice.command), "")
