"""The one-off steps of docker-compose.yml, run in its own image: `python -m local.compose configure|install`.

They call what `crm up` calls for the embedded default, so that both deployments have one configuration and one set of
topics, tables and views. Host names and log-ins come from the environment that compose sets.
"""

import sys
from pathlib import Path

from crm.settings import settings
from local.service import render, write

# Service names of docker-compose.yml are host names in its network.
KAFKA = "kafka"
JOBMANAGER = "flink-jobmanager"
# The broker's port for clients outside the network, published as CRM_PORT_KAFKA: a listener hands its own address to
# clients, so those inside and those outside need one each.
KAFKA_OUTSIDE_PORT = 9094
KAFKA_DATA = "/var/lib/kafka/data"
SEARCH_DATA = "/usr/share/elasticsearch/data"


def broker(folder: Path) -> Path:
    """Render the broker's `server.properties` into `folder`, with a listener more than the embedded one has."""
    ports = settings().ports
    # 0644: the image's user is not the one who renders; the file holds no secret
    file = render(
        "kafka/server.properties",
        folder / "server.properties",
        mode=0o644,
        host=KAFKA,
        port=ports.kafka,
        controller_port=ports.kafka_controller,
        data=KAFKA_DATA,
    )
    inside = f"PLAINTEXT://{KAFKA}:{ports.kafka},CONTROLLER://{KAFKA}:{ports.kafka_controller}"
    # Of a property that appears twice, Kafka takes the last.
    outside = (
        "# clients outside the network of the containers\n"
        f"listeners={inside},OUTSIDE://0.0.0.0:{KAFKA_OUTSIDE_PORT}\n"
        f"advertised.listeners={inside},OUTSIDE://127.0.0.1:{ports.kafka}\n"
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,OUTSIDE:PLAINTEXT\n"
    )
    write(file, file.read_text(encoding="utf-8") + outside, mode=0o644)
    return file


def search_node(folder: Path) -> Path:
    """Render the search node's `elasticsearch.yml` into `folder`; unlike the embedded node, the image's has log-ins."""
    ports = settings().ports
    # 0644: as the broker's
    file = render(
        "elasticsearch/elasticsearch.yml",
        folder / "elasticsearch.yml",
        mode=0o644,
        host="0.0.0.0",  # within the network of the containers; only loopback is published
        port=ports.elasticsearch,
        transport_port=ports.elasticsearch_transport,
        data=SEARCH_DATA,
        logs="/usr/share/elasticsearch/logs",
    )
    security = (
        "# log-ins; TLS would need certificates: docs/deployment.md\n"
        "xpack.security.enabled: true\n"
        "xpack.security.http.ssl.enabled: false\n"
        "xpack.security.transport.ssl.enabled: false\n"
    )
    write(file, file.read_text(encoding="utf-8") + security, mode=0o644)
    return file


def configure() -> None:
    """Render the configuration of Airflow and Flink into their volumes; safe to repeat."""
    from local import airflow, data_docs, flink

    airflow.configure()
    flink.configure(JOBMANAGER)
    data_docs.first_page()


def install() -> None:
    """Topics, tables, views and the speed job; safe to repeat."""
    from crm import platform

    platform.install(lambda step: print(f"installing: {step}", flush=True))


STEPS = {"configure": configure, "install": install}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STEPS:
        sys.exit(f"usage: python -m local.compose {'|'.join(STEPS)}")
    STEPS[sys.argv[1]]()
