"""Search, where it is enabled: one Elasticsearch node from Maven's jars, and the indexer that fills it."""

import shutil
import sys
from pathlib import Path

from crm.settings import HOST, settings
from local.readiness import elasticsearch_ready, indexer_ready
from local.service import CONFIG, JARS, Service, inherited, jars, java, render

GROUP = "search"
# The whole process takes about twice as much: the rest is Lucene's, off the heap. Both bounds are equal, as Elasticsearch advises.
HEAP = ("-Xms512m", "-Xmx512m")
NODE = "crm.search.EmbeddedNode"


def home() -> Path:
    """The installation: `lib` and `modules`."""
    return JARS / "elasticsearch"


def data() -> Path:
    """The node's data."""
    return settings().var.resolve() / "elasticsearch"


def config() -> Path:
    """The node's configuration folder."""
    return settings().var.resolve() / "config" / "elasticsearch"


def configure() -> None:
    """Render `elasticsearch.yml` beside the logging file."""
    ports = settings().ports
    render(
        "elasticsearch/elasticsearch.yml",
        config() / "elasticsearch.yml",
        host=HOST,
        port=ports.elasticsearch,
        transport_port=ports.elasticsearch_transport,
        data=data(),
        logs=settings().var.resolve() / "logs" / "elasticsearch",
    )
    shutil.copyfile(CONFIG / "elasticsearch" / "log4j2.properties", config() / "log4j2.properties")
    for folder in (data(), settings().var / "logs" / "elasticsearch"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def services() -> list[Service]:
    """The node and the indexer."""
    ports = settings().ports
    options = (
        "-XX:+UseG1GC",
        "-XX:+ExitOnOutOfMemoryError",
        "-Dlog4j2.disable.jmx=true",
        "-Dlog4j.shutdownHookEnabled=false",
    )
    return [
        Service(
            name="elasticsearch",
            group=GROUP,
            command=(
                java(),
                *HEAP,
                *options,
                "-cp",
                f"{jars('elasticsearch/lib')}/*",
                NODE,
                str(home()),
                str(config()),
            ),
            ready=elasticsearch_ready,
            deadline=180,
            address=settings().elasticsearch,
            ports={"elasticsearch": ports.elasticsearch, "elasticsearch_transport": ports.elasticsearch_transport},
        ),
        Service(
            name="search-indexer",
            group=GROUP,
            command=(sys.executable, "-m", "search.indexer"),
            environment=inherited(),
            ready=indexer_ready,
            # the first start builds the index from everything that has landed; of a long history it goes on behind the deadline
            deadline=600,
            address="",
            stop_seconds=30,
        ),
    ]
