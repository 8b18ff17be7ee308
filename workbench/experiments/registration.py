"""What is said of a test before it is read: hypothesis, metric, arms, evidence, looks, minimum run."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, get_args

from workbench.experiments.delivered_metrics import Metric
from workbench.experiments.options import Options, refuse
from workbench.stats.counts import tail_of

EvidenceClass = Literal["observational", "split_test", "lift", "randomised"]
#: Field of an arm in a registration, and the level that it names.
LEVEL_OF = {"campaigns": "campaign", "adsets": "adset", "ads": "ad", "file": "file"}
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

#: How each class of evidence is spoken of. Only randomised evidence may be called causal. A network's split
#: test is not: it draws audiences by lot and then chooses within each arm whom to reach (Braun & Schwartz
#: 2024, doi:10.1177/00222429241275886), so arm and delivery differ together.
EVIDENCE_WORDS: dict[EvidenceClass, str] = {
    "observational": (
        "Observational: the network chose who saw which arm, so a difference may come from who was reached."
    ),
    "split_test": (
        "Split test: the network divided the audience by lot, then chose within each arm whom to reach; it "
        "says which arm did better as delivered, not which is better for the same people."
    ),
    "lift": "Lift test: a group was held back by lot, so the difference is causal.",
    "randomised": "Randomised: chance alone decided which unit got which arm, so the difference is causal.",
}


@dataclass(frozen=True)
class PlannedArm:
    """One arm of the design.

    Attributes
    ----------
    name : str
    level : {"campaign", "adset", "ad", "file"}
        What ``ids`` are ids of; ``file`` for a table of arms given to the reading.
    ids : tuple of str
        Of the campaigns, ad sets or ads; the file's path for ``file``.
    share : float or None
        Planned share of the units.
    n_units : int or None
        Units that were assigned, where that is known, for the split check.
    """

    name: str
    level: str
    ids: tuple[str, ...]
    share: float | None = None
    n_units: int | None = None


@dataclass(frozen=True)
class Registration:
    """A registered test.

    Attributes
    ----------
    experiment_id : str
        Short name: small letters, digits, ``-`` and ``_``.
    hypothesis : str
    metric : Metric
    arms : tuple of PlannedArm
        The control first.
    start : datetime.date
        First day, in the account's time zone.
    stop : datetime.date or None
        Planned last day.
    unit : str
        What is assigned to arms, such as ``person``.
    evidence : {"observational", "split_test", "lift", "randomised"}
    kind_of_test : str
        Such as ``creative`` or ``audience``; priors are learned per kind.
    looks : tuple of int
        Days after the start at which a look is planned.
    minimum_days, minimum_units : int
        Minimum run: before it, viewers see no figures. Units count the denominator.
    network, account_id : str
        Empty for the only account that holds the arms.
    level : float
        Of every interval.
    rope : float or None
        Relative change that makes no difference.

    Raises
    ------
    DataError
        If a field cannot be used; ``field`` names it.
    """

    experiment_id: str
    hypothesis: str
    metric: Metric
    arms: tuple[PlannedArm, ...]
    start: date
    stop: date | None = None
    unit: str = "person"
    evidence: EvidenceClass = "observational"
    kind_of_test: str = ""
    looks: tuple[int, ...] = ()
    minimum_days: int = 7
    minimum_units: int = 0
    network: str = ""
    account_id: str = ""
    level: float = 0.95
    rope: float | None = None

    def __post_init__(self) -> None:
        tail_of(self.level)
        if not _ID.fullmatch(self.experiment_id):
            refuse(
                "id",
                repr(self.experiment_id),
                "is no short name",
                "Use small letters, digits, - and _, such as spring-video.",
            )
        if not self.hypothesis.strip():
            refuse("hypothesis", repr(self.hypothesis), "is empty", "Say in a sentence what should happen.")
        if self.evidence not in get_args(EvidenceClass):
            refuse("evidence", self.evidence, "is no class", f"Use {', '.join(get_args(EvidenceClass))}.")
        if self.stop is not None and self.stop < self.start:
            refuse("stop", self.stop, f"lies before the start {self.start}", "Swap the two days.")
        if self.minimum_days < 1 or self.minimum_units < 0:
            refuse("minimum", self.minimum_days, "is no minimum run", "Plan at least one day.")
        if any(day < 1 for day in self.looks) or list(self.looks) != sorted(set(self.looks)):
            refuse("looks", self.looks, "are no days in order", "Such as 7, 14, 28 days after the start.")
        self._check_arms()

    def _check_arms(self) -> None:
        if len(self.arms) < 2:
            refuse("arms", len(self.arms), "is one arm or none", "A comparison takes two arms or more.")
        self.options()  # names and shares
        levels = {arm.level for arm in self.arms}
        if len(levels) > 1 or levels - set(LEVEL_OF.values()):
            refuse("arms", ", ".join(sorted(levels)), "are mixed", "Name campaigns, or ad sets, or ads.")
        every = [one for arm in self.arms for one in arm.ids]
        if not all(arm.ids for arm in self.arms):
            refuse("arms", "an arm", "names nothing", "Give the ids of its campaigns, ad sets or ads.")
        if self.arm_level != "file" and len(set(every)) < len(every):
            twice = next(one for one in every if every.count(one) > 1)
            refuse("arms", twice, "belongs to two arms", "Each campaign, ad set or ad belongs to one.")
        if self.arm_level == "ad" and self.evidence != "observational":
            refuse(
                "evidence",
                self.evidence,
                "does not hold for ads: nobody draws by lot who sees which ad of an ad set",
                "Call it observational, or compare ad sets of a split test.",
            )
        if self.evidence == "randomised" and self.arm_level != "file":
            refuse(
                "evidence",
                self.evidence,
                "does not hold for what a network delivers: it chooses within each arm whom to reach",
                "Call it split_test, or lift where a group was held back by lot.",
            )
        if self.evidence == "lift" and len(self.arms) != 2:
            refuse("arms", len(self.arms), "are too many for a lift test", "Name held-back and reached.")

    @property
    def arm_level(self) -> str:
        """What the arms name: campaign, adset, ad or file."""
        return self.arms[0].level

    @property
    def is_randomised(self) -> bool:
        """Whether a lot decided which unit belongs to which arm."""
        return self.evidence != "observational"

    def options(self, **more: Any) -> Options:
        """Return how the arms are to be read."""
        shares = tuple(arm.share for arm in self.arms if arm.share is not None)
        if shares and len(shares) < len(self.arms):
            refuse("arms.share", shares, "are given for some arms only", "Give all shares, or none.")
        options = Options(
            level=self.level,
            higher_is_better=self.metric.higher_is_better,
            names=tuple(arm.name for arm in self.arms),
            shares=shares,
            rope=self.rope,
            **more,
        )
        options.names_of(len(self.arms))
        options.shares_of(len(self.arms))
        return options

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, arranged as :mod:`workbench.experiments.registration_file` reads them."""
        plain = asdict(self)
        plain["id"] = plain.pop("experiment_id")
        plain["start"] = self.start.isoformat()
        plain["stop"] = self.stop and self.stop.isoformat()
        plain["looks"] = list(self.looks)
        plain["minimum"] = {"days": plain.pop("minimum_days"), "units": plain.pop("minimum_units")}
        words = {level: word for word, level in LEVEL_OF.items()}
        plain["arms"] = [
            {
                "name": arm.name,
                words[arm.level]: arm.ids[0] if arm.level == "file" else list(arm.ids),
                "share": arm.share,
                "units": arm.n_units,
            }
            for arm in self.arms
        ]
        return plain
