"""What the server refuses, what it sends, and that nothing of it stays behind."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

HTML = "from IPython.display import HTML\nHTML('<h1>One</h1>')"
SLIDER = "import ipywidgets\nipywidgets.IntSlider(description='Amount')"


def kernel_of(body: bytes) -> str:
    """Read the kernel's id from a page."""
    return str(json.loads(re.search(rb'type="application/json">(.+?)</script>', body)[1])["kernelId"])


def wait_for(condition: Any, timeout_s: float = 60) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return bool(condition())


def test_kernel_is_this_interpreter_and_knows_its_home(steady_server, fetch):
    _, _, body = fetch(f"{steady_server.url}app/facts")
    assert sys.executable.encode() in body
    assert str(steady_server.home).encode() in body


def test_failing_cell_shows_one_line_and_no_cause(steady_server, fetch):
    _, _, body = fetch(f"{steady_server.url}app/facts")
    assert b"could not be made" in body
    assert b"secret cause" not in body
    assert b"Traceback" not in body


@pytest.mark.parametrize(
    "path",
    [
        "app/nothing",
        "app/../home",
        "voila/files/picture.png",
        "voila/tree",
        "voila/api/contents",
        "voila/render/home.ipynb",
        "voila/query/00000000-0000-4000-8000-000000000000",
        "voila/static/../../../../etc/passwd",
        "voila/labextensions/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "wb/front/other.js",
        "api/kernels",
        "api/contents",
    ],
)
def test_everything_else_is_closed(steady_server, fetch, path):
    status, _, _ = fetch(f"{steady_server.url}{path}")
    assert status == 404


def test_missing_page_says_so_in_words(steady_server, fetch):
    _, _, body = fetch(f"{steady_server.url}app/nothing")
    assert b"There is no such page." in body
    assert b"Back to all apps" in body


def test_a_foreign_name_for_this_machine_is_refused(steady_server, fetch):
    status, _, _ = fetch(steady_server.url, Host="attacker.example")
    assert status == 403


def test_template_and_theme_cannot_be_chosen_by_address(steady_server, fetch):
    _, _, body = fetch(f"{steady_server.url}?template=reveal&theme=dark")
    assert b'<main id="wb-main"' in body


def test_script_is_compressed_named_by_its_content_and_kept_for_good(steady_server, fetch):
    _, _, page = fetch(steady_server.url)
    script = re.search(rb'<script src="/(wb/front/front-[0-9a-f]{16}\.js)">', page)[1].decode()
    status, headers, body = fetch(steady_server.url + script, Accept_Encoding="gzip")
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in headers["Cache-Control"]
    assert b"loader" not in body
    assert b"widget-manager8" in gzip.decompress(body)
    assert len(body) < 1_500_000
    again, _, _ = fetch(steady_server.url + script, If_None_Match=headers["Etag"])
    assert again == 304
    _, plain_headers, plain = fetch(steady_server.url + script)
    assert "Content-Encoding" not in plain_headers
    assert plain == gzip.decompress(body)


