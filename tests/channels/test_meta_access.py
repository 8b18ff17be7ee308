"""Nothing that an access shows holds a secret, and it goes to allowed addresses only."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from workbench.channels.meta_access import GraphAccess, access_of
from workbench.core.errors import AuthError, ConfigError
from workbench.core.settings import load_settings

TOKEN = "1234567890|an/odd~token+of-the-app"  # noqa: S105
SECRET = "0123456789abcdef"  # noqa: S105


def test_no_text_of_an_access_holds_its_secrets():
    access = GraphAccess(TOKEN, app_secret=SECRET)
    for text in (repr(access), str(access), repr(replace(access, app_id="1"))):
        assert TOKEN not in text
        assert SECRET not in text


@pytest.mark.parametrize(
    "form", [TOKEN, quote(TOKEN), quote(TOKEN, safe=""), TOKEN.replace("/", "\\/"), SECRET]
)
def test_the_own_secrets_are_hidden_however_they_are_written(form):
    assert GraphAccess(TOKEN, app_secret=SECRET).hide(f"a {form} z") == "a [secret] z"


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.facebook.com",
        "ftp://127.0.0.1",
        "https://",
        "https://a@b.example",
        "https://graph.facebook.com/",
    ],
)
def test_an_address_that_would_give_the_token_away_is_refused(url):
    with pytest.raises(ConfigError, match="address of the Graph API"):
        GraphAccess(TOKEN, base_url=url)


@pytest.mark.parametrize("token", ["", "  ", "two words", "line\nbreak", "tökén"])
def test_what_cannot_be_a_token_is_refused_without_being_shown(token):
    with pytest.raises(AuthError, match="META_TOKEN") as caught:
        GraphAccess(token)
    assert len(token.strip()) == 0 or token not in str(caught.value)


def test_a_version_is_written_like_one():
    with pytest.raises(ConfigError, match="Write it like v26"):
        GraphAccess(TOKEN, api_version="26")


def test_the_sandbox_environment_stays_on_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SECRET_META_TOKEN", TOKEN)
    monkeypatch.setenv("WORKBENCH_SECRET_META_APP_SECRET", SECRET)
    with pytest.raises(ConfigError, match="sandbox environment does not talk to"):
        access_of(load_settings(tmp_path, environment="sandbox"))
    local = access_of(load_settings(tmp_path, environment="sandbox", meta_graph_url="http://127.0.0.1:8080"))
    assert (local.base_url, local.token, local.app_secret) == ("http://127.0.0.1:8080", TOKEN, SECRET)
    live = access_of(load_settings(tmp_path, environment="live", meta_app_id="77"))
    assert (live.base_url, live.app_id) == ("https://graph.facebook.com", "77")
