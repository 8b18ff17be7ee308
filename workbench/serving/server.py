"""Voila's server with our settings: loopback only, warmed pages, compressed files, nothing unneeded."""

from __future__ import annotations

import logging
import os
import sys
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_server.services.kernels.handlers import KernelHandler
from jupyter_server.utils import url_path_join
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.netutil import bind_sockets
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.utils import get_page_config

from workbench.core.errors import ConfigError
from workbench.serving import assets, catalogue, frontend, handlers
from workbench.serving.pool import PagePool

if TYPE_CHECKING:
    from workbench.core.settings import Settings

SHARE = Path(__file__).parent / "share"
TEMPLATE = "workbench"
DEFAULT_PORT = 8866
KERNEL = "python3"
WIDGET_EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget"]
MESSAGES = ["comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request"]
_KERNEL_ID = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


_NOISE = ("is not trusted", "websocket_ping_timeout", "closed stream")


@dataclass(frozen=True)
class ServingOptions:
    """How the server behaves; the defaults suit a laptop.

    Attributes
    ----------
    host : str
        Address to listen on. Anything but loopback needs a token.
    port : int
        Port; 0 takes any free one.
    base_url : str
        Path below which everything is served, for a server behind a proxy or a hub.
    token : str
        Shared secret that a reader has to give once; empty asks for none.
    pool_size : int
        Warmed pages per app; 0 runs every page when it is asked for.
    refill_delay_s : float
        Pause before a used page is replaced, so that the reader's own page comes first.
    check_interval_s : float
        How often the data's version is looked at.
    cull_idle_timeout_s : int
        Seconds without a connected page and without work after which a kernel is ended.
    cull_interval_s : int
        How often kernels are looked at.
    first_page : str
        Path of the page that the printed address leads to; empty is the home page.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    base_url: str = "/"
    token: str = ""
    pool_size: int = 1
    refill_delay_s: float = 1.5
    check_interval_s: float = 1.0
    cull_idle_timeout_s: int = 300
    cull_interval_s: int = 30
    first_page: str = ""


class OwnKernel(KernelSpecManager):
    """Offer exactly one kernel: the interpreter the server itself runs on, whatever else is installed."""

    def find_kernel_specs(self) -> dict[str, str]:
        """Return the one kernel's name."""
        from ipykernel.kernelspec import RESOURCES

        return {KERNEL: RESOURCES}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the one kernel, under whatever name a notebook asks for it."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            resource_dir=self.find_kernel_specs()[KERNEL],
        )

    def get_all_specs(self) -> dict[str, Any]:
        """Return the one kernel as jupyter_client describes it."""
        spec = self.get_kernel_spec(KERNEL)
        return {KERNEL: {"resource_dir": spec.resource_dir, "spec": spec.to_dict()}}


