"""Every configuration file that `crm up` renders: loopback only, nothing left to fill in, secrets for their owner."""

import configparser
import hashlib
import os
import re
import shutil
import stat
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from crm import credentials
from crm.settings import ROOT, Ports, settings
from local import airflow, clickhouse, dashboard, data_docs, elasticsearch, flink, kafka, supervisor
from local.service import CONFIG, Service, render

OFFSET = 5000
PUBLIC_ADDRESS = re.compile(r"0\.0\.0\.0|\blocalhost\b|\[::\]")
PLACEHOLDER = re.compile(r"\{\{|\{%|\}\}|\$\{|\bTODO\b")


@pytest.fixture
def var(tmp_path, monkeypatch):
    """A stack of its own: settings, jars and distribution in a temporary folder."""
    monkeypatch.setenv("CRM_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("CRM_PORT_OFFSET", str(OFFSET))
    home = tmp_path / "pyflink"
    for folder, name in (("lib", "flink-dist.jar"), ("opt", "flink-python-2.jar"), ("opt", "flink-sql-client.jar")):
        (home / folder).mkdir(parents=True, exist_ok=True)
        (home / folder / name).touch()
    (home / "conf").mkdir()
    (home / "conf" / "config.yaml").write_text("env: {java: {opts: {all: --add-opens=a/b=ALL-UNNAMED}}}")
    (home / "conf" / "log4j-console.properties").touch()
    jars = {"kafka": ["kafka.jar"], "flink": ["connector.jar", "slf4j-api-2.jar"], "elasticsearch/lib": ["node.jar"]}
    for folder, names in jars.items():
        (tmp_path / "jars" / folder).mkdir(parents=True)
        for name in names:
            (tmp_path / "jars" / folder / name).touch()
    monkeypatch.setattr("local.service.JARS", tmp_path / "jars")
    monkeypatch.setattr(flink, "home", lambda: home)
    settings.cache_clear()
    yield settings().var
    settings.cache_clear()


def everything() -> list[Service]:
    modules = (kafka, clickhouse, flink, airflow, data_docs, dashboard, elasticsearch)
    return [service for module in modules for service in module.services()]


def rendered(var: Path) -> dict[str, str]:
    for module in (kafka, flink, airflow, elasticsearch):
        module.configure()
    files = [kafka.properties(), flink.state() / "conf" / "config.yaml", airflow.home() / "airflow.cfg"]
    files.append(elasticsearch.config() / "elasticsearch.yml")
    return {file.name: file.read_text() for file in files} | {
        "supervisord.conf": supervisor.configuration(everything())
    }


def test_nothing_is_left_to_fill_in(var):
    for name, text in rendered(var).items():
        assert not PLACEHOLDER.search(text), name


def test_a_value_that_is_missing_is_an_error(var):
    with pytest.raises(Exception, match="undefined"):
        render("kafka/server.properties", var / "x", host="127.0.0.1")


def test_nothing_listens_beyond_loopback(var):
    texts = rendered(var)
    for name, text in texts.items():
        assert not PUBLIC_ADDRESS.search(text), name
    listeners = re.findall(r"^(?:advertised\.)?listeners=(.*)$", texts["server.properties"], re.M)
    assert len(listeners) == 2
    for entry in ",".join(listeners).split(","):
        assert "//127.0.0.1:" in entry
    options = yaml.safe_load(texts["config.yaml"])
    assert {
        options["jobmanager"]["bind-host"],
        options["taskmanager"]["bind-host"],
        options["rest"]["bind-address"],
    } == {"127.0.0.1"}
    cfg = configparser.ConfigParser(interpolation=None)
    cfg.read_string(texts["airflow.cfg"])
    assert cfg["api"]["host"] == "127.0.0.1"
    assert yaml.safe_load(texts["elasticsearch.yml"])["network.host"] == "127.0.0.1"
    assert clickhouse.environment()["CRM_CLICKHOUSE_LISTEN_HOST"] == "127.0.0.1"
    assert "inet_http_server" not in texts["supervisord.conf"]
    (docs,) = data_docs.services()
    assert docs.command[docs.command.index("--bind") + 1] == "127.0.0.1"
    (pages,) = dashboard.services()
    assert pages.command[pages.command.index("--server.address") + 1] == "127.0.0.1"


def test_every_port_comes_from_the_one_file(var):
    """Each port of ports.env belongs to exactly one service, shifted, and is what that service's configuration says."""
    declared = dict(re.findall(r"^CRM_PORT_(\w+)=(\d+)$", (ROOT / "local" / "ports.env").read_text(), re.M))
    owned = {name: port for service in everything() for name, port in service.ports.items()}
    assert owned == {name.lower(): int(port) + OFFSET for name, port in declared.items()}
    assert set(owned) == set(Ports.model_fields) - {"offset"}
    texts = rendered(var)
    clickhouse_ports = " ".join(clickhouse.environment().values())
    everywhere = "\n".join([*texts.values(), clickhouse_ports])
    for name, port in owned.items():
        assert re.search(rf"\b{port}\b", everywhere), name
        assert not re.search(rf"\b{port - OFFSET}\b", everywhere), name


def test_clickhouse_gets_every_variable_that_its_files_refer_to():
    asked = set()
    for file in (CONFIG / "clickhouse").glob("*.xml"):
        asked |= {element.get("from_env") for element in ElementTree.parse(file).iter() if element.get("from_env")}
    assert asked == set(clickhouse.environment())


def test_only_the_engine_itself_has_no_password():
    users = ElementTree.parse(CONFIG / "clickhouse" / "users.xml").find("users")
    assert {user.tag for user in users} == {"default", *clickhouse.USERS}
    for user in users:
        if user.tag != "default":
            assert user.find("password") is None
            assert user.find("password_sha256_hex").get("from_env") == f"CRM_CLICKHOUSE_{user.tag.upper()}_SHA256"


def test_bi_reads_serving_and_nothing_else_of_ours():
    users = ElementTree.parse(CONFIG / "clickhouse" / "users.xml")
    grants = {query.text for query in users.iterfind("users/bi/grants/query")}
    ours = {grant for grant in grants if not re.search(r"ON (system|information_schema|INFORMATION_SCHEMA)\.", grant)}
    assert ours == {"GRANT SELECT ON serving.*"}
    assert users.findtext("profiles/bi/readonly") == "2"
    assert all(grant.startswith("GRANT SELECT ON ") for grant in grants)


def test_secrets_are_for_their_owner_only(var):
    credentials.ensure()
    rendered(var)
    supervisor.run_folder().mkdir(parents=True, exist_ok=True)
    for file in (credentials.path(), airflow.home() / "passwords.json", airflow.home() / "airflow.cfg"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700, file.parent


def test_no_secret_is_an_argument(var):
    """Arguments are visible to every user of the machine."""
    secrets = credentials.ensure().values()
    for service in everything():
        assert not any(secret in argument for secret in secrets for argument in service.command), service.name


def test_no_service_depends_on_the_callers_path(var, monkeypatch):
    """`crm up` from another shell, or from cron, would restart it."""
    before = supervisor.configuration(everything())
    monkeypatch.setenv("PATH", f"/elsewhere/bin{os.pathsep}{os.environ['PATH']}")
    assert supervisor.configuration(everything()) == before
    for service in airflow.services():
        assert (Path(service.environment["JAVA_HOME"]) / "bin" / "java").exists()
        for program in ("dbt", "bash"):
            assert shutil.which(program, path=service.environment["PATH"])


def test_clickhouse_is_stopped_with_the_password_that_it_was_started_with(var, monkeypatch):
    monkeypatch.setenv("CRM_PASSWORD_ADMIN", "a password")
    (server,) = clickhouse.services()
    digest = hashlib.sha256(b"a password").hexdigest()
    assert server.environment["CRM_CLICKHOUSE_ADMIN_SHA256"] == digest
    assert server.environment["CRM_PASSWORD_ADMIN"] == "a password"


@pytest.mark.parametrize(("size", "megabytes"), [("6g", 1843), ("1.5g", 460), ("2048m", 614)])
def test_rocksdb_has_a_part_of_the_process_that_is_managed(var, monkeypatch, size, megabytes):
    """What RocksDB takes for all slots together must be within what Flink leaves free as managed memory."""
    monkeypatch.setenv("CRM_FLINK_TASKMANAGER_MEMORY", size)
    settings.cache_clear()
    options = yaml.safe_load(rendered(var)["config.yaml"])
    assert "state" not in options and options["taskmanager"]["memory"]["managed"]["fraction"] == 0.1
    monkeypatch.setenv("CRM_SPEED_STATE_BACKEND", "rocksdb")
    settings.cache_clear()
    options = yaml.safe_load(rendered(var)["config.yaml"])
    assert options["state"]["backend"]["rocksdb"]["memory"]["fixed-per-tm"] == f"{megabytes}m"
    # A sixth of the process is metaspace and overhead, of which Flink takes the managed fraction of the rest.
    assert options["taskmanager"]["memory"]["managed"]["fraction"] * 5 / 6 > 0.3


@pytest.mark.parametrize(("gigabytes", "megabytes"), [(4, 3072), (24, 6144), (64, 8192)])
def test_the_taskmanager_has_a_quarter_of_the_machine(var, monkeypatch, gigabytes, megabytes):
    machine = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": gigabytes * 2**30 // 4096}
    monkeypatch.setattr(flink.os, "sysconf", machine.__getitem__)
    flink.configure()
    options = yaml.safe_load((flink.state() / "conf" / "config.yaml").read_text())
    assert options["taskmanager"]["memory"]["process"]["size"] == f"{megabytes}m"


def test_flinks_class_path(var):
    flink.configure()
    folder = flink.state() / "lib"
    assert {file.name for file in folder.iterdir()} == {"flink-dist.jar", "flink-python-2.jar", "connector.jar"}
    (folder / "gone.jar").symlink_to("/nowhere/gone.jar")
    flink.configure()
    assert not (folder / "gone.jar").is_symlink()
