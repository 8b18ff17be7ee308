"""Every documented code becomes an error with a sentence and a next step."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.channels.meta_error_codes import CODES, REDUCE_SUBCODES, TOKEN_SUBCODES
from workbench.channels.meta_errors import (
    TooMuchData,
    graph_error,
    is_retryable,
    missing_permissions,
    unavailable,
)
from workbench.core.errors import AuthError, ChannelError, RateLimited, RemoteRejected, RemoteUnavailable

DOCS = Path(__file__).resolve().parents[2] / "docs" / "meta-errors.md"
RETRIED = {1, 2, 4, 17, 32, 341, 613, *range(80000, 80007), 80008, 80014}


def of(
    code: int | None = None, subcode: int | None = None, *, status: int = 400, **more: object
) -> ChannelError:
    return graph_error({"code": code, "error_subcode": subcode, **more}, status=status, call="GET act_1/x")


@pytest.mark.parametrize("code", sorted(RETRIED))
def test_the_codes_that_pass_by_themselves_are_retried(code):
    error = of(code)
    assert is_retryable(error)
    assert isinstance(error, (RateLimited, RemoteUnavailable))


@pytest.mark.parametrize(
    ("code", "kind"),
    [(190, AuthError), (200, AuthError), (10, AuthError), (2635, RemoteRejected), (3018, RemoteRejected)],
)
@pytest.mark.parametrize("is_transient", [False, True])
def test_what_no_waiting_changes_is_never_retried(code, kind, is_transient):
    error = of(code, is_transient=is_transient)
    assert isinstance(error, kind)
    assert not is_retryable(error)


SAMPLES = {
    "user_limit": (RateLimited, True),
    "reduce": (TooMuchData, False),
    "reduce_100": (TooMuchData, False),
    "buc": (RateLimited, True),
    "token": (AuthError, False),
    "old_range": (RemoteRejected, False),
    "race": (RemoteUnavailable, True),
    "summary": (RemoteRejected, False),
    "dead_version": (RemoteRejected, False),
}


def test_every_error_of_the_samples_is_mapped(shared_data):
    samples = json.loads((shared_data / "meta_samples" / "errors.json").read_text())
    answers = {
        name: sample for name, sample in samples.items() if isinstance(sample, dict) and "error" in sample
    }
    assert set(answers) == set(SAMPLES)
    for name, sample in answers.items():
        kind, retryable = SAMPLES[name]
        error = graph_error(sample["error"], status=sample["http"], call="GET act_1/insights")
        assert type(error) is kind, name
        assert is_retryable(error) is retryable, name
        assert error.next_step, name


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_gives_a_sentence_and_a_next_step(code):
    error = of(code)
    assert str(error).startswith("GET act_1/x failed: ")
    assert f"code {code}" in str(error)
    assert error.next_step
    assert error.next_step.endswith(".")


@pytest.mark.parametrize(
    ("subcode", "word"),
    [(463, "expired"), (467, "not valid"), (460, "password"), (458, "removed"), (459, "confirm")],
)
def test_a_token_error_says_what_became_of_the_token(subcode, word):
    error = of(190, subcode, status=401)
    assert isinstance(error, AuthError)
    assert word in str(error)
    assert error.subcode == subcode


def test_a_missing_permission_is_named():
    error = of(200, message="(#200) Ad account owner has NOT granted ads_management or ads_read permission")
    assert error.permissions == ("ads_management", "ads_read")
    assert "Grant ads_management or ads_read" in str(error)
    assert missing_permissions("nothing") == ()


@pytest.mark.parametrize(
    "body",
    [
        {"code": 1, "message": "Please reduce the amount of data you're asking for, then retry your request"},
        *({"code": 100, "error_subcode": subcode} for subcode in sorted(REDUCE_SUBCODES)),
        {"code": 2, "message": "please REDUCE THE AMOUNT of data", "is_transient": True},
    ],
)
def test_too_much_data_is_told_from_the_errors_whose_code_it_shares(body):
    error = graph_error(body, status=500, call="GET act_1/insights")
    assert isinstance(error, TooMuchData)
    assert not is_retryable(error)
    assert not isinstance(of(1), TooMuchData)


def test_the_37_months_are_known_by_message_too():
    error = of(
        100,
        message="(#100) The start date of the time range cannot be beyond 37 months from the current date",
    )
    assert "37 months" in error.message.split("Meta says")[0]


def test_posting_too_fast_waits_for_hours_and_is_not_repeated():
    error = of(368, 1390008)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s >= 3600
    assert not is_retryable(error)


def test_a_transient_error_of_an_unknown_code_is_retried():
    assert is_retryable(of(987654, is_transient=True))
    assert not is_retryable(of(987654))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, RemoteUnavailable),
        (503, RemoteUnavailable),
        (429, RateLimited),
        (401, AuthError),
        (404, RemoteRejected),
    ],
)
def test_without_a_code_the_status_decides(status, kind):
    assert type(graph_error({}, status=status, call="GET me")) is kind


def test_what_meta_says_is_quoted_short_and_without_anything_personal():
    token = "EAAB" + "x" * 40
    text = f"Bad value {token} from anna@example.org\n\n" + "very long " * 100
    error = of(100, message=text)
    assert token not in str(error)
    assert "example.org" not in str(error)
    assert len(str(error)) < 600


@given(
    st.dictionaries(
        st.sampled_from(
            ["code", "error_subcode", "message", "is_transient", "fbtrace_id", "error_user_msg", "type"]
        ),
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=20)
        | st.lists(st.integers(), max_size=2),
    )
    | st.text(max_size=20)
    | st.none()
    | st.integers(),
    st.integers(200, 599),
)
def test_whatever_stands_under_error_gives_an_error_of_our_tree(body, status):
    error = graph_error(body, status=status, call="GET me")
    assert isinstance(error, ChannelError)
    assert str(error)


@pytest.mark.parametrize("error", [of(17), of(190, 463), of(100, 1487534), unavailable("GET me", "gone")])
def test_errors_survive_the_way_between_processes(error):
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own)
    assert type(again) is type(error)
    assert again.message == error.message


def test_the_documentation_names_every_code():
    text = DOCS.read_text(encoding="utf-8")
    missing = [code for code in CODES if not 200 <= code < 300 and f"`{code}`" not in text]
    assert missing == []
    assert [code for code in TOKEN_SUBCODES if f"`{code}`" not in text] == []