class WorkbenchServer(Voila):  # type: ignore[misc]  # Voila has no types
    """Serve a folder of apps.

    Parameters
    ----------
    notebooks : Path
        Folder of the apps.
    home : Path
        The installation's home folder; every kernel gets it as ``WORKBENCH_HOME``.
    version : callable
        Returns the current version of the data.
    options : ServingOptions, optional
        How the server behaves.
    """

    def __init__(
        self,
        *,
        notebooks: Path,
        home: Path,
        version: Callable[[], str],
        options: ServingOptions | None = None,
    ) -> None:
        self.options = options or ServingOptions()
        self.notebooks = Path(notebooks).resolve()
        self.home = Path(home).resolve()
        self.version_now = version
        super().__init__(config=_configuration(self.options, self.notebooks), log_level=logging.WARNING)

    @cached_property
    def front(self) -> frontend.Frontend:
        """The browser's side, put together once."""
        return frontend.build_frontend(
            url_path_join(self.base_url, "/"),
            static_folders=self.static_paths,
            extension_folders=self.labextensions_path,
        )

    @lru_cache(maxsize=1)  # noqa: B019 - one server per process, and reading every extension's package is slow
    def page_config(self) -> dict[str, Any]:
        """Return what the browser's side is told; the same for every page."""
        config = get_page_config(
            base_url=self.base_url,
            settings={"mathjax_config": None, "mathjax_url": None},
            log=self.log,
            voila_configuration=self.voila_configuration,
        )
        return {**config, "frontend": "voila"}

    def init_settings(self) -> dict[str, Any]:
        """Let Voila make its settings, then put our pool and our headers in their place."""
        self.voila_configuration.preheat_kernel = False  # else Voila would start a pool of its own
        settings: dict[str, Any] = super().init_settings()
        css = _page_css()
        self.kernel_manager = PagePool(
            parent=self,
            connection_dir=self.connection_dir,
            kernel_spec_manager=self.kernel_spec_manager,
            allowed_message_types=MESSAGES,
            version=self.version_now,
            pages=self.pages,
            facts=self._facts(css),
            size=self.options.pool_size,
            refill_delay_s=self.options.refill_delay_s,
        )
        settings.update(
            kernel_manager=self.kernel_manager,
            headers=handlers.HEADERS,
            allow_remote_access=self.options.host
            not in _LOOPBACK,  # else a foreign name could be bound to us
            compress_response=True,
            workbench_css=css,
        )
        return settings

    def init_handlers(self) -> list[tuple[Any, ...]]:
        """Route what pages need; Voila's file, tree, contents and query routes stay closed."""
        pages = {"pages": self.pages}
        routes: list[tuple[Any, ...]] = [
            ("", handlers.PageHandler, pages),
            (r"app/([A-Za-z0-9_-]+)", handlers.PageHandler, pages),
            ("wb/version", handlers.VersionHandler, {"version": self.version_now}),
            ("wb/ready", handlers.ReadyHandler),
            (r"wb/front/(.+)", assets.MemoryHandler, {"assets": self.front.assets}),
            (rf"api/kernels/{_KERNEL_ID}", KernelHandler),
            (rf"api/kernels/{_KERNEL_ID}/channels", handlers.ChannelsHandler),
            (r"voila/api/shutdown/(.*)", VoilaShutdownKernelHandler),
            (r"voila/static/(.*)", assets.FolderHandler, {"folders": self.static_paths}),
            (
                r"voila/labextensions/(.*)",
                assets.FolderHandler,
                {"folders": self.labextensions_path, "versioned": True},
            ),
        ]
        # Not url_path_join: it would take the slash off the home page's own address.
        root = self.base_url.rstrip("/")
        logins = [(path.lstrip("/"), *rest) for path, *rest in self.identity_provider.get_handlers()]
        return [(f"{root}/{pattern}", *rest) for pattern, *rest in (*routes, *logins)]

    def pages(self) -> list[catalogue.App]:
        """Return what is served now."""
        return catalogue.pages(self.notebooks)

    def listen(self) -> None:
        """Listen, say where in one line, warm the pages, and serve until told to stop."""
        try:
            sockets = bind_sockets(self.options.port, self.options.host)
        except OSError as error:
            raise ConfigError(
                f"Port {self.options.port} on {self.options.host} cannot be used: {error.strerror}.",
                next_step="Stop what uses it, or choose another with `--port`; 0 takes any free one.",
                port=self.options.port,
            ) from None
        HTTPServer(self.app).add_sockets(sockets)
        self.port = sockets[0].getsockname()[1]
        print(f"The workbench is at {self.address}", flush=True)  # noqa: T201 - the one line people wait for
        if self.open_browser:
            webbrowser.open(self.address)
        self._run()

    @property
    def address(self) -> str:
        """Where a reader finds the home page."""
        host = "[::1]" if self.options.host == "::1" else self.options.host
        return f"http://{host}:{self.port}{self.base_url}{self.options.first_page}"

    def _run(self) -> None:
        self.ioloop = IOLoop.current()
        self.kernel_manager.fill_all()
        self._seen = self.version_now()
        check = PeriodicCallback(self._look_for_new_data, self.options.check_interval_s * 1000)
        check.start()
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            pass
        finally:
            check.stop()
            self.stop()

    async def _look_for_new_data(self) -> None:
        """Warm the pages again when a load has been committed."""
        version = self.version_now()
        if version != self._seen:
            self._seen = version
            await self.kernel_manager.refresh()

    def _facts(self, css: str) -> dict[str, Any]:
        return {
            "base_url": self.base_url,
            "css": css,
            "front": self.front,
            "kernel_env": {
                **{name: value for name, value in os.environ.items() if name != "WORKBENCH_TOKEN"},
                "WORKBENCH_HOME": str(self.home),
                "VOILA_BASE_URL": self.base_url,
            },
        }


