"""Options, and the embedded stack that the tests share: a second one, with its own state and ports, beside the user's.

The environment is set before anything reads `crm.settings`.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
os.environ["CRM_VAR"] = str(ROOT / "var" / "test")
os.environ["CRM_PORT_OFFSET"] = os.environ.get("CRM_TEST_PORT_OFFSET", "7000")
os.environ.setdefault("PYTHONPATH", str(ROOT))
DATA = Path(os.environ.get("CRM_DATA", ROOT.parent / "shared" / "data"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much the costly tests do."""
    parser.addoption(
        "--parity-events",
        type=int,
        default=1000,
        help="events of each topic that the parity tests send through both engines",
    )
    parser.addoption(
        "--long",
        action="store_true",
        help="run the tests marked long, too: deployment, erasure, and enrichment under kills",
    )
    parser.addoption(
        "--screenshots", type=Path, help="folder for pictures of the pages; the browser's tests then load all real data"
    )
    parser.addoption("--invariance-examples", type=int, default=1, help="histories that the boundary test plays")
    parser.addoption("--chaos-rounds", type=int, default=1, help="how often the chaos test kills everything in turn")
    parser.addoption(
        "--chaos-seed", type=int, default=1, help="seed of the chaos test's load and of the order of its kills"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out unless they are asked for: continuous integration has 25 minutes."""
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: --long runs it"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data; tests that need it are skipped where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"no real data at {DATA}: set CRM_DATA")
    return DATA


@pytest.fixture(scope="session")
def stack() -> Iterator[None]:
    """Kafka, ClickHouse and Flink with the platform installed and the speed job running, on empty state."""
    from local import stack as embedded

    embedded.down()
    shutil.rmtree(os.environ["CRM_VAR"], ignore_errors=True)
    try:
        embedded.up(only=("kafka", "clickhouse", "flink"))
        yield
    finally:  # also where it did not come up: what had started would go on running
        embedded.down()


@pytest.fixture(scope="session")
def airflow(stack: None) -> None:
    """Airflow and the Data Docs beside them."""
    from local import stack as embedded

    embedded.up(only=("airflow", "data-docs"))


@pytest.fixture(scope="session")
def searching(stack: None) -> None:
    """Elasticsearch and the indexer beside them."""
    from local import stack as embedded
    from search import presence

    presence.enable()
    embedded.up(only=("search",))
