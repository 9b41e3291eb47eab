"""An expectation over SQL, which covers what Great Expectations' own cannot do on ClickHouse (types, several tables)."""

from typing import Any, ClassVar

import great_expectations.expectations as gxe
from great_expectations.execution_engine import ExecutionEngine


class ExpectNoRows(gxe.UnexpectedRowsExpectation):
    """The query finds nothing. What it finds is the evidence: its rows go into the result, the description says what is wrong."""

    # The parent runs the query twice, for the rows and for their number; the rows are few, each query ends with a LIMIT.
    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine | None = None,
    ) -> dict[str, Any]:
        rows = metrics["unexpected_rows_query.table"]
        return {"success": not rows, "result": {"observed_value": len(rows), "details": {"unexpected_rows": rows}}}
