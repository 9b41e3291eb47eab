"""`python -m reference [FOLDER]`: write every page into `docs/reference`, or into FOLDER. `make reference` calls it."""

import sys
from collections.abc import Callable
from pathlib import Path

from crm.settings import ROOT
from reference import cli, dags, data_flow, mapping, metrics

PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli.page,
    "dags.md": dags.page,
    "metrics.md": metrics.page,
    "data-flow.md": data_flow.page,
    "mapping.md": mapping.page,
}


def main(folder: Path) -> None:
    """Write the pages; they depend on the checkout alone, neither on services nor on the clock."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "reference")
