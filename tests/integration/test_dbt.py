"""An engineer's `crm dbt build` against the running stack: every model, data test and unit test, beside what is published."""

import pytest

from tests.engine import crm, served

pytestmark = pytest.mark.stack


def test_a_build_by_hand_passes_and_disturbs_nothing(stack: None) -> None:
    before = served("SELECT definition, generation, boundary FROM serving.status")
    done = crm("dbt", "build")
    assert done.returncode == 0, done.stdout[-4000:]
    assert "ERROR=0" in done.stdout
    assert served("SELECT definition, generation, boundary FROM serving.status") == before
