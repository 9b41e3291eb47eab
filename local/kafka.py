"""Kafka: one KRaft broker from Maven's jars."""

import subprocess
from pathlib import Path

from crm.errors import CrmError
from crm.settings import HOST, settings
from local.readiness import kafka_ready
from local.service import CONFIG, Service, jars, java, render

# Enough for the platform's few partitions: the page cache does the work, not the heap.
HEAP = ("-Xms128m", "-Xmx384m")


def data() -> Path:
    """The broker's log directory."""
    return settings().var.resolve() / "kafka"


def properties() -> Path:
    """The broker's configuration file."""
    return settings().var.resolve() / "config" / "kafka" / "server.properties"


def configure() -> None:
    """Render `server.properties`."""
    ports = settings().ports
    render(
        "kafka/server.properties",
        properties(),
        host=HOST,
        port=ports.kafka,
        controller_port=ports.kafka_controller,
        data=data(),
    )


def _tool(*arguments: str) -> str:
    command = [
        java(),
        "-Xmx128m",
        "-Dlog4j2.disable.jmx=true",
        "-cp",
        f"{jars('kafka')}/*",
        "kafka.tools.StorageTool",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CrmError(f"Kafka's storage could not be formatted in {data()}:\n{(done.stderr or done.stdout).strip()}")
    return done.stdout


def format_storage() -> None:
    """Give the log directory its cluster id, once."""
    if not (data() / "meta.properties").exists():
        cluster = _tool("random-uuid").split()[-1]
        _tool("format", "--standalone", "--ignore-formatted", "-t", cluster, "-c", str(properties()))


def services() -> list[Service]:
    """The broker."""
    ports = settings().ports
    logging = f"-Dlog4j2.configurationFile={CONFIG / 'kafka' / 'log4j2.yaml'}"
    command = (java(), *HEAP, "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError", logging, "-Dlog4j2.disable.jmx=true")
    return [
        Service(
            name="kafka",
            group="kafka",
            command=(*command, "-cp", f"{jars('kafka')}/*", "kafka.Kafka", str(properties())),
            ready=kafka_ready,
            deadline=180,
            address=settings().bootstrap_servers,
            ports={"kafka": ports.kafka, "kafka_controller": ports.kafka_controller},
            initialise=format_storage,
            stop_seconds=90,
        )
    ]
