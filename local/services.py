"""The services of the embedded stack, in the order in which they start, and how they are."""

import time
from collections.abc import Iterable
from typing import Any

from crm.errors import UsageError
from local import airflow, clickhouse, dashboard, data_docs, elasticsearch, flink, kafka, supervisor
from local.service import Service
from search import presence

# What the platform's own objects (topics, tables, views, the speed job) live in.
CORE = ("kafka", "clickhouse", "flink")
GROUPS = (*CORE, "airflow", "data-docs", "dashboard", elasticsearch.GROUP)


def catalogue() -> list[Service]:
    """Every service of this stack, search where it is enabled; raises CrmError where `make setup` is due."""
    return [
        *kafka.services(),
        *clickhouse.services(),
        *flink.services(),
        *airflow.services(),
        *data_docs.services(),
        *(elasticsearch.services() if presence.enabled() else ()),
        *dashboard.services(),
    ]


def configure() -> None:
    """Render every configuration file into `var`."""
    kafka.configure()
    flink.configure()
    airflow.configure()
    if presence.enabled():
        elasticsearch.configure()


def chosen(known: Iterable[Service], only: Iterable[str]) -> list[Service]:
    """The services of the groups, or of the names, in `only`; all of them where it is empty."""
    known, wanted = list(known), set(only)
    names = {service.name for service in known} | {service.group for service in known}
    if elasticsearch.GROUP in wanted - names:
        raise UsageError("search is not a part of this stack: `crm up --with search` makes it one")
    if unknown := sorted(wanted - names):
        raise UsageError(f"no service {', '.join(unknown)}: choose among {', '.join(GROUPS)}")
    return [service for service in known if not wanted or {service.name, service.group} & wanted]


def services() -> list[dict[str, Any]]:
    """Each service's `name`, `state`, `pid`, `uptime_seconds` and `address`.

    States are supervisord's: RUNNING, STARTING, BACKOFF, STOPPED …
    """
    found = supervisor.processes()
    report = []
    for service in catalogue():
        process = found.get(service.name, {})
        running = process.get("statename") == "RUNNING"
        report.append(
            {
                "name": service.name,
                "state": process.get("statename", "STOPPED"),
                "pid": process.get("pid") or None,
                "uptime_seconds": int(time.time()) - process["start"] if running else None,
                "address": service.address,
            }
        )
    return report
