"""SQL files: names are quoted, a missing name is an error, values are never filled in."""

import jinja2
import pytest

from batch_layer.queries import SQL, identifier, query
from batch_layer.reconciliation import names
from crm.models import delta_models


def test_names_are_quoted() -> None:
    assert identifier("orders_2") == "`orders_2`"
    with pytest.raises(ValueError, match="not a name"):
        identifier("a; DROP TABLE b")


def test_a_missing_name_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        query("insert_rejects.sql", topic="orders")


@pytest.mark.parametrize("file", ["compare.sql", "differences.sql", "differences_by_reason.sql"])
@pytest.mark.parametrize("against", ["speed", "batch"])
def test_comparisons_name_every_measure_of_every_model(file: str, against: str) -> None:
    for model in delta_models():
        text = query(file, **names(model, against))
        for measure in model.measures:
            assert f"batch_row.`{measure}` IS DISTINCT FROM other_row.`{measure}`" in text
        assert ("speed.`" in text) == (against == "speed")


def test_every_file_is_used() -> None:
    sources = "\n".join(file.read_text() for file in [*SQL.parent.glob("*.py"), *SQL.glob("*.sql")])
    assert [file.name for file in SQL.glob("*.sql") if file.name not in sources] == []
