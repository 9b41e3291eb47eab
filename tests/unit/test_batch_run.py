"""A plan survives the way through Airflow's XCom."""

import json
from datetime import datetime

from batch_layer.run import Plan


def test_a_plan_is_the_same_after_json() -> None:
    plan = Plan(
        3, datetime(2026, 3, 1, 12, 0), datetime(2026, 3, 1, 12, 10), 41, "build", (("orders", 0), ("orders", 1))
    )
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan
