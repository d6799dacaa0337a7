"""Every test module belongs to a kind: unit, integration or e2e; anything else fails collection."""

import os
from pathlib import Path

import pytest

from hotline.setup import parts

KINDS = ("unit", "integration", "e2e")
HERE = Path(__file__).parent
os.environ.update(parts.environment())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        kind = item.path.relative_to(HERE).parts[0]
        if kind not in KINDS:
            raise pytest.UsageError(
                f"{item.path}: a test module lives in one of tests/{', tests/'.join(KINDS)}"
            )
