"""What the command line tells of errors: what to do where something can be done, and everything where it is a fault."""

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from typer.testing import CliRunner

from batch_layer import run
from crm.cli.main import app
from crm.errors import CrmError, NotReadyError, UsageError


def _raising(monkeypatch: pytest.MonkeyPatch, error: Exception) -> tuple[int, str, BaseException | None]:
    def everything(*_: object) -> None:
        raise error

    monkeypatch.setattr(run, "everything", everything)
    done = CliRunner().invoke(app, ["batch", "run"])
    return done.exit_code, done.output, done.exception


@pytest.mark.parametrize("error", [CrmError("a [b] c"), UsageError("a [b] c"), NotReadyError("a [b] c")])
def test_an_error_that_can_be_acted_on_is_its_text_and_its_code(
    monkeypatch: pytest.MonkeyPatch, error: CrmError
) -> None:
    code, output, _ = _raising(monkeypatch, error)
    assert (code, output.strip()) == (error.exit_code, "error: a [b] c")


def test_a_table_that_is_missing_says_what_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "Code: 60. DB::Exception: Unknown table expression identifier 'ops.landed'. (UNKNOWN_TABLE) (version 26.9.2.1)"
    )
    code, output, _ = _raising(monkeypatch, DatabaseError(text, code=60, name="UNKNOWN_TABLE"))
    assert code == NotReadyError.exit_code
    assert "`crm up`" in output and "'ops.landed'" in output and "version" not in output and "Traceback" not in output


def test_any_other_error_is_raised_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    for fault in (DatabaseError("Code: 62.", code=62, name="SYNTAX_ERROR"), KeyError("x")):
        assert _raising(monkeypatch, fault)[2] is fault
