"""Settings of one installation: where its stores are, whose account it is, which environment it may touch.

Read from, in rising order of precedence: the defaults, ``workbench.toml`` in the home folder, ``WORKBENCH_*``
environment variables, and arguments. Secrets are never settings: they come from the keyring or from the
environment variable that :func:`workbench.core.secrets.get_secret` names.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from workbench.core.errors import ConfigError

Environment = Literal["sandbox", "staging", "live"]
Company = Literal["auto", "own", "sandbox", "sample"]

SETTINGS_FILE = "workbench.toml"
#: Names of this machine, the only ones that the sandbox environment may talk to.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def default_home() -> Path:
    """Return the home folder: ``WORKBENCH_HOME``, else ``data`` below the working directory."""
    return Path(os.environ.get("WORKBENCH_HOME") or "data").expanduser().absolute()


class Settings(BaseSettings):
    """Everything that may differ between two installations.

    Attributes
    ----------
    home : Path
        Folder of the stores. Default ``WORKBENCH_HOME``, else ``./data``.
    environment : {"sandbox", "staging", "live"}
        What actions may touch; the sandbox unless said otherwise.
    company : {"auto", "own", "sandbox", "sample"}
        Whose figures the apps show. ``auto`` shows the own ones once there are any, else what was loaded from
        the sandbox's networks, else the sample company. The last two are simulated and say so.
    account_id : str
        Ad account to assume for files that do not name one.
    time_zone : str
        IANA zone of the ad account.
    currency : str
        ISO 4217 code to assume for files that do not name one.
    locale : str
        Locale in which numbers are written.
    lake_url : str
        Root of the own lake; a folder or ``s3://``, ``abfss://``, ``gs://``. Empty means ``home/lake``.
    ledger_url : str
        SQLAlchemy URL of the ledger. Empty means SQLite at ``home/ledger.db``.
    meta_graph_url : str
        Address of Meta's Graph API. In the sandbox environment only one on this machine is allowed.
    meta_api_version : str
        Version of the Graph API, pinned, such as ``v26.0``.
    meta_app_id : str
        Id of the app that the token belongs to; may stay empty.
    reports_dir : Path
        Folder the reports are published in. Default ``reports`` in the home folder, or beside it where the
        home folder is a project's ``data``.
    """

    model_config = SettingsConfigDict(env_prefix="WORKBENCH_", extra="forbid", frozen=True)

    home: Path = Field(default_factory=default_home)
    environment: Environment = "sandbox"
    company: Company = "auto"
    account_id: str = "default"
    time_zone: str = "UTC"
    currency: str = "EUR"
    locale: str = "en_GB"
    lake_url: str = ""
    ledger_url: str = ""
    meta_graph_url: str = "https://graph.facebook.com"
    meta_api_version: str = "v26.0"
    meta_app_id: str = ""
    reports_dir: Path | None = None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Berlin")
        return value

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        from babel.numbers import is_currency

        if not is_currency(value):
            raise ValueError(f"{value!r} is not an ISO 4217 code such as EUR")
        return value

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, value: str) -> str:
        from babel import Locale, UnknownLocaleError

        try:
            return str(Locale.parse(value.replace("-", "_")))
        except (UnknownLocaleError, ValueError):
            raise ValueError(f"{value!r} is not a locale such as en_GB or de_DE") from None

    @field_validator("meta_api_version")
    @classmethod
    def _version_like(cls, value: str) -> str:
        if not re.fullmatch(r"v\d{1,3}\.\d", value):
            raise ValueError(f"{value!r} is not a version of the Graph API such as v26.0")
        return value

    @field_validator("meta_graph_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.username or parts.query or not parts.hostname or parts.scheme not in ("https", "http"):
            raise ValueError("the address is not of the form https://host")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("http is allowed on this machine only, since a token travels with every call")
        return value.rstrip("/")

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917 - the signature is pydantic-settings' own
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the home folder's file stand below the environment and the arguments."""
        home = Path(init_settings().get("home") or default_home())
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, home / SETTINGS_FILE)

    @property
    def lake_root(self) -> str:
        """Root of the own lake, a folder or an object-store URL."""
        return self.lake_url or str(self.home / "lake")

    @property
    def sample_lake_root(self) -> str:
        """Root of the sample company's lake, always a folder of its own: the two never share a page."""
        return str(self.home / "sample" / "lake")

    @property
    def sandbox_lake_root(self) -> str:
        """Root of the lake for what the sandbox's networks give: simulated, never among own figures."""
        return str(self.home / "sandbox" / "lake")

    @property
    def api_lake_root(self) -> str:
        """Root of the lake that loads from a network's API go to in this environment."""
        return self.sandbox_lake_root if self.environment == "sandbox" else self.lake_root

    @property
    def ledger_location(self) -> str:
        """SQLAlchemy URL of the ledger."""
        return self.ledger_url or f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def reports_folder(self) -> Path:
        """Folder that finished reports are published in."""
        return self.reports_dir or (self.home.parent if self.home.name == "data" else self.home) / "reports"

    @property
    def runs_folder(self) -> Path:
        """Folder of the model runs."""
        return self.home / "runs"

    @property
    def inbox_folder(self) -> Path:
        """Folder where dropped files wait, and where quarantined ones stay for inspection."""
        return self.home / "inbox"


def load_settings(home: str | Path | None = None, **overrides: Any) -> Settings:
    """Read the settings of an installation.

    Parameters
    ----------
    home : str or Path, optional
        Home folder; default as in :func:`default_home`.
    **overrides
        Fields of :class:`Settings` that win over file and environment.

    Raises
    ------
    ConfigError
        If a value is not allowed; the message names the field, the value and where it came from.
    """
    if home is not None:
        overrides["home"] = Path(home).expanduser().absolute()
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        where = overrides.get("home") or default_home()
        raise ConfigError(
            f"Setting {field!r} is not usable: {first['msg'].removeprefix('Value error, ')}.",
            next_step=f"Correct it in {Path(where) / SETTINGS_FILE} or in WORKBENCH_{field.upper()}.",
            field=field,
        ) from None
    except ValueError as error:  # a settings file that is no TOML
        where = Path(overrides.get("home") or default_home()) / SETTINGS_FILE
        raise ConfigError(
            f"{where} cannot be read: {error}.",
            next_step="Correct the line, or delete the file and run `wb init`.",
        ) from None
