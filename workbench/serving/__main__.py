"""Start the server: ``python -m workbench.serving --home data``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.settings import load_settings


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and serve; return the exit code.

    Parameters
    ----------
    arguments : list of str, optional
        Instead of the process's own.
    """
    from workbench.serving.server import DEFAULT_PORT, ServingOptions, serve

    defaults = ServingOptions()
    parser = argparse.ArgumentParser(prog="python -m workbench.serving", description="Serve the apps.")
    parser.add_argument("--home", type=Path, help="home folder of the installation")
    parser.add_argument("--notebooks", type=Path, help="folder of the apps (default notebooks/apps)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port; 0 takes any free one")
    parser.add_argument("--host", default=defaults.host, help="address to listen on (default loopback only)")
    parser.add_argument("--base-url", default=defaults.base_url, help="path below which everything is served")
    parser.add_argument("--token", default=os.environ.get("WORKBENCH_TOKEN", ""), help="shared secret")
    parser.add_argument(
        "--pool-size",
        type=int,
        default=int(os.environ.get("WORKBENCH_POOL_SIZE", defaults.pool_size)),
        help="warmed pages per app; 0 for none",
    )
    parser.add_argument("--cull-after", type=int, default=defaults.cull_idle_timeout_s, help="idle seconds")
    parser.add_argument("--cull-interval", type=int, default=defaults.cull_interval_s, help="seconds")
    parser.add_argument("--open", action="store_true", help="open the home page in the browser")
    given = parser.parse_args(arguments)
    options = ServingOptions(
        host=given.host,
        base_url=f"/{given.base_url.strip('/')}/".replace("//", "/"),
        token=given.token,
        pool_size=given.pool_size,
        cull_idle_timeout_s=given.cull_after,
        cull_interval_s=given.cull_interval,
    )
    try:
        settings = load_settings(given.home)
        serve(settings, port=given.port, open_browser=given.open, notebooks=given.notebooks, options=options)
    except WorkbenchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
