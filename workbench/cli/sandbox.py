"""``wb sandbox``: a simulated advertiser behind a Graph API of its own, on this machine."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from workbench.cli.output import (
    Defaults,
    HomeOption,
    JsonOption,
    errors_answered,
    notice,
    print_json,
    say,
    settings_of,
    wants_json,
)

if TYPE_CHECKING:
    from workbench.sandbox.graph.server import GraphServer

app = typer.Typer(help="Rehearse against a simulated advertiser on this machine.", no_args_is_help=True)
_FOLDER = "sandbox"
_HISTORY_DAYS = 90


@app.command()
def up(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")] = 8766,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of a new world.")] = None,
    faults: Annotated[
        float, typer.Option(min=0, max=1, help="Share of requests that fail in a way that passes.")
    ] = 0.0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the sandbox's Graph API until Ctrl-C; the first time, make its world (two simulated years)."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.sandbox.graph.faults import Faults
        from workbench.sandbox.graph.rehearsal import WORLD, serving

        folder = settings_of(context, home).home / _FOLDER
        if not (folder / WORLD).exists():
            notice("Making a simulated advertiser with two years of history; this takes some seconds.")
        with serving(folder, seed=seed, port=port, faults=Faults(faults)) as server:
            _announce(server, _prefix(context, home), as_json=as_json)
            _wait_for_the_end()
    notice("The sandbox is down.")


@app.command()
def step(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, help="Simulated days to let pass.")] = 1,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let simulated days pass, whether the server runs or not."""
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.sandbox.graph import rehearsal

        done = rehearsal.step(settings_of(context, home).home / _FOLDER, days)
    if as_json:
        print_json(done)
    else:
        say(f"{days} day{'s' if days > 1 else ''} later: it is {done['now'][:16]} UTC in the sandbox.")


@app.command()
def faults(
    context: typer.Context,
    rate: Annotated[float, typer.Argument(min=0, max=1, help="Share of requests that fail; 0 for none.")],
    seed: Annotated[int, typer.Option(help="Seed of the choice.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let requests to the running server fail, in every way that passes by itself."""
    done = _tell(context, home, "faults", as_json=as_json, rate=rate, seed=seed)
    if not wants_json(context, as_json):
        say(f"{done['rate']:.0%} of the requests fail from now on.")


@app.command()
def token(
    context: typer.Context,
    days: Annotated[
        float | None, typer.Option(help="Simulated days until it ends; left out, it never ends.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say when the token of the running server ends."""
    given = {} if days is None else {"days": days}
    done = _tell(context, home, "token", as_json=as_json, **given)
    if not wants_json(context, as_json):
        at = done["token_expires_at"]
        say(f"The token ends at {at[:16]} UTC of simulated time." if at else "The token does not end.")


def _tell(
    context: typer.Context, home: Path | None, what: str, *, as_json: bool, **params: Any
) -> dict[str, Any]:
    as_json = wants_json(context, as_json)
    with errors_answered(as_json=as_json):
        from workbench.core.errors import ConfigError
        from workbench.sandbox.graph.rehearsal import find_running, tell

        folder = settings_of(context, home).home / _FOLDER
        running = find_running(folder)
        if running is None:
            raise ConfigError("The sandbox is not running.", next_step="Start it with `wb sandbox up`.")
        done = tell(running, what, **params)
    if as_json:
        print_json(done)
    return done


def _prefix(context: typer.Context, home: Path | None) -> str:
    """Return ``wb`` as it has to be typed to reach the same home folder."""
    import shlex

    given = home or (context.obj or Defaults()).home
    return f"wb --home {shlex.quote(str(given.absolute()))}" if given else "wb"


def _announce(server: GraphServer, wb: str, *, as_json: bool) -> None:
    from workbench.core.secrets import variable_of

    now = server.source.now()
    accounts = [str(account["account_id"]) for account in server.source.accounts()]
    since = (now - timedelta(days=_HISTORY_DAYS)).date().isoformat()
    commands = [
        f"export {variable_of('META_TOKEN')}={server.token}",
        f"export WORKBENCH_META_GRAPH_URL={server.base_url}",
        f"{wb} load meta --account {accounts[0]} --since {since}",
        f"{wb} sandbox step --days 7",
    ]
    if as_json:
        document = {
            "address": server.base_url,
            "token": server.token,
            "now": now,
            "accounts": accounts,
            "commands": commands,
            "simulated": True,
        }
        print_json(document)
        sys.stdout.flush()
        return
    say(f"Simulated Graph API at {server.base_url}; it is {now:%Y-%m-%d %H:%M} UTC there. Ctrl-C ends it.")
    say(f"Accounts: {', '.join(accounts)}. In another terminal:")
    for command in commands:
        say(f"  {command}")


def _wait_for_the_end() -> None:
    """Come back on Ctrl-C, or when the process is asked to end."""

    def ended(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, ended)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
    finally:
        signal.signal(signal.SIGTERM, before)
