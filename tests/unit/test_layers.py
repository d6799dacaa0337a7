"""The arrows between the layers point the right way (docs/architecture.md, Layers)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(p for top in ("hotline", "seat_console", "agi_scripts") for p in (ROOT / top).rglob("*.py"))
STDLIB_AND_DOMAIN = ("hotline.domain",)
ADAPTERS = (
    *("hotline.telephony", "hotline.storage", "hotline.live", "hotline.speech", "hotline.categoriser"),
    "hotline.papers",
)


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def inside(path: Path, package: str) -> bool:
    return path.is_relative_to(ROOT / package.replace(".", "/"))


def reaches(path: Path, *packages: str) -> set[str]:
    return {name for name in imports(path) if any(name == p or name.startswith(p + ".") for p in packages)}


def test_the_walk_sees_the_modules() -> None:
    assert ROOT / "hotline/domain/call.py" in MODULES
    assert len(MODULES) > 30


@pytest.mark.parametrize("path", [p for p in MODULES if inside(p, "hotline")], ids=str)
def test_nothing_under_hotline_imports_flask(path: Path) -> None:
    assert not reaches(path, "flask", "flask_socketio", "seat_console")


@pytest.mark.parametrize("path", [p for p in MODULES if inside(p, "hotline.domain")], ids=str)
def test_the_domain_knows_only_itself_and_the_standard_library(path: Path) -> None:
    import sys

    for name in imports(path):
        top = name.split(".")[0]
        assert name.startswith("hotline.domain") or top in sys.stdlib_module_names, name


@pytest.mark.parametrize("path", [p for p in MODULES if inside(p, "hotline.services")], ids=str)
def test_services_know_no_adapter(path: Path) -> None:
    assert not reaches(path, *ADAPTERS, "sqlalchemy", "redis", "panoramisk", "vosk")


@pytest.mark.parametrize("path", [p for p in MODULES if inside(p, "hotline.storage")], ids=str)
def test_storage_knows_no_other_adapter(path: Path) -> None:
    assert not reaches(path, "hotline.telephony", "hotline.live", "hotline.speech")


@pytest.mark.parametrize("path", [p for p in MODULES if inside(p, "hotline.setup")], ids=str)
def test_setup_runs_before_anything_is_installed(path: Path) -> None:
    import sys

    for name in imports(path):
        top = name.split(".")[0]
        assert name.startswith("hotline.setup") or top in {"hotline", *sys.stdlib_module_names}, name
