"""The way to Elasticsearch."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from elastic_transport import ConnectionError as NoConnection
from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import ScanError

from crm.credentials import password
from crm.errors import CrmError, NotReadyError
from crm.settings import settings
from search.presence import enabled

# A bulk of large texts on a busy machine; a search takes milliseconds.
REQUEST_SECONDS = 30.0
# Answers that say: later. The node is overloaded, starts or ends, its shards are not there yet, or its disk is full.
BUSY = frozenset({408, 429, 502, 503, 504})
# The client logs every attempt that fails; whoever calls reports the last.
logging.getLogger("elastic_transport").addHandler(logging.NullHandler())


def client(request_seconds: float = REQUEST_SECONDS) -> Elasticsearch:
    """A client, which asks nothing yet. The embedded node has no log-in and ignores the password; the one in a container checks it."""
    return Elasticsearch(
        settings().elasticsearch,
        basic_auth=("elastic", password("search")),
        request_timeout=request_seconds,
        max_retries=0,
    )


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed later."""
    return isinstance(error, TransportError) or (isinstance(error, ApiError) and error.status_code in BUSY)


def connect() -> Elasticsearch:
    """A client whose node has answered. Raises NotReadyError where search is not enabled or the node does not answer."""
    if not enabled():
        raise NotReadyError("search is not enabled in this stack: `crm up --with search` starts it")
    found = client()
    try:
        found.cluster.health(timeout="5s")
    except (NoConnection, TransportError, ApiError) as error:
        raise NotReadyError(
            f"Elasticsearch does not answer at {settings().elasticsearch}: {error}. Start it with `crm up --with search`, or look at `crm status`."
        ) from error
    return found


@contextmanager
def answering() -> Iterator[None]:
    """Make an error for people of what the client raises: NotReadyError where the same request may succeed later, as one to
    a node that ends or an index that is red, and CrmError where it is refused.
    """
    try:
        yield
    except (TransportError, ApiError, ScanError) as error:
        kind = NotReadyError if is_transient(error) or isinstance(error, ScanError) else CrmError
        raise kind(
            f"Elasticsearch has no answer about the search index: {error}. `var/logs/elasticsearch.log` says why; "
            "docs/operations.md has under Search what to do."
        ) from error
