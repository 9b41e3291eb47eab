"""Requests to the DAG `crm_erase`: files with one id a line in `var/erasure/`.

Not parameters of a run: those stay in Airflow's database, and so would the customer.
"""

from pathlib import Path
from typing import Any

from batch_layer.errors import ErasureError
from crm.errors import UsageError
from crm.settings import settings
from erasure.certificate import certify
from erasure.procedure import erase


def folder() -> Path:
    """Where requests lie."""
    return settings().var / "erasure"


def read(file: Path) -> list[str]:
    """The ids of a file, in order, without empty lines. An id may hold spaces, but none at its ends."""
    return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def process(name: str, dry_run: bool = False) -> dict[str, Any]:
    """Erase the customers of a request, and delete it once the certificate finds nothing; returns figures without any id.

    Raises UsageError where there is no such request, ErasureError where the certificate finds something.
    """
    file = folder() / name
    if file.parent != folder() or not file.is_file():
        raise UsageError(f"no request {name!r} in {folder()}: put a file with one id a line there")
    customers = read(file)
    proof = certify(customers) if dry_run else erase(customers, print)["certificate"]
    left = {place["place"]: place["found"] for place in proof["places"] if place["found"]}
    if not dry_run:
        if left:
            raise ErasureError(f"{name}: still found: {left}. Repeat it; `crm certificate --file {file}` shows more.")
        file.unlink()
    return {"customers": len(customers), "found": left}
