"""Who acts, and what roles allow."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.core.errors import ConfigError, NotAllowed
from workbench.core.identity import Actor, Role, current_actor, parse_role, require, system_user
from workbench.core.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKBENCH_ACTOR", raising=False)


@pytest.fixture
def live(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, environment="live")


def test_roles_are_ordered() -> None:
    assert sorted(Role) == [Role.VIEWER, Role.ANALYST, Role.APPROVER, Role.ADMIN]


@pytest.mark.parametrize("role", list(Role))
def test_roles_read_and_write(role: Role) -> None:
    assert parse_role(str(role)) is role


def test_a_role_that_does_not_exist() -> None:
    with pytest.raises(
        ConfigError, match=r"'boss' is not a role. Use one of viewer, analyst, approver, admin"
    ):
        parse_role("boss")


def test_the_system_user_is_admin_of_the_sandbox_only(settings: Settings, live: Settings) -> None:
    assert current_actor(settings) == Actor(system_user(), Role.ADMIN, "sandbox")
    assert current_actor(live) == Actor(system_user(), Role.VIEWER, "live")


def test_the_system_user_is_not_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    before = system_user()
    for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(name, "somebody-important")
    assert system_user() == before


def test_the_ledgers_role_wins(settings: Settings, live: Settings) -> None:
    assert current_actor(live, role_of={system_user(): Role.APPROVER}.get).role is Role.APPROVER
    assert current_actor(settings, role_of={system_user(): Role.ANALYST}.get).role is Role.ANALYST
    assert current_actor(settings, role_of={}.get).role is Role.ADMIN


def test_another_name_in_the_sandbox(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert current_actor(settings, requested="bob") == Actor("bob", Role.VIEWER)
    assert current_actor(settings, requested="bob:approver") == Actor("bob", Role.APPROVER)
    assert current_actor(settings, requested="bob", role_of={"bob": Role.ANALYST}.get).role is Role.ANALYST
    monkeypatch.setenv("WORKBENCH_ACTOR", "eve")
    assert current_actor(settings).name == "eve"
    assert current_actor(settings, requested="bob").name == "bob"


@pytest.mark.parametrize("environment", ["staging", "live"])
def test_another_name_outside_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    settings = load_settings(tmp_path, environment=environment)
    with pytest.raises(NotAllowed, match=rf"Acting as 'bob' is not possible in the {environment}"):
        current_actor(settings, requested="bob:admin")
    monkeypatch.setenv("WORKBENCH_ACTOR", system_user())
    with pytest.raises(NotAllowed, match="Leave out --actor and WORKBENCH_ACTOR"):
        current_actor(settings)


@pytest.mark.parametrize(
    ("text", "says"), [("", "names nobody"), (":admin", "names nobody"), ("bob:king", "king")]
)
def test_what_names_nobody(settings: Settings, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        current_actor(settings, requested=text)


@pytest.mark.parametrize("has", list(Role))
@pytest.mark.parametrize("needs", list(Role))
def test_require(has: Role, needs: Role) -> None:
    actor = Actor("ada", has, "live")
    if has >= needs:
        require(actor, needs)
    else:
        with pytest.raises(NotAllowed, match=rf"ada \({has}, live\) may not publish.*{needs}") as caught:
            require(actor, needs, to="publish")
        assert (caught.value.actor, caught.value.required) == ("ada", str(needs))