def test_page_itself_is_compressed(steady_server, fetch):
    _, headers, body = fetch(steady_server.url, Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert b"<h1>Workbench</h1>" in gzip.decompress(body)


def test_address_is_the_only_thing_printed(write_app, serve_app, fetch):
    server = serve_app(write_app("one", HTML), pool_size=0, version_file=_version(write_app))
    fetch(f"{server.url}app/one")
    server.stop()
    assert server.process.stdout.read() == ""
    assert server.log.read_text() == ""


def _version(write_app: Any) -> Path:
    file = write_app("unused", HTML) / "version.txt"
    file.write_text("1")
    return file


def channels(server: Any, kernel_id: str, **options: Any) -> Any:
    address = server.url.replace("http://", "ws://")
    return connect(f"{address}api/kernels/{kernel_id}/channels?session_id=test", open_timeout=60, **options)


def test_reader_may_not_run_code(steady_server, fetch, tmp_path):
    """Widgets travel over the kernel's socket; requests to execute something are dropped there."""
    _, _, body = fetch(steady_server.url)
    trace = tmp_path / "was-here"
    header = {
        "msg_id": "m1",
        "session": "test",
        "username": "",
        "version": "5.3",
        "date": "2026-01-01T00:00:00Z",
    }
    execute = {"code": f"open({str(trace)!r}, 'w')", "silent": False, "store_history": False}
    with channels(steady_server, kernel_of(body)) as socket:
        for kind, content in (("execute_request", execute), ("kernel_info_request", {})):
            message = {"header": {**header, "msg_type": kind, "msg_id": kind}, "parent_header": {}}
            socket.send(json.dumps({**message, "metadata": {}, "content": content, "channel": "shell"}))
        answers = []
        while "kernel_info_reply" not in answers:
            answers.append(json.loads(socket.recv(timeout=60))["msg_type"])
    assert "execute_reply" not in answers
    assert not trace.exists()


def test_socket_from_another_site_is_refused(steady_server, fetch):
    _, _, body = fetch(steady_server.url)
    with pytest.raises(InvalidStatus) as refusal:
        channels(steady_server, kernel_of(body), origin="http://attacker.example")
    assert refusal.value.response.status_code == 403


def test_token_guards_pages_version_and_sockets(write_app, serve_app, fetch):
    options = {"token": "let-me-in", "pool_size": 0}
    server = serve_app(write_app("one", HTML), version_file=_version(write_app), **options)
    for path in ("app/one", "wb/version", ""):
        status, headers, body = fetch(f"{server.url}{path}")
        assert status == 302
        assert headers["Location"].startswith("/login")
        assert b"<h1>One" not in body
    status, _, body = fetch(f"{server.url}app/one", Authorization="token let-me-in")
    assert status == 200
    kernel_id = kernel_of(body)
    with pytest.raises(InvalidStatus) as refusal:
        channels(server, kernel_id)
    assert refusal.value.response.status_code == 403
    with pytest.raises(InvalidStatus) as refusal:
        channels(server, kernel_id, additional_headers={"Authorization": "token wrong"})
    assert refusal.value.response.status_code == 403
    with channels(server, kernel_id, additional_headers={"Authorization": "token let-me-in"}) as socket:
        assert socket.recv(timeout=60)
    status, _, _ = fetch(f"{server.url}login")
    assert status == 200


def test_kernels_of_closed_pages_die_and_warmed_and_open_ones_stay(write_app, serve_app, visit):
    server = serve_app(
        write_app("one", SLIDER),
        version_file=_version(write_app),
        cull_idle_timeout_s=20,  # longer than a page takes to connect on a busy machine
        cull_interval_s=1,
        refill_delay_s=0.0,
    )
    kept = visit(f"{server.url}app/one")
    kept.page.get_by_role("slider").wait_for()
    closed = visit(f"{server.url}app/one")  # a browser that dies says nothing to the server
    closed.page.get_by_role("slider").wait_for()
    n_pages = 2  # "unused" is an app too, and warmed
    assert wait_for(lambda: server.n_kernels() == 2 + n_pages)
    closed.page.context.close()
    assert wait_for(lambda: server.n_kernels() == 1 + n_pages)
    time.sleep(21)
    assert server.n_kernels() == 1 + n_pages
    assert kept.page.evaluate("fetch('/wb/version').then(answer => answer.json())")["awake"] is True


def test_leaving_a_page_ends_its_kernel_at_once(write_app, serve_app, visit):
    server = serve_app(write_app("one", SLIDER), version_file=_version(write_app), pool_size=0)
    seen = visit(f"{server.url}app/one")
    seen.page.get_by_role("slider").wait_for()
    assert server.n_kernels() == 1
    seen.page.close(run_before_unload=True)
    assert wait_for(lambda: server.n_kernels() == 0)


def test_page_whose_kernel_is_gone_says_that_it_slept(write_app, serve_app, visit):
    server = serve_app(write_app("one", SLIDER), version_file=_version(write_app), pool_size=0)
    seen = visit(f"{server.url}app/one")
    seen.page.get_by_role("slider").wait_for()
    seen.page.evaluate("""() => {
        const kernel = JSON.parse(document.getElementById("jupyter-config-data").textContent).kernelId;
        const form = new FormData();
        form.append("_xsrf", document.cookie.match("_xsrf=([^;]*)")[1]);
        return fetch(`/voila/api/shutdown/${kernel}`, {method: "POST", body: form});
    }""")
    seen.page.get_by_role("status").filter(has_text="went to sleep").wait_for()


def test_line_to_a_dead_kernel_is_refused_at_once_and_in_words(steady_server, fetch):
    _, _, body = fetch(f"{steady_server.url}app/home")
    kernel_id = kernel_of(body)
    listing = subprocess.run(
        ["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True
    ).stdout
    process = next(line for line in listing.splitlines() if f"kernel-{kernel_id}.json" in line)
    os.kill(int(process.split()[0]), signal.SIGKILL)
    written = len(steady_server.log.read_text())
    with pytest.raises(InvalidStatus) as refusal:
        channels(steady_server, kernel_id)
    assert refusal.value.response.status_code == 404
    assert refusal.value.response.body == b"The page went to sleep: open it again."
    assert "Traceback" not in steady_server.log.read_text()[written:]
    _, _, answer = fetch(f"{steady_server.url}wb/version?kernel={kernel_id}")
    assert json.loads(answer)["awake"] is False


def test_nothing_is_left_when_the_server_stops(write_app, serve_app, fetch):
    server = serve_app(write_app("one", HTML), version_file=_version(write_app))
    fetch(f"{server.url}app/one")
    assert server.n_kernels() >= 1
    server.stop()
    assert server.process.returncode == 0
    assert wait_for(lambda: server.n_kernels() == 0)


def test_everything_stands_below_a_base_url_with_its_slash(write_app, serve_app, fetch):
    folder = write_app("home", "from IPython.display import HTML\nHTML('<h1>Workbench</h1>')")
    server = serve_app(folder, base_url="/hub/me/", token="secret", pool_size=0)
    assert server.url.endswith("/hub/me/")
    refused, headers, _ = fetch(server.url)
    assert refused == 302
    assert headers["Location"].startswith("/hub/me/login")
    status, _, body = fetch(f"{server.url}login")
    assert status == 200
    assert b"token" in body.lower()
    status, _, body = fetch(f"{server.url}?token=secret")
    assert status == 200
    assert b"<h1>Workbench</h1>" in body
