"""The line to a kernel: open while the kernel lives, refused at once when it is gone or goes meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from tornado import web
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from workbench.serving.handlers import ChannelsHandler, lives


class Kernels(dict[str, Any]):
    """Kernels by id, each alive for so many questions."""

    def get_kernel(self, kernel_id: str) -> Any:
        async def is_alive() -> bool:
            self[kernel_id] -= 1
            return bool(self[kernel_id] >= 0)

        return SimpleNamespace(is_alive=is_alive)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own: a browser that is open in this process has the main one's loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def connect(kernels: Kernels, monkeypatch: pytest.MonkeyPatch, *, takes_s: float) -> list[str]:
    """Open a line to the kernel "one", and return what happened to the attempt."""
    seen = []

    async def pre_get(_: Any) -> None:
        seen.append("begun")
        try:
            await asyncio.sleep(takes_s)
        except asyncio.CancelledError:
            seen.append("given up")
            raise
        seen.append("open")

    monkeypatch.setattr(VoilaKernelWebsocketHandler, "pre_get", pre_get)
    monkeypatch.setattr(ChannelsHandler, "kernel_manager", kernels)
    handler = ChannelsHandler.__new__(ChannelsHandler)
    handler.kernel_id = "one"
    run(handler.pre_get())
    return seen


def test_a_living_kernel_is_connected_to(monkeypatch):
    assert connect(Kernels(one=9), monkeypatch, takes_s=0.0) == ["begun", "open"]


@pytest.mark.parametrize("kernels", [Kernels(), Kernels(one=0)])
def test_a_kernel_that_is_gone_is_not_waited_for(monkeypatch, kernels):
    with pytest.raises(web.HTTPError) as caught:
        connect(kernels, monkeypatch, takes_s=60.0)
    assert caught.value.status_code == 404


def test_a_kernel_that_ends_meanwhile_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("workbench.serving.handlers._LOOK_EVERY_S", 0.01)
    with pytest.raises(web.HTTPError) as caught:
        connect(Kernels(one=3), monkeypatch, takes_s=60.0)
    assert caught.value.status_code == 404


def test_what_goes_wrong_while_connecting_is_not_swallowed(monkeypatch):
    async def fails(_: Any) -> None:
        raise web.HTTPError(403)

    monkeypatch.setattr(ChannelsHandler, "kernel_manager", Kernels(one=9))
    monkeypatch.setattr(VoilaKernelWebsocketHandler, "pre_get", fails)
    handler = ChannelsHandler.__new__(ChannelsHandler)
    handler.kernel_id = "one"
    with pytest.raises(web.HTTPError) as caught:
        run(handler.pre_get())
    assert caught.value.status_code == 403


def test_a_kernel_lives_while_it_is_known_and_its_process_runs():
    kernels = Kernels(one=1)
    assert [run(lives(kernels, name)) for name in ("one", "one", "two")] == [True, False, False]
