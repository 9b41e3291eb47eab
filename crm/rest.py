"""JSON over HTTP, with errors that a user can act on: what Airflow's and Flink's interfaces share."""

from typing import Any

import httpx

from crm.errors import CrmError, NotReadyError


def call(
    service: str,
    base: str,
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    headers: dict[str, str] | None = None,
    timeout: float,
) -> Any:
    """The JSON that `service` answers; an empty answer is an empty object. `timeout` is in seconds.

    Raises CrmError where the service refuses the request, NotReadyError where it does not answer.
    """
    try:
        response = httpx.request(method, base + path, json=body, headers=headers, timeout=timeout, trust_env=False)
        response.raise_for_status()
    except httpx.HTTPStatusError as error:
        raise CrmError(f"{service} refused {method} {path}: {error.response.text[:500]}") from error
    except httpx.HTTPError as error:
        raise NotReadyError(f"{service} does not answer at {base}: {error}. Start it with `crm up`.") from error
    return response.json() if response.content else {}
