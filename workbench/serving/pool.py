"""Kernels that have already run a page, and are thrown away as soon as the data have moved on.

Voila's own pool hands out a page that was run *before* the visit, whatever has happened since. Here every
page is stamped with the data's version before its first cell runs; a stamp that is no longer current is never
shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from voila.notebook_renderer import NotebookRenderer
from voila.voila_kernel_manager import voila_kernel_manager_factory

from workbench.serving.catalogue import App

N_WARMING = 2  # pages warmed at once: more would only take the processor from the readers


class StampedRenderer(NotebookRenderer):  # type: ignore[misc]  # Voila has no types
    """Render one page, knowing which version of the data it started from.

    Parameters
    ----------
    version : str
        The data's version before anything ran.
    page : App
        The page as the catalogue declares it.
    facts : dict
        What the template needs to know beyond that.
    """

    def __init__(self, *, version: str, page: App, facts: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.version = version
        self.page = page
        self.facts = facts

    async def initialize(self, **kwargs: Any) -> None:
        """Read the notebook and hand the stamp to the template."""
        await super().initialize(**kwargs)
        self.resources["workbench"] = {**self.facts, "version": self.version, "page": self.page}


_VoilaPool: Any = voila_kernel_manager_factory(AsyncMappingKernelManager, True, 0)


class PagePool(_VoilaPool):  # type: ignore[misc]
    """Warmed pages, one small store per app, that never outlive the data they were made from.

    Parameters
    ----------
    version : callable
        Returns the current version of the data; asked often, so it has to be cheap.
    pages : callable
        Returns what is served now, home page first.
    facts : dict
        Handed to every page's template.
    size : int
        Warmed pages kept per app; 0 runs every page when it is asked for.
    refill_delay_s : float
        Seconds to leave the processor to the reader before the next page is warmed.
    """

    def __init__(
        self,
        *,
        version: Callable[[], str],
        pages: Callable[[], list[App]],
        facts: dict[str, Any],
        size: int,
        refill_delay_s: float,
        **kwargs: Any,
    ) -> None:
        self._version = version
        self._pages = pages
        self._facts = facts
        self._size = size
        self._refill_delay_s = refill_delay_s
        self._slots = asyncio.Semaphore(N_WARMING)
        self._chores: set[asyncio.Task[Any]] = set()
        self._started: WeakSet[asyncio.Task[Any]] = WeakSet()
        super().__init__(**kwargs)

    def fill_if_needed(self, delay: float | None = None, notebook_name: str | None = None, **_: Any) -> None:
        """Warm pages of one app until its store is full."""
        if notebook_name is None or self._page(notebook_name) is None:
            return
        wait_s = self._refill_delay_s if delay is None else delay
        store = self._pools.setdefault(notebook_name, [])
        for _missing in range(self._size - len(store)):
            store.append(asyncio.get_event_loop().create_task(self._warm(notebook_name, wait_s)))

    def fill_all(self) -> None:
        """Warm every app, the home page first."""
        for page in self._pages():
            self.fill_if_needed(delay=0, notebook_name=page.notebook.name)

    async def refresh(self) -> int:
        """Replace every warmed page that no longer matches the data; return how many went."""
        current = self._version()
        n_dropped = sum(self._drop_stale(name, current) for name in tuple(self._pools))
        self.fill_all()
        return n_dropped

    async def take(self, page: App) -> AsyncIterator[str]:
        """Yield the HTML of one page, warmed if there is a current one, else run for this reader.

        Parameters
        ----------
        page : App
            The page that is asked for.
        """
        content = await self._current(page.notebook.name)
        renderer: StampedRenderer = content["renderer"]
        renderer.stop_generator = True
        n_sent = len(renderer.rendered_cache)
        if n_sent:
            yield "".join(renderer.rendered_cache[:n_sent])
        rendered, remaining = await content["task"]
        if len(rendered) > n_sent:
            yield "".join(rendered[n_sent:])
        async for snippet, _ in remaining:
            yield snippet

    async def shutdown_kernel(self, kernel_id: str, *args: Any, **kwargs: Any) -> Any:
        """End one kernel; pages whose warming failed are dropped first, Voila would stumble over them."""
        for store in self._pools.values():
            store[:] = [task for task in store if not _has_failed(task)]
        return await super().shutdown_kernel(kernel_id, *args, **kwargs)

    async def shutdown_all(self, *args: Any, **kwargs: Any) -> None:
        """End every kernel and whatever is still being warmed."""
        self._size = 0
        for store in self._pools.values():
            for task in store:
                if task not in self._started:
                    task.cancel()
            store[:] = [task for task in store if task in self._started]
        await super().shutdown_all(*args, **kwargs)

    async def _current(self, name: str) -> dict[str, Any]:
        """Return a page of the current version, running one when no warmed one is left."""
        self._drop_stale(name, self._version())
        content = await self._first_current(self._pools.get(name, []))
        self.fill_if_needed(notebook_name=name)  # not before: the loop would meet its own new pages
        return content or dict(await self._initialize(name, None, **self._kernel_options(name)))

    async def _first_current(self, store: list[asyncio.Task[dict[str, Any]]]) -> dict[str, Any] | None:
        """Take pages from the front of a store until one is current; ``None`` when there is none."""
        while store:
            task = store.pop(0)
            if task not in self._started:  # still queueing behind other apps: faster to run it at once
                task.cancel()
                continue
            content = await _outcome(task)
            if content is not None and content["renderer"].version == self._version():
                return content
            if content is not None:
                self._later(self._discard(content))
        return None

    async def _warm(self, name: str, wait_s: float) -> dict[str, Any]:
        """Start one page in the background; the slot is free again when its last cell has run."""
        await asyncio.sleep(wait_s)
        await self._slots.acquire()
        task = asyncio.current_task()
        if task is not None:
            self._started.add(task)
        try:
            content: dict[str, Any] = await self._initialize(name, None, **self._kernel_options(name))
        except BaseException:
            self._slots.release()
            raise
        content["task"].add_done_callback(lambda _: self._slots.release())
        return content

    def _drop_stale(self, name: str, current: str) -> int:
        """Take pages that are out of date, or that failed, out of one store."""
        store = self._pools.get(name, [])
        stale = [task for task in store if task.done() and not _is_current(task, current)]
        for task in stale:
            store.remove(task)
            if not _has_failed(task):
                self._later(self._discard(task.result()))
        return len(stale)

    async def _discard(self, content: dict[str, Any]) -> None:
        """End a page nobody will see, together with its kernel."""
        content["renderer"].stop_generator = True
        content["task"].cancel()
        with suppress(asyncio.CancelledError, Exception):
            await content["task"]
        with suppress(KeyError):  # already gone
            await self.shutdown_kernel(content["kernel_id"], now=True)

    def _later(self, chore: Any) -> None:
        """Run something beside the requests, and keep hold of it until it has ended."""
        task = asyncio.get_event_loop().create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    def _page(self, name: str) -> App | None:
        return next((page for page in self._pages() if page.notebook.name == name), None)

    def _kernel_options(self, name: str) -> dict[str, Any]:
        return {"path": str(Path(name).parent), "env": dict(self._facts["kernel_env"])}

    def _notebook_renderer_factory(self, notebook_path: str | None = None) -> StampedRenderer:
        page = self._page(str(notebook_path))
        if page is None:
            raise FileNotFoundError(notebook_path)
        server = self.parent
        # The version is read before anything runs: a load in between makes the page stale, never wrong.
        return StampedRenderer(
            version=self._version(),
            page=page,
            facts=self._facts,
            voila_configuration=server.voila_configuration,
            traitlet_config=server.config,
            notebook_path=notebook_path,
            template_paths=server.template_paths,
            config_manager=server.config_manager,
            contents_manager=server.contents_manager,
            base_url=server.base_url,
            kernel_spec_manager=server.kernel_spec_manager,
            page_config=server.page_config(),
            mathjax_config=None,
            mathjax_url=None,
        )


def _has_failed(task: asyncio.Task[dict[str, Any]]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _is_current(task: asyncio.Task[dict[str, Any]], current: str) -> bool:
    return not _has_failed(task) and bool(task.result()["renderer"].version == current)


async def _outcome(task: asyncio.Task[dict[str, Any]]) -> dict[str, Any] | None:
    """Wait for a warmed page; ``None`` when warming it failed."""
    try:
        return await task
    except Exception:  # whatever it was, the page is run again for this reader, who sees the error then
        return None
