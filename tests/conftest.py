"""Every test module belongs to a kind: unit, integration or e2e; anything else fails collection."""

from pathlib import Path

import pytest

KINDS = ("unit", "integration", "e2e")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        kind = item.path.relative_to(HERE).parts[0]
        if kind not in KINDS:
            raise pytest.UsageError(
                f"{item.path}: a test module lives in one of tests/{', tests/'.join(KINDS)}"
            )
