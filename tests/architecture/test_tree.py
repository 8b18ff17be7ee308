"""The house is built as its plan says."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "workbench"
NOT_CODE = {"__pycache__"}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists()]


def rooms() -> set[str]:
    return {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name not in NOT_CODE}


def test_the_room_table_lists_exactly_the_rooms_there_are():
    table = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/architecture.md").read_text(), re.M)
    assert set(table) == rooms()
    assert len(table) == len(set(table))


def test_every_room_is_a_package_and_stands_in_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layered = set(re.findall(r"workbench\.(\w+)", " ".join(contracts[0]["layers"])))
    assert layered == rooms()
    for folder in (p for p in PACKAGE.rglob("*") if p.is_dir() and any(p.glob("*.py"))):
        if "migrations" not in folder.parts:  # Alembic runs those files by path
            assert (folder / "__init__.py").exists(), f"{folder} is no package, so no contract sees it"


def test_imports_run_one_way():
    command = [Path(sys.executable).with_name("lint-imports")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_tests_mirror_the_rooms():
    folders = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir()} - NOT_CODE
    assert rooms() <= folders


def test_tests_of_the_browser_lie_where_make_test_runs_them():
    marked = {p.parent.name for p in (ROOT / "tests").rglob("*.py") if "mark." + "browser" in p.read_text()}
    assert marked == {"browser"}
    assert re.search(r'-m "browser and not slow" tests/browser$', (ROOT / "Makefile").read_text(), re.M)


def test_one_place_alone_says_which_examples_are_tried():
    loading = {p for p in (ROOT / "tests").rglob("*.py") if "load_" + "profile(" in p.read_text()}
    assert loading == {ROOT / "tests/conftest.py"}, "a second profile makes every room's examples change"


def test_where_is_names_files_that_exist():
    text = (ROOT / "docs/architecture.md").read_text()
    for name in re.findall(r"`(workbench/[\w/]+\.py)`", text):
        assert (ROOT / name).is_file(), name


#: This machine, names that nobody owns, placeholders in strings, and the name of SVG's vocabulary.
KNOWN_HOSTS = {
    "127.0.0.1",
    "localhost",
    "example.org",
    "attacker.example",
    "www.w3.org",
    "user",
    "host",
    "HOST",
    "graph.facebook.com",  # what the loader reads
    "a",  # of an address that is refused in a test
}


def test_no_address_of_anything_outside_is_committed():
    pattern = re.compile(r"https?://([A-Za-z0-9_.-]+)")
    for path in tracked():
        if path.suffix in {".png", ".xlsx", ".parquet"}:
            continue
        hosts = {host.lower() for host in pattern.findall(path.read_text("utf-8", errors="ignore"))}
        unknown = {host for host in hosts - KNOWN_HOSTS if not host.startswith("ghp_")}
        unknown = {host for host in unknown if not host.endswith((".example", ".invalid"))}
        assert not unknown, f"{path} names {unknown}"
    assert "://" not in (ROOT / "requirements.lock").read_text()
    assert not (ROOT / "uv.lock").exists()


def test_every_pin_has_a_hash_and_every_dependency_a_pin():
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.split(r"^(?=[a-z0-9])", lock, flags=re.M)[1:]
    assert all("--hash=sha256:" in pin for pin in pins)
    pinned = {re.match(r"[a-z0-9._-]+", pin).group() for pin in pins}
    assert {normal(name) for name in declared()} <= pinned


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=~! ]", name)[0]).lower()


def declared() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [
        *project["project"]["dependencies"],
        *(name for extra in project["project"]["optional-dependencies"].values() for name in extra),
        *project["dependency-groups"]["dev"],
    ]


def test_conda_users_get_the_same_set():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    names = [n for n in listed if isinstance(n, str)] + next(n["pip"] for n in listed if isinstance(n, dict))
    same = {"python-duckdb": "duckdb"}  # conda's name for it

    def bound(spec: str) -> tuple[str, str]:
        name = normal(spec)
        return same.get(name, name), spec.split(">=")[1] if ">=" in spec else ""

    conda = {bound(n) for n in names if not n.startswith("-e")} - {
        ("python", "3.12"),
        ("make", ""),
        ("pip", ""),
    }
    assert conda == {bound(n) for n in declared()}


def test_every_dependency_has_its_reason():
    reasons = (ROOT / "docs/decisions/0002-dependencies.md").read_text().lower()
    for name in declared():
        words = {normal(name), normal(name).removeprefix("pytest-"), normal(name).removeprefix("types-")}
        assert any(w in reasons for w in words | {normal(name).removesuffix("-stubs")}), name


HEAVY = (
    "pandas",
    "numpy",
    "pyarrow",
    "deltalake",
    "duckdb",
    "sqlalchemy",
    "pydantic",
    "plotly",
    "ipywidgets",
)


@pytest.mark.parametrize(
    "module", ["workbench", "workbench.cli.main", "workbench.core.errors", "workbench.lake"]
)
def test_importing_costs_nothing_heavy(module: str):
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_page_never_loads_the_sampling_stack():
    code = (
        "import sys, workbench.views.overview_page\n"
        "heavy = ('pymc', 'pytensor', 'statsmodels', 'sklearn', 'plotly', 'matplotlib')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_voila_was_not_downgraded_by_another_package():
    from importlib.metadata import version

    assert tuple(map(int, version("voila").split(".")[:3])) >= (0, 5, 13)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").rglob("*.ipynb")), ids=lambda p: p.stem)
def test_notebooks_compose_and_keep_no_outputs(path: Path):
    notebook = json.loads(path.read_text())
    code = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    for cell in notebook["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    for cell in code:
        defined = [n for n in ast.walk(ast.parse(cell)) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        assert not defined, f"{path.name} defines {defined[0].name}: behaviour belongs into the package"
    if path.parent.name in ("apps", "reports"):
        lines = sum(
            1 for cell in code for line in cell.splitlines() if line.strip() and not line.startswith("#")
        )
        assert lines <= (25 if path.parent.name == "apps" else 60)
        assert any("parameters" in c["metadata"].get("tags", []) for c in notebook["cells"])
