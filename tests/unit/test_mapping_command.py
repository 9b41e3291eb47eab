"""`crm mapping check` and `crm load csv|jsonl`: what they print, and their exit codes."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from typer.testing import CliRunner, Result

from crm.cli.main import app
from crm.errors import UsageError
from crm.settings import settings
from sources import loads
from sources.mapping import source
from sources.mapping.model import Mapping
from tests.mapped import ORDERS

CONTENT = "id,amount,at\n1,4,2026-01-01\n2,five,2026-02-01\n3,six,2026-02-01\n4,7,2026-03-01\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "data.csv").write_text(CONTENT, encoding="utf-8")
    (tmp_path / "shop.yaml").write_text(ORDERS, encoding="utf-8")
    return tmp_path / "data.csv", tmp_path / "shop.yaml"


def check(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["mapping", "check", *map(str, arguments)])


def test_the_report_is_complete(files: tuple[Path, Path]) -> None:
    place, mapping = files
    done = check(place, "--mapping", mapping, "--json", "--show", 1)
    assert done.exit_code == 1  # rows cannot be loaded
    report: dict[str, Any] = json.loads(done.stdout)
    assert (report["rows"], report["events"], report["rejected_rows"]) == (2, 2, 2)
    first = "data.csv:3: amount: not a number like 1234.50: 'five'"
    assert report["reasons"] == [{"rows": 2, "first": [first, first.replace(":3", ":4").replace("five", "six")]}]
    assert report["totals"] == [
        {"contract": "orders", "kind": "placed", "currency": "EUR", "events": 2, "amount": "11.00"}
    ]
    assert [(example["line"], example["events"][0]["event_id"]) for example in report["examples"]] == [(2, "shop:1")]
    assert (report["first_occurred_at"][:10], report["last_occurred_at"][:10]) == ("2026-01-01", "2026-03-01")


def test_people_see_events_totals_and_reasons(files: tuple[Path, Path]) -> None:
    done = check(files[0], "--mapping", files[1])
    assert done.exit_code == 1
    assert "event_id: shop:1" in done.output and "11.00" in done.output
    assert "2 rows cannot be loaded" in done.output and "data.csv:4: amount: not a number" in done.output


def test_people_see_texts_as_they_stand(files: tuple[Path, Path]) -> None:
    """What looks like Rich's markup, or like the code of an emoji, is neither, in ids and in names of files."""
    place = files[0].with_name("[sale] :100:.csv")
    place.write_text("id,amount,at\n[/b] x:100:paid,4,2026-01-01\n", encoding="utf-8")
    done = check(place, "--mapping", files[1])
    assert done.exit_code == 0
    assert "[sale] :100:.csv:2\n" in done.output and "event_id: shop:[/b] x:100:paid," in done.output
    assert "".join(done.output.split()).count("[sale]:100:.csv") == 2, "the heading, which is broken into lines"


def test_exit_codes(files: tuple[Path, Path]) -> None:
    place, mapping = files
    place.write_text(CONTENT.replace("five", "5").replace("six", "6"), encoding="utf-8")
    assert check(place, "--mapping", mapping).exit_code == 0
    assert check(place.with_name("none.csv"), "--mapping", mapping).exit_code == 2
    mapping.write_text(ORDERS.replace("$amount", "$amuont"), encoding="utf-8")
    wrong = check(place, "--mapping", mapping, "--json")
    assert wrong.exit_code == 2
    assert "shop.yaml:16: events.0.fields.amount: there is no column amuont" in wrong.stderr


def test_a_pointer_that_leads_nowhere_is_no_success(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As a mistake in `file.each` would lose every row."""
    place, mapping = files[0].with_suffix(".jsonl"), files[1]
    place.write_text('{"lines": [{"id": "1", "amount": 4, "at": "2026-01-01"}]}\n' * 3, encoding="utf-8")
    text = ORDERS.replace("columns:", "file: {format: jsonl, each: /line}\ncolumns:")
    mapping.write_text(text, encoding="utf-8")
    done = check(place, "--mapping", mapping)
    assert done.exit_code == 1
    assert "objects without the list /line: 3" in done.stderr and "No event is made of any row" in done.stderr
    monkeypatch.setattr(settings(), "var", tmp_path / "var")
    monkeypatch.setattr(loads, "Ledger", Mock(**{"return_value.newest.return_value": None}))
    loaded = CliRunner().invoke(app, ["load", "jsonl", str(place), "--mapping", str(mapping)])
    assert loaded.exit_code == 1
    said = " ".join(loaded.stderr.split())
    assert "nothing was sent" in said and "objects without the list /line: 3" in said


def test_a_mapping_is_for_the_command_of_its_format(files: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match=r"file\.format is csv: use `crm load csv`"):
        source.read(files[1], "jsonl")


def test_another_mapping_of_the_same_file_is_another_load(files: tuple[Path, Path]) -> None:
    place, mapping = files

    def identity(**options: Any) -> str:
        made = source.source(source.read(mapping))
        zone = loads.zone_of(options.pop("time_zone", made.time_zone))
        return loads.identity(made, place, zone, loads.Options(**options))

    first = identity()
    assert first.startswith("shop-") and identity() == first
    assert len({first, identity(currency="USD"), identity(time_zone="Asia/Tokyo"), identity(limit=1)}) == 4
    mapping.write_text(ORDERS.replace("quantity: 1", "quantity: 2"), encoding="utf-8")
    assert identity() != first


def test_a_currency_is_not_forced_on_amounts_that_have_one(files: tuple[Path, Path]) -> None:
    place, mapping = files
    mapping.write_text(
        ORDERS.replace("currency: EUR\n", "").replace("kind: placed", "kind: placed\n      currency: EUR"),
        encoding="utf-8",
    )
    made = source.source(source.read(mapping))
    with pytest.raises(UsageError, match="currencies of their own"):
        loads.load(made, place, loads.Options(currency="USD"))


def test_the_schema_for_editors_has_every_key() -> None:
    done = CliRunner().invoke(app, ["mapping", "schema"])
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["properties"].keys() == {field.alias or name for name, field in Mapping.model_fields.items()}
    assert "from" in found["$defs"]["Column"]["properties"] and "is" in found["$defs"]["Condition"]["properties"]
    assert found["additionalProperties"] is False
