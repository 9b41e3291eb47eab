"""When a service can be used. Each check returns what is still missing, or ''."""

import socket

import httpx

from crm.errors import NotReadyError
from crm.settings import HOST, settings

# Flink names this many slots in its configuration; fewer mean a TaskManager that has not registered.
SLOTS = 1


def _get(address: str) -> httpx.Response | str:
    """The answer, or why there is none. A proxy of the environment must not come between."""
    try:
        return httpx.get(address, timeout=5, trust_env=False)
    except httpx.HTTPError as error:
        return f"{address}: {error}"


def _succeeds(address: str) -> str:
    """'' where the address answers with success."""
    answer = _get(address)
    if isinstance(answer, str):
        return answer
    return "" if answer.is_success else f"HTTP {answer.status_code}"


def listens(port: int) -> bool:
    """Whether anything accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def kafka_ready() -> str:
    """The broker answers a request for its metadata."""
    from crm import kafka

    # The client logs every refused connection: ask it only once there is something to talk to.
    if not listens(settings().ports.kafka):
        return f"nothing listens on port {settings().ports.kafka}"
    try:
        client = kafka.admin()
        try:
            client.list_topics()
        finally:
            client.close()
    except NotReadyError as error:
        return str(error)
    return ""


def clickhouse_ready() -> str:
    """The server answers, and knows the user `batch`."""
    from crm import clickhouse

    ping = _get(f"http://{HOST}:{settings().ports.clickhouse_http}/ping")
    if isinstance(ping, str):
        return ping
    try:
        clickhouse.connect("batch").query("SELECT 1")
    except NotReadyError as error:
        return str(error)
    return ""


def jobmanager_ready() -> str:
    """The REST interface answers."""
    return _succeeds(f"{settings().flink_rest}/overview")


def taskmanager_ready() -> str:
    """A TaskManager has registered its slots."""
    answer = _get(f"{settings().flink_rest}/overview")
    if isinstance(answer, str):
        return "waits for the JobManager"
    overview = answer.json() if answer.is_success else {}
    registered = overview.get("taskmanagers", 0) >= 1 and overview.get("slots-total", 0) >= SLOTS
    return "" if registered else "has not registered with the JobManager"


def airflow_ready(component: str) -> str:
    """The API server reports the component as healthy."""
    answer = _get(f"{settings().airflow}/api/v2/monitor/health")
    if isinstance(answer, str):
        return answer if component == "api-server" else "waits for the API server"
    if not answer.is_success:
        return f"HTTP {answer.status_code}"
    name = {"api-server": "metadatabase"}.get(component, component.replace("-", "_"))
    status = (answer.json().get(name) or {}).get("status")
    return "" if status == "healthy" else f"{name} is {status or 'not reported yet'}"


def elasticsearch_ready() -> str:
    """The node answers, and every index that it has can be written."""
    from search import node

    if not listens(settings().ports.elasticsearch):
        return f"nothing listens on port {settings().ports.elasticsearch}"
    try:
        # 408: it waited in vain
        health = node.connect().options(ignore_status=408).cluster.health(wait_for_status="yellow", timeout="2s")
    except NotReadyError as error:
        return str(error)
    return "" if not health["timed_out"] else f"the cluster is {health['status']}"


def indexer_ready() -> str:
    """There is an index of this checkout."""
    from search import index, node

    try:
        return "" if index.is_current(node.connect()) else "builds the index"
    except NotReadyError as error:
        return str(error)


def dashboard_ready() -> str:
    """The dashboard's server answers; whether a page has figures is ClickHouse's business."""
    return _succeeds(f"http://{HOST}:{settings().ports.dashboard}/_stcore/health")


def data_docs_ready() -> str:
    """The file server answers."""
    answer = _get(f"http://{HOST}:{settings().ports.data_docs}/")
    return answer if isinstance(answer, str) else ""
