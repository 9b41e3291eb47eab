from decimal import Decimal

from crm.cli.customer import SUBJECTS, _by_subject, _shown
from tests.unit.test_dbt_models import PROJECT, described


def test_every_figure_is_shown_under_its_subject() -> None:
    columns = [column["name"] for column in described(PROJECT / "models" / "serving" / "customer_360.sql")["columns"]]
    parts = _by_subject(dict.fromkeys(columns))
    assert list(parts) == list(SUBJECTS)
    assert [name for part in parts.values() for name in part] == columns
    assert "net" in parts["demand"] and "complaints" in parts["feedback"] and "credit_limit_use" in parts["arrears"]


def test_money_is_shown_with_its_currency() -> None:
    assert _shown({"EUR": Decimal("1.10"), "BRL": Decimal("2.00")}) == "2.00 BRL, 1.10 EUR"
    assert [_shown(value) for value in ({}, None, "", 0)] == ["-", "-", "-", 0]
