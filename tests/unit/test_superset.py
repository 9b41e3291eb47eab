"""deploy/superset: what can be imported fits together, and names columns that the serving views have."""

import re
from pathlib import Path
from typing import Any

import yaml

from crm.settings import HOST, ROOT, Ports

FOLDER = ROOT / "deploy" / "superset"
VIEWS = ROOT / "dbt_project" / "models" / "serving"


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def objects(kind: str) -> list[dict[str, Any]]:
    """All of databases, datasets, charts or dashboards."""
    found = [read(file) for file in sorted((FOLDER / kind).rglob("*.yaml"))]
    assert found
    return found


def described(view: str) -> dict[str, Any]:
    return next(entry for entry in read(VIEWS / f"{view}.yml")["models"] if entry["name"] == view)


def test_datasets_are_serving_views_with_their_columns() -> None:
    for dataset in objects("datasets"):
        columns = {column["name"]: column["data_type"] for column in described(dataset["table_name"])["columns"]}
        assert dataset["schema"] == "serving" and dataset["sql"] is None
        assert {column["column_name"]: column["type"] for column in dataset["columns"]} == columns
        # ClickHouse would read the alias in the place of the column, and find an aggregate within an aggregate.
        assert not {metric["metric_name"] for metric in dataset["metrics"]} & set(columns)
        for metric in dataset["metrics"]:
            named = set(re.findall(r"[a-z]\w+", metric["expression"])) - {"sum", "toFloat64"}
            assert named and named <= set(columns), metric["metric_name"]


def test_charts_ask_for_what_their_dataset_has_and_never_add_two_currencies() -> None:
    datasets = {dataset["uuid"]: dataset for dataset in objects("datasets")}
    for chart in objects("charts"):
        dataset, params = datasets[chart["dataset_uuid"]], chart["params"]
        columns = {column["column_name"] for column in dataset["columns"]}
        assert set(params["metrics"]) <= {metric["metric_name"] for metric in dataset["metrics"]}
        named = {
            *params["groupby"],
            *params.get("all_columns", []),
            *([params["x_axis"]] if "x_axis" in params else []),
        }
        assert named <= columns, chart["slice_name"]
        if "currency" in columns:
            assert "currency" in named, f"{chart['slice_name']} would add money of two currencies"


def test_the_dashboard_has_every_chart_once() -> None:
    (dashboard,) = objects("dashboards")
    shown = [part["meta"]["uuid"] for name, part in dashboard["position"].items() if name.startswith("CHART-")]
    assert sorted(shown) == sorted(chart["uuid"] for chart in objects("charts"))
    rows = [part["children"] for name, part in dashboard["position"].items() if name.startswith("ROW-")]
    assert sorted(child for row in rows for child in row) == sorted(
        name for name in dashboard["position"] if name.startswith("CHART-")
    )


def test_the_database_is_read_as_bi_and_no_password_is_kept() -> None:
    (database,) = objects("databases")
    port = Ports(offset=0).clickhouse_http  # type: ignore[call-arg]
    assert database["sqlalchemy_uri"] == f"clickhousedb://bi@{HOST}:{port}/serving"
    assert not database["allow_dml"]
    assert {dataset["database_uuid"] for dataset in objects("datasets")} == {database["uuid"]}
