"""The settings that keep doors shut, and errors in one line."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.core.errors import ConfigError
from workbench.core.settings import load_settings
from workbench.serving.server import OwnKernel, ServingOptions, _configuration, serve

ROOT = Path(__file__).resolve().parents[2]


def test_every_open_door_of_voila_is_shut():
    config = _configuration(ServingOptions(), Path("/apps"))
    voila = config.VoilaConfiguration
    assert (voila.allow_template_override, voila.allow_theme_override) == ("NO", "NO")
    assert voila.show_tracebacks is False
    assert voila.strip_sources is True
    assert voila.file_allowlist == []
    assert {"@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget"} == set(
        voila.extension_allowlist
    )
    assert config.MappingKernelManager.cull_idle_timeout > 0
    assert config.MappingKernelManager.cull_connected is False
    assert config.Voila.ip == "127.0.0.1"


def test_the_only_kernel_is_this_interpreter():
    kernels = OwnKernel()
    assert list(kernels.find_kernel_specs()) == ["python3"]
    assert kernels.get_kernel_spec("whatever").argv[0] == sys.executable
    assert kernels.get_all_specs()["python3"]["spec"]["language"] == "python"


def test_open_address_needs_a_secret(tmp_path):
    with pytest.raises(ConfigError, match=r"0\.0\.0\.0 would let anyone.*WORKBENCH_TOKEN"):
        serve(load_settings(tmp_path), notebooks=tmp_path, options=ServingOptions(host="0.0.0.0"))  # noqa: S104


def start(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench.serving", "--home", str(tmp_path), *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        check=False,
    )


def test_missing_folder_ends_with_one_line(tmp_path):
    ended = start(tmp_path, "--notebooks", str(tmp_path / "nowhere"))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("The folder of apps")
    assert ended.stderr.count("\n") == 1


def test_taken_port_ends_with_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = start(tmp_path, "--notebooks", str(tmp_path), "--port", str(taken.getsockname()[1]))
    assert ended.returncode == 1
    assert "cannot be used: Address already in use. Stop what uses it, or choose another" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_importing_the_package_loads_no_server():
    code = "import workbench.serving.catalogue, sys; print('voila' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ended.stdout.strip() == "False"
