"""The example of docs/mappings.md does what the page says, and every key is in the reference."""

import re
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from crm.settings import ROOT
from reference.mapping import PARTS
from sources.mapping import source
from sources.mapping.check import check
from sources.mapping.document import MappingError
from sources.mapping.source import Mapped
from tests.mapped import mapped

PAGE = (ROOT / "docs" / "mappings.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def report(made: Mapped, place: Path) -> dict:
    return check(made, place, zone=ZoneInfo(made.mapping.time_zone), show=1)


def test_the_examples_give_the_totals_that_the_page_shows(data: Path, tmp_path: Path) -> None:
    days = data / "online_retail_by_day"
    first = report(mapped(tmp_path, EXAMPLES[0]), days)
    assert first["reasons"]
    assert all(f"  {reason['first'][0]}\n" in PAGE for reason in first["reasons"])
    second = report(mapped(tmp_path, EXAMPLES[1]), days)
    assert (second["rows"], second["rejected_rows"]) == (541_909, 0)
    for row in second["totals"]:
        assert re.search(
            rf"│ {row['contract']} +│ {row['kind']} +│ {row['currency']} +│ +{row['events']} │ {row['amount']} +│", PAGE
        )
    signs = {"placed": 1, "cancelled": -1, "adjusted": 1}
    assert sum(signs[row["kind"]] * Decimal(row["amount"]) for row in second["totals"]) == Decimal("9747747.93")


@pytest.mark.parametrize("change", [("$amount", "$amuont"), ("type: timestamp", "type: timestamp, formats: '%H:%M'")])
def test_the_messages_that_the_page_shows(tmp_path: Path, change: tuple[str, str]) -> None:
    with pytest.raises(MappingError) as found:
        mapped(tmp_path, EXAMPLES[0].replace(*change))
    said = str(found.value).split("mapping.yaml")[1]
    shown = [
        line.removeprefix("retail.yaml").split("…")[0] for line in PAGE.splitlines() if line.startswith("retail.yaml:")
    ]
    assert any(said.startswith(line.rstrip()) for line in shown), said


def test_every_part_of_the_model_is_in_the_reference() -> None:
    named: set[type[BaseModel]] = set()

    def visit(annotation: object) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in named:
            named.add(annotation)
            for field in annotation.model_fields.values():
                visit(field.annotation)
                assert field.description, field
        for inner in getattr(annotation, "__args__", ()):
            visit(inner)
        if hasattr(annotation, "__origin__") and hasattr(annotation, "__metadata__"):
            visit(annotation.__origin__)

    visit(PARTS["The document"])
    assert named == set(PARTS.values())


@pytest.mark.parametrize("file", sorted((ROOT / "sources" / "mappings").glob("*.yaml")), ids=lambda file: file.stem)
def test_the_shipped_mappings_agree_with_their_contracts(file: Path) -> None:
    assert source.read(file).mapping.name == file.stem