def _configuration(options: ServingOptions, notebooks: Path) -> Config:
    """Write down every setting that Voila leaves open."""
    config = Config()
    config.Voila.root_dir = str(notebooks)
    config.Voila.config_file_paths = []  # a reader's own Voila settings must not change what is served
    config.Voila.ip = options.host
    config.Voila.base_url = options.base_url
    config.Voila.open_browser = False
    config.Voila.token = options.token or None
    config.VoilaConfiguration.template = TEMPLATE
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.show_tracebacks = False
    config.VoilaConfiguration.strip_sources = True
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.extension_allowlist = WIDGET_EXTENSIONS
    config.VoilaConfiguration.kernel_spec_manager_class = OwnKernel
    config.VoilaExecutor.cell_error_instruction = "The server's log says why."
    if os.name == "posix":  # sockets only this user can open, instead of ports
        config.KernelManager.transport = "ipc"
    config.KernelManager.autorestart = False  # a new process would know nothing of the page it is to serve
    config.MappingKernelManager.cull_idle_timeout = options.cull_idle_timeout_s
    config.MappingKernelManager.cull_interval = options.cull_interval_s
    config.MappingKernelManager.cull_connected = False
    config.MappingKernelManager.root_dir = str(notebooks)
    return config


def _without_noise(record: logging.LogRecord) -> bool:
    """Keep back lines that Jupyter writes on every page or stop and that nobody can act on."""
    return not any(words in str(record.msg) for words in _NOISE)


def _page_css() -> str:
    """Return the pages' whole style, or nothing when the views are not installed."""
    try:
        from workbench.views import tokens
    except ImportError:
        return ""
    return str(tokens.css())


def serve(
    settings: Settings,
    *,
    port: int = DEFAULT_PORT,
    open_browser: bool = False,
    notebooks: Path | None = None,
    version: Callable[[], str] | None = None,
    options: ServingOptions | None = None,
) -> None:
    """Serve the apps until interrupted.

    Parameters
    ----------
    settings : Settings
        The installation.
    port : int
        Port; 0 takes any free one.
    open_browser : bool
        Whether to open the home page in the default browser.
    notebooks : Path, optional
        Folder of the apps; default ``notebooks/apps`` below the working directory.
    version : callable, optional
        Returns the data's version; default :func:`workbench.serving.freshness.data_version`.
    options : ServingOptions, optional
        Everything else; its port is replaced by ``port``.

    Raises
    ------
    ConfigError
        If the folder of apps is missing, the port is taken, or the address is open to others without a token.
    """
    from dataclasses import replace

    from workbench.serving.freshness import data_version

    options = replace(options or ServingOptions(), port=port)
    if options.host not in _LOOPBACK and not options.token:
        raise ConfigError(
            f"Listening on {options.host} would let anyone on the network see the figures.",
            next_step="Set a secret in WORKBENCH_TOKEN, or listen on 127.0.0.1.",
            host=options.host,
        )
    folder = Path(notebooks) if notebooks is not None else Path("notebooks") / "apps"
    catalogue.pages(folder)  # fails with a readable line before anything is started
    _make_template_known()
    server = WorkbenchServer(
        notebooks=folder,
        home=settings.home,
        version=version or (lambda: data_version(settings)),
        options=options,
    )
    server.initialize([])
    for log in (server.log, logging.getLogger("tornado.general")):
        log.addFilter(_without_noise)
    server.open_browser = open_browser
    server.start()


def _make_template_known() -> None:
    """Put our template folder on Jupyter's search path; Voila and nbconvert look nowhere else."""
    known = [entry for entry in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if entry]
    if str(SHARE) not in known:
        os.environ["JUPYTER_PATH"] = os.pathsep.join([str(SHARE), *known])
