"""The Python function that Flink's SQL calls as `enrich`. Imported in Flink's environment only."""

from pyflink.table import DataTypes, FunctionContext, ScalarFunction
from pyflink.table.udf import udf

from speed_layer.enrichment import model, records


class Enrich(ScalarFunction):
    """A record's value -> its enriched value."""

    def open(self, function_context: FunctionContext) -> None:
        """Load the model before the first record."""
        model.load()

    def eval(self, value: bytes | None) -> bytes | None:
        """As `records.enriched`."""
        return records.enriched(None if value is None else bytes(value))


enrich = udf(Enrich(), input_types=[DataTypes.BYTES()], result_type=DataTypes.BYTES())
