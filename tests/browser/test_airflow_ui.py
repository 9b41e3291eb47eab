"""Airflow's pages, as an operator sees them: the DAGs green, the form that starts one, and why a run failed; the dashboard tells that, too.

It makes the runs that it needs. After the tests of the main job, in the same session, there are some: that saves a minute.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from crm.airflow import AirflowApi
from crm.credentials import password
from crm.errors import CrmError
from crm.settings import settings
from tests.browser.dashboard_page import open_page
from tests.engine import produce, served

pytestmark = pytest.mark.stack
Picture = Callable[..., None]
DAG = "crm_batch"
# More than one of five records, of a thousand and more: CRM_MAX_REJECT_SHARE.
MALFORMED = 8_000


@pytest.fixture(scope="module")
def green(airflow: None) -> AirflowApi:
    """Airflow, with a run of the batch DAG that succeeded."""
    api = AirflowApi()
    api.wait_for_dag(DAG)
    if served("SELECT boundary FROM serving.status")[0]["boundary"].year == 1970:
        api.wait(DAG, api.trigger(DAG, {"grace_seconds": 0}), 240)
    return api


@pytest.fixture(scope="module")
def red(green: AirflowApi) -> str:
    """The id of a run that a violated expectation stopped."""
    (before,) = served("SELECT boundary FROM serving.status")
    produce((b"k", b"not json %d" % number) for number in range(MALFORMED))
    appended = datetime.now(UTC).replace(second=0, microsecond=0)
    time.sleep(max(0.0, appended.timestamp() + 61 - time.time()))
    run = green.trigger(DAG, {"grace_seconds": 0})
    with pytest.raises(CrmError, match="failed in check"):
        green.wait(DAG, run, 240)
    assert served("SELECT boundary FROM serving.status") == [before], "readers see what was not as expected"
    return run


@pytest.fixture(scope="module")
def operator(green: AirflowApi, laptop: Page) -> Iterator[Page]:
    """A tab that is logged in."""
    laptop.goto(settings().airflow)
    laptop.locator("input[name=username]").fill("admin")
    laptop.locator("input[name=password]").fill(password("airflow"))
    laptop.locator("button[type=submit], input[type=submit]").first.click()
    laptop.get_by_text("Dags", exact=False).first.wait_for()
    yield laptop


def _states(api: AirflowApi) -> dict[str, Any]:
    """The state of the newest run of each DAG that has one that ended."""
    found = {}
    for dag in api._call("GET", "/api/v2/dags?limit=50")["dags"]:
        runs = api._call("GET", f"/api/v2/dags/{dag['dag_id']}/dagRuns?order_by=-run_after&limit=5")["dag_runs"]
        ended = [run["state"] for run in runs if run["state"] in ("success", "failed")]
        if ended:
            found[dag["dag_id"]] = ended[0]
    return found


def test_the_dags_are_listed_and_green(operator: Page, green: AirflowApi, picture: Picture) -> None:
    """Every DAG is on the page, and none could not be imported; the batch DAG has run, what follows it, and the watch of the speed layer."""
    ran, deadline = {DAG, "crm_published", "crm_speed_watch"}, time.monotonic() + 180
    while not ran <= (states := _states(green)).keys():
        assert time.monotonic() < deadline, f"not all of {ran} have ended: {states}"
        time.sleep(1)
    assert {states[dag] for dag in ran} == {"success"}, states
    operator.goto(f"{settings().airflow}/dags?limit=50")
    for dag in (DAG, "crm_recompute", "crm_erase", "crm_published", "crm_speed_watch"):
        expect(operator.get_by_role("link", name=dag, exact=True).first).to_be_visible()
    expect(operator.get_by_text("Dag Import Errors")).to_have_count(0)
    operator.wait_for_timeout(1_500)
    picture(operator, "airflow-dags")


def test_the_form_asks_for_the_parameters_of_the_batch(operator: Page, picture: Picture) -> None:
    """An operator who knows no JSON can say up to which moment to publish."""
    operator.goto(f"{settings().airflow}/dags/{DAG}")
    operator.get_by_role("button", name="Trigger").first.click()
    expect(operator.get_by_text("Grace").first).to_be_visible()
    expect(operator.get_by_text("Seconds between now and the boundary").first).to_be_visible()
    operator.wait_for_timeout(500)
    picture(operator, "airflow-trigger")


def test_a_green_run_shows_its_steps(operator: Page, green: AirflowApi, picture: Picture) -> None:
    """Land, build, check, publish, reconcile, prune: each with its state."""
    runs = green._call("GET", f"/api/v2/dags/{DAG}/dagRuns?state=success&order_by=-run_after&limit=1")["dag_runs"]
    operator.goto(f"{settings().airflow}/dags/{DAG}/runs/{runs[0]['dag_run_id']}")
    for step in ("choose", "land", "build", "check", "publish", "reconcile", "prune"):
        expect(operator.get_by_text(step).first).to_be_visible()
    expect(operator.get_by_text("Success").first).to_be_visible()
    operator.wait_for_timeout(1_000)
    picture(operator, "airflow-run")


def test_a_violated_expectation_stops_publication(green: AirflowApi, red: str) -> None:
    """Also where there is no browser: the run fails, and readers keep the older boundary (both asserted as it is made)."""
    (run,) = [run for run in green.tasks(DAG, red) if run["state"] == "failed"]
    assert run["task_id"] == "check"
    assert not [task for task in green.tasks(DAG, red) if task["task_id"] == "publish" and task["state"] == "success"]


def test_a_violated_expectation_is_told_in_the_log(operator: Page, red: str, picture: Picture) -> None:
    """The log of the failed task names the expectation and shows records that broke it."""
    operator.goto(f"{settings().airflow}/dags/{DAG}/runs/{red}/tasks/check")
    expect(operator.get_by_text("expectations failed").first).to_be_visible()
    expect(operator.get_by_text("not JSON").first).to_be_visible()
    operator.get_by_text("expectations failed").first.scroll_into_view_if_needed()
    # Below, the traceback names folders of this machine.
    picture(operator, "airflow-failed-expectation", cut=473)


def test_the_dashboard_says_which_expectations_did_not_hold(laptop: Page, red: str, picture: Picture) -> None:
    """Whoever looks at the page of health, and not at Airflow, learns it as well: above all else, and by name."""
    from local import stack as embedded

    embedded.up(only=("dashboard",))
    open_page(laptop, "health")
    (failed,) = served("SELECT suite FROM serving.checks ORDER BY checked_at DESC, failed DESC LIMIT 1")
    expect(laptop.get_by_test_id("stAlert").filter(has_text="nothing newer is published")).to_contain_text(
        failed["suite"]
    )
    picture(laptop, "dashboard-health", 1600)
