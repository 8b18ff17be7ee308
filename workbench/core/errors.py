"""The one error tree.

::

    WorkbenchError
    ├── ConfigError            settings, environment or installation are wrong
    ├── DataError (ValueError) the data given cannot be used
    │   ├── SchemaError        a column or type is not what it has to be
    │   ├── NotEnoughData      right shape, too little of it
    │   └── NotReconciled      the rows do not add up to their own total
    ├── ModelError
    │   ├── NotConverged
    │   └── NotIdentified
    ├── StoreError             the lake or the ledger could not do it
    │   └── Conflict           someone else wrote first, and every retry was used
    ├── PolicyViolation        a rule forbids it
    ├── NotAllowed             the actor's role forbids it
    └── ChannelError           an outside system
        ├── AuthError
        ├── RateLimited        has ``retry_after_s``
        ├── RemoteRejected
        └── RemoteUnavailable
"""

from __future__ import annotations

from functools import partial


class WorkbenchError(Exception):
    """Say what failed, with which value, what is allowed, and the next step.

    Parameters
    ----------
    message : str
        What failed and the value received, in one sentence.
    next_step : str, optional
        What the reader can do about it, as an imperative sentence.
    **facts
        The same facts as attributes, so that code need not parse the sentence.
    """

    def __init__(self, message: str, *, next_step: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.facts = facts

    def __getattr__(self, name: str) -> object:
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __str__(self) -> str:
        return self.message if self.next_step is None else f"{self.message} {self.next_step}"


class ConfigError(WorkbenchError):
    """Settings, environment or installation are wrong."""


class DataError(WorkbenchError, ValueError):
    """The data given cannot be used."""


class SchemaError(DataError):
    """A column or a type is not what it has to be."""


class NotEnoughData(DataError):
    """The data have the right shape, but there is too little of it to answer."""


class NotReconciled(DataError):
    """The rows do not add up to their own total."""


class ModelError(WorkbenchError):
    """A model could not give an answer that may be used."""


class NotConverged(ModelError):
    """The sampler or optimiser did not converge."""


class NotIdentified(ModelError):
    """The data do not tell the parameters apart."""


class StoreError(WorkbenchError):
    """The lake or the ledger could not do what was asked."""


class Conflict(StoreError):
    """Somebody else wrote the same thing first, and every retry was used."""


class PolicyViolation(WorkbenchError):
    """A rule forbids it."""


class NotAllowed(WorkbenchError):
    """The actor's role forbids it."""


class ChannelError(WorkbenchError):
    """An outside system failed."""


class AuthError(ChannelError):
    """The outside system does not accept the credentials."""


class RateLimited(ChannelError):
    """The outside system asks to wait; ``retry_after_s`` says how long.

    Parameters
    ----------
    message : str
        What was refused.
    retry_after_s : float
        Seconds to wait before the next try.
    """

    def __init__(
        self, message: str, *, retry_after_s: float, next_step: str | None = None, **facts: object
    ) -> None:
        super().__init__(message, next_step=next_step, **facts)
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[object, ...]:  # the default one cannot give a required keyword back
        rebuild = partial(
            type(self), self.message, retry_after_s=self.retry_after_s, next_step=self.next_step, **self.facts
        )
        return rebuild, ()


class RemoteRejected(ChannelError):
    """The outside system understood the request and refuses it."""


class RemoteUnavailable(ChannelError):
    """The outside system does not answer, or answers nonsense."""
