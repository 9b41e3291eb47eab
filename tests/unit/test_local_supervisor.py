"""A real supervisord with a service of no consequence: restarts, configuration changes, orphans, an interrupted stop."""

import os
import signal
import sys
import time
from dataclasses import replace

import psutil
import pytest

from crm.errors import CrmError
from crm.settings import settings
from local import stack, supervisor
from local.service import Service, inherited

PATIENCE = 20


@pytest.fixture
def sleeper(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_VAR", str(tmp_path / "var"))
    settings.cache_clear()
    code = "__import__('time').sleep(600 + 100 % 7)"
    yield Service(
        "sleeper",
        "sleeper",
        (sys.executable, "-c", code),
        lambda: "",
        1,
        "",
        environment={"MARK": "50%"},
        stop_seconds=5,
    )
    supervisor.end_orphans()
    supervisor.shutdown()
    settings.cache_clear()


def pid(name: str = "sleeper") -> int:
    return int(supervisor.processes().get(name, {}).get("pid", 0))


def environment(of: int) -> dict[str, str]:
    """Empty until the child has become the service: before that it is a copy of supervisord."""
    try:
        found = psutil.Process(of).environ() if of else {}
    except psutil.NoSuchProcess:
        return {}
    return found if "SUPERVISOR_PROCESS_NAME" in found else {}


def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def start(service: Service) -> int:
    supervisor.start([service])
    supervisor.start_service(service.name)
    supervisor.start_service(service.name)  # where it runs already: nothing
    until(lambda: environment(pid()))
    return pid()


def test_what_dies_is_started_again(sleeper):
    first = start(sleeper)
    assert environment(first)["MARK"] == "50%"
    os.kill(first, signal.SIGKILL)
    until(lambda: pid() not in (0, first))


def test_a_stopped_service_stays_stopped(sleeper):
    first = start(sleeper)
    supervisor.stop_services("sleeper")
    supervisor.stop_services("sleeper")
    assert not psutil.pid_exists(first)
    assert supervisor.processes()["sleeper"]["statename"] == "STOPPED"


def test_only_a_changed_configuration_restarts(sleeper):
    first = start(sleeper)
    supervisor.start([sleeper])
    assert pid() == first
    supervisor.start([replace(sleeper, environment={"MARK": "new"})])
    until(lambda: environment(pid()).get("MARK") == "new")
    assert pid() != first


def test_services_of_a_killed_supervisor_are_found_and_ended(sleeper):
    first = start(sleeper)
    assert supervisor.orphans() == []
    own = psutil.Process(psutil.Process(first).ppid())
    own.kill()
    until(lambda: not supervisor.is_running())
    assert [process.pid for process in supervisor.orphans()] == [first]
    supervisor.end_orphans()
    until(lambda: not psutil.pid_exists(first))


def test_the_socket_is_private_and_short_enough(sleeper, monkeypatch, tmp_path):
    start(sleeper)
    assert supervisor.socket().stat().st_mode & 0o077 == 0
    assert (supervisor.run_folder() / "supervisord.conf").stat().st_mode & 0o077 == 0
    with monkeypatch.context() as patch:
        patch.setattr(supervisor, "run_folder", lambda: tmp_path / ("long" * 30))
        assert len(os.fsencode(supervisor.socket())) <= supervisor.LONGEST_SOCKET
        supervisor.socket().parent.rmdir()


def test_a_setting_of_the_first_start_does_not_stay(sleeper, monkeypatch):
    """A service has what its configuration says, not what supervisord was started with."""
    monkeypatch.setenv("CRM_MAX_REJECT_SHARE", "0.9")
    monkeypatch.setenv("CRM_PASSWORD_BI", "a password")
    first = start(replace(sleeper, environment=inherited()))
    found = environment(first)
    assert (found["CRM_MAX_REJECT_SHARE"], found["CRM_PASSWORD_BI"]) == ("0.9", "a password")
    assert found["CRM_VAR"] == str(settings().var.resolve())
    monkeypatch.delenv("CRM_MAX_REJECT_SHARE")
    monkeypatch.delenv("CRM_PASSWORD_BI")
    supervisor.start([replace(sleeper, environment=inherited())])
    until(lambda: pid() != first and environment(pid()))
    assert not {"CRM_MAX_REJECT_SHARE", "CRM_PASSWORD_BI"} & environment(pid()).keys()


def test_up_starts_what_an_interrupted_down_still_stops(sleeper, monkeypatch):
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    )
    slow = replace(sleeper, command=(sys.executable, "-c", stubborn), stop_seconds=2)
    monkeypatch.setattr(stack, "catalogue", lambda: [slow])
    monkeypatch.setattr(stack, "configure", lambda: None)
    first = start(slow)
    until(slow.log.read_text)
    with supervisor._remote() as remote:
        remote.stopProcess(slow.name, False)
    assert supervisor.processes()[slow.name]["statename"] == "STOPPING"
    stack.up()
    until(lambda: pid() not in (0, first))
    assert not psutil.pid_exists(first)
    assert supervisor.processes()[slow.name]["statename"] in stack.UP


@pytest.mark.parametrize("value", ['a"b', "a ;b", "a #b", "a\nb"])
def test_a_value_that_supervisord_would_misread_is_refused(sleeper, value):
    with pytest.raises(CrmError, match="cannot be handed to supervisord") as raised:
        supervisor.configuration([replace(sleeper, environment={"MARK": value})])
    assert "MARK" in str(raised.value) and value not in str(raised.value), "it may be a password"
