"""docker-compose.yml: it is valid, and it is the embedded default with other servers."""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from crm import credentials
from crm.settings import ROOT, Settings, settings
from local import airflow, clickhouse, compose, compose_env, dashboard, elasticsearch, kafka, services
from local.service import CONFIG, render

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
VARIABLE = re.compile(r"\$\{(\w+)([^}]*)\}")


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder with what `make compose-env` writes."""
    folder = tmp_path_factory.mktemp("compose") / "var"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_VAR", str(folder))
        for name in [name for name in os.environ if name.startswith(("CRM_PASSWORD_", "CRM_PORT_"))]:
            patch.delenv(name)
        settings.cache_clear()
        compose_env.generate(folder)
        yield folder
    settings.cache_clear()


@pytest.fixture(scope="module")
def env(var: Path) -> dict[str, str]:
    """The generated env file."""
    lines = (var / "compose.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


@pytest.fixture(scope="module")
def platform(env: dict[str, str]) -> dict[str, Any]:
    """The compose file with its variables filled in, as a dictionary."""
    found: dict[str, Any] = yaml.safe_load(VARIABLE.sub(lambda match: env[match[1]], TEXT))
    return found


def _locked(package: str, lock: str) -> str:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    found = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
    assert found, f"{lock} does not lock {package}"
    return found[1]


def _from(dockerfile: str) -> dict[str, str]:
    """Image name -> tag of each FROM."""
    text = (ROOT / "deploy" / dockerfile).read_text(encoding="utf-8")
    return dict(re.findall(r"^FROM (\S+):(\S+)", text, re.MULTILINE))


def _properties(text: str) -> dict[str, str]:
    """As Java reads them: the last of a name counts."""
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def _version(image: str) -> str:
    return image.rsplit(":", 1)[1]


def test_docker_compose_accepts_it(var: Path) -> None:
    """The tool's own check, in a folder of its own that holds the generated files and no other state."""
    tool = shutil.which("docker-compose")
    if tool is None:
        # CI installs it: a skip there would be a check that nobody makes
        assert not os.environ.get("CI"), "docker-compose is missing: apt-get install docker-compose"
        pytest.skip("docker-compose is not installed (Debian: apt-get install docker-compose)")
    folder = var.parent
    shutil.copy(ROOT / "docker-compose.yml", folder)
    command = [tool, "--env-file", "var/compose.env", "config", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr


def test_servers_have_the_versions_of_the_embedded_default(platform: dict[str, Any]) -> None:
    """Image tags against the locks and the pom that the embedded default installs from."""
    images = {name: service["image"] for name, service in platform["services"].items()}
    pom = ElementTree.parse(CONFIG / "kafka" / "pom.xml")
    kafka_version = pom.findtext(".//{*}kafka.version")
    search_version = ElementTree.parse(CONFIG / "elasticsearch" / "pom.xml").findtext(".//{*}elasticsearch.version")
    engine = ".".join(_locked("chdb-core", "core.txt").split(".")[:2])
    flink, airflow_version = _locked("apache-flink", "flink.txt"), _locked("apache-airflow", "core.txt")
    assert images["kafka"] == f"apache/kafka:{kafka_version}"
    assert images["elasticsearch"] == f"elasticsearch:{search_version}"
    assert images["clickhouse"] == f"clickhouse/clickhouse-server:{engine}"
    assert {images["flink-jobmanager"], images["flink-taskmanager"]} == {f"crm-lambda/flink:{flink}"}
    assert images["airflow-scheduler"] == f"crm-lambda/airflow:{airflow_version}"
    assert _from("flink.Dockerfile") == {"flink": f"{flink}-java17", "python": "3.11-slim-bookworm"}
    assert _from("airflow.Dockerfile") == {
        "flink": f"{flink}-java17",
        "apache/airflow": f"slim-{airflow_version}-python3.11",
    }


def test_an_image_is_built_by_one_service(platform: dict[str, Any]) -> None:
    """Built for several at once, all but the first end with "already exists"; and nothing else would build it."""
    built = [service["image"] for service in platform["services"].values() if "build" in service]
    own = {service["image"] for service in platform["services"].values() if service["image"].startswith("crm-lambda/")}
    assert sorted(built) == sorted(own)


def test_logs_do_not_fill_the_disk(platform: dict[str, Any]) -> None:
    """Docker rotates none unless it is told to."""
    assert {
        name for name, service in platform["services"].items() if "max-size" not in service["logging"]["options"]
    } == set()


def test_servers_are_made_anew_when_their_configuration_changes(
    platform: dict[str, Any], var: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compose looks at definitions, and never into a file that is mounted."""
    mounting = {
        name
        for name, service in platform["services"].items()
        if any(volume.startswith("./") for volume in service.get("volumes", ()))
    }
    labelled = {
        name for name, service in platform["services"].items() if "crm.configuration" in service.get("labels", {})
    }
    assert labelled == mounting | {"flink-jobmanager", "flink-taskmanager"}
    assert env["CRM_CONFIGURATION"] == compose_env.configuration()
    monkeypatch.setenv("CRM_FLINK_TASKMANAGER_MEMORY", "7g")
    settings.cache_clear()
    assert env["CRM_CONFIGURATION"] != compose_env.configuration()
    settings.cache_clear()


def test_the_image_of_clickhouse_finds_what_its_start_asks_for() -> None:
    """Where its users are, and a user default among them: its script ends where it cannot read these."""
    folder = CONFIG / "clickhouse"
    config = ElementTree.parse(folder / "config.xml").getroot()
    assert config.findtext("user_directories/users_xml/path") == "users.xml"
    assert config.find("users_config") is None
    assert ElementTree.parse(folder / "users.xml").find("users/default") is not None


def test_images_are_pinned_and_name_no_registry(platform: dict[str, Any]) -> None:
    """A tag with a version; a first component with a dot or a port would be a host."""
    for image in {service["image"] for service in platform["services"].values()}:
        assert re.fullmatch(r"(?:[a-z-]+/)?[a-z-]+:\d+(\.\d+)+", image), image


@pytest.mark.parametrize(
    ("dockerfile", "lock"),
    [
        ("airflow.Dockerfile", "requirements/core.txt"),
        ("airflow.Dockerfile", "requirements/flink.txt"),
        ("airflow.Dockerfile", "deploy/requirements.txt"),
        ("flink.Dockerfile", "requirements/flink.txt"),
    ],
)
def test_images_install_locks_with_hashes(dockerfile: str, lock: str) -> None:
    """The embedded default's own locks, each from a command that checks hashes."""
    text = (ROOT / "deploy" / dockerfile).read_text(encoding="utf-8").replace("\\\n", " ")
    installs = [line for line in re.split(r"\n|&&", text) if "pip install" in line]
    assert any(f"-r {lock}" in line for line in installs)
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


def test_the_additional_lock_agrees_with_the_core_lock() -> None:
    """Both go into one environment."""
    pinned = {
        name: dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements/core.txt", "deploy/requirements.txt")
    }
    core, added = pinned.values()
    assert added
    assert {name: version for name, version in added.items() if core.get(name, version) != version} == {}


def test_every_published_port_is_on_loopback_and_from_the_one_file(platform: dict[str, Any]) -> None:
    """Host side: 127.0.0.1 and a variable of local/ports.env; together: what people and clients use."""
    published = re.findall(r"^ +- \"?(\S*?)\$\{(CRM_PORT_\w+)", TEXT, re.MULTILINE)
    assert {address for address, _ in published} == {"127.0.0.1:"}
    assert sorted(name.removeprefix("CRM_PORT_").lower() for _, name in published) == [
        "airflow", "clickhouse_http", "clickhouse_native", "dashboard", "data_docs", "elasticsearch", "flink_rest", "kafka",
    ]  # fmt: skip
    count = sum(len(service.get("ports", ())) for service in platform["services"].values())
    assert count == len(published)
    assert "network_mode" not in TEXT


def test_no_port_is_written_out() -> None:
    """A port of local/ports.env appears by name only."""
    numbers = {str(getattr(settings().ports, name)) for name in type(settings().ports).model_fields if name != "offset"}
    for file in [ROOT / "docker-compose.yml", *(ROOT / "deploy").iterdir()]:
        if file.is_file() and file.suffix != ".txt":
            assert not numbers & set(re.findall(r"\d+", file.read_text(encoding="utf-8"))), file.name


def test_secrets_come_from_the_generated_file(platform: dict[str, Any], env: dict[str, str]) -> None:
    """Every value that names a secret is a variable without a default, from the generated file."""
    for name, default in VARIABLE.findall(TEXT):
        assert default.startswith(":?"), f"{name} would have a default"
        assert name in env, f"{name} is not in the generated file"
    raw = yaml.safe_load(TEXT)
    for name, service in raw["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|SHA256|KEY|SQL_ALCHEMY_CONN", key):
                assert VARIABLE.search(str(value)), f"{name}: {key} is a literal"
    passwords = [value for key, value in env.items() if key.startswith("CRM_PASSWORD_")]
    assert len(set(passwords)) == len(passwords) > 0
    assert all(len(value) >= 40 for value in passwords)


def test_generated_secrets_are_those_of_the_embedded_default(var: Path, env: dict[str, str]) -> None:
    """One set of log-ins; only their owner can read the file, and the file for the containers' code holds none."""
    assert stat.S_IMODE((var / "compose.env").stat().st_mode) == 0o600
    assert {key.removeprefix("CRM_PASSWORD_").lower(): value for key, value in env.items() if "PASSWORD" in key} == (
        credentials.ensure()
    )
    shared = (var / "compose" / "settings.env").read_text(encoding="utf-8")
    assert not [value for key, value in env.items() if re.search("PASSWORD|SHA256", key) and value in shared]


def test_generating_again_changes_nothing(var: Path) -> None:
    """`make` may call it at every turn."""
    before = {file: file.read_bytes() for file in var.rglob("*") if file.is_file()}
    compose_env.generate(var)
    assert {file: file.read_bytes() for file in var.rglob("*") if file.is_file()} == before


def test_containers_get_every_tunable_and_every_password(var: Path, platform: dict[str, Any]) -> None:
    """What is missing would silently be a default, or a password that fits nowhere."""
    shared = (var / "compose" / "settings.env").read_text(encoding="utf-8")
    given = set(re.findall(r"^(\w+)=", shared, re.MULTILINE))
    own = [service for service in platform["services"].values() if service["image"].startswith("crm-lambda/airflow")]
    assert len(own) == 10
    for service in own:
        names = given | set(service["environment"])
        assert {f"CRM_{name.upper()}" for name in Settings.model_fields} - names == {"CRM_PORTS"}
        assert {f"CRM_PORT_{name.upper()}" for name in type(settings().ports).model_fields} - names == {
            "CRM_PORT_OFFSET"
        }
        assert {f"CRM_PASSWORD_{role.upper()}" for role in credentials.ensure()} <= names
        assert service["env_file"] == "var/compose/settings.env"


def test_kafka_has_the_settings_of_the_embedded_broker(var: Path, platform: dict[str, Any]) -> None:
    """All properties but those that say where: addresses and the data folder."""
    kafka.configure()
    here = _properties(kafka.properties().read_text(encoding="utf-8"))
    there = _properties((var / "compose" / "kafka" / "server.properties").read_text(encoding="utf-8"))
    assert {name for name in here | there if here.get(name) != there.get(name)} == {
        "controller.quorum.bootstrap.servers", "listeners", "advertised.listeners", "listener.security.protocol.map",
        "log.dirs",
    }  # fmt: skip
    service = platform["services"]["kafka"]
    assert service["environment"]["KAFKA_HEAP_OPTS"].split() == list(kafka.HEAP)
    # a property given here would override the file
    assert set(service["environment"]) == {"KAFKA_HEAP_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_OPTS"}
    assert service["environment"]["KAFKA_OPTS"] in kafka.services()[0].command
    assert f"kafka:{there['log.dirs']}" in service["volumes"]
    assert service["ports"] == [f"127.0.0.1:{settings().ports.kafka}:{compose.KAFKA_OUTSIDE_PORT}"]
    assert f"OUTSIDE://127.0.0.1:{settings().ports.kafka}" in there["advertised.listeners"]


def test_elasticsearch_has_the_settings_of_the_embedded_node(var: Path, platform: dict[str, Any]) -> None:
    """All but addresses and folders; and log-ins, which the embedded node's jars do not have."""
    elasticsearch.configure()
    here = yaml.safe_load((elasticsearch.config() / "elasticsearch.yml").read_text(encoding="utf-8"))
    there = yaml.safe_load((var / "compose" / "elasticsearch" / "elasticsearch.yml").read_text(encoding="utf-8"))
    assert {name for name in here | there if here.get(name) != there.get(name)} == {
        "network.host", "path.data", "path.logs", "xpack.security.enabled", "xpack.security.http.ssl.enabled",
        "xpack.security.transport.ssl.enabled",
    }  # fmt: skip
    assert there["xpack.security.enabled"] is True
    service = platform["services"]["elasticsearch"]
    assert service["environment"]["ES_JAVA_OPTS"].split() == list(elasticsearch.HEAP)
    # a setting given here would override the file
    assert set(service["environment"]) == {"ES_JAVA_OPTS", "ELASTIC_PASSWORD"}
    assert f"elasticsearch:{there['path.data']}" in service["volumes"]


def test_search_is_optional(platform: dict[str, Any]) -> None:
    """Its services have the profile, and nothing else waits for them."""
    optional = {name for name, service in platform["services"].items() if service.get("profiles") == ["search"]}
    assert optional == {service.name for service in elasticsearch.services()}
    for name, service in platform["services"].items():
        assert name in optional or not optional & set(service.get("depends_on", {}))


def test_clickhouse_has_the_files_of_the_embedded_server(platform: dict[str, Any], env: dict[str, str]) -> None:
    """The same two files, and what is added to them is the least."""
    mounted = dict(volume.split(":")[:2] for volume in platform["services"]["clickhouse"]["volumes"])
    etc = {Path(there).name if "." not in Path(there).parent.name else there: here for here, there in mounted.items()}
    for name in ("config.xml", "users.xml"):
        assert f"./local/config/clickhouse/{name}" in mounted
        assert mounted[f"./local/config/clickhouse/{name}"] == f"/etc/clickhouse-server/{name}"
    assert etc["/etc/clickhouse-server/config.d/server.xml"] == "./deploy/clickhouse/server.xml"
    server = ElementTree.parse(ROOT / "deploy" / "clickhouse" / "server.xml").getroot()
    assert [element.tag for element in server] == ["path", "backups", "logger"]
    users = ElementTree.parse(ROOT / "deploy" / "clickhouse" / "users.xml").getroot()
    assert [(element.tag, element.attrib) for element in users.iterfind("users/*")] == [("default", {"remove": "1"})]
    given = {
        name: value
        for name, value in platform["services"]["clickhouse"]["environment"].items()
        if name.startswith("CRM_")
    }
    assert set(given) == set(clickhouse.environment())
    assert {name for name, value in clickhouse.environment().items() if str(given[name]) != value} == {
        "CRM_CLICKHOUSE_LISTEN_HOST", "CRM_CLICKHOUSE_CLIENTS",
    }  # fmt: skip


def test_flink_has_the_configuration_of_the_embedded_cluster(
    platform: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`configure` calls the embedded default's own function; only the host differs."""
    from local import data_docs, flink

    hosts: list[str] = []
    monkeypatch.setattr(flink, "configure", hosts.append)
    monkeypatch.setattr(airflow, "configure", lambda: hosts.append("airflow"))
    monkeypatch.setattr(data_docs, "first_page", lambda: None)
    compose.configure()
    assert hosts == ["airflow", "flink-jobmanager"]
    assert hosts[1] in platform["services"]
    values = {
        "ports": settings().ports,
        "java_options": "",
        **flink.memory(),
        "slots": 5,
        "state": "file:///s",
        "temporary": "/t",
    }
    here, there = (
        yaml.safe_load(render("flink/config.yaml", tmp_path / host, host=host, **values).read_text(encoding="utf-8"))
        for host in ("127.0.0.1", "flink-jobmanager")
    )
    assert here != there
    assert yaml.safe_load(yaml.safe_dump(there).replace("flink-jobmanager", "127.0.0.1")) == here
    # what a TaskManager sets for itself says where it is, and nothing of how it works
    script = (ROOT / "deploy" / "flink-taskmanager.sh").read_text(encoding="utf-8")
    assert re.findall(r"-D([\w.-]+)=", script) == ["taskmanager.host", "taskmanager.bind-host", "io.tmp.dirs"]
    assert "command" in platform["services"]["flink-jobmanager"]
    assert platform["services"]["flink-jobmanager"]["command"][1:] == ["start-foreground"]


def test_whoever_starts_the_job_sees_its_checkpoints(platform: dict[str, Any]) -> None:
    """JobManager, TaskManager and client name a checkpoint by its path."""
    state = f"{platform['x-crm-environment']['CRM_VAR']}/flink"
    for name in ("flink-jobmanager", "flink-taskmanager", "install", "airflow-scheduler", "crm"):
        assert f"flink-state:{state}" in platform["services"][name]["volumes"], name
    dockerfile = (ROOT / "deploy" / "flink.Dockerfile").read_text(encoding="utf-8")
    assert f"FLINK_CONF_DIR={state}/conf" in dockerfile
    # one user on both sides: a checkpoint that cannot be read would be no checkpoint
    assert "USER 50000:0" in dockerfile
    assert "USER 50000:0" in (ROOT / "deploy" / "airflow.Dockerfile").read_text(encoding="utf-8")


def test_taskmanagers_have_the_python_that_the_client_names() -> None:
    """A job names its Python, and where its function lies, by a path of whoever submits it."""
    texts = [
        (ROOT / "deploy" / name).read_text(encoding="utf-8") for name in ("airflow.Dockerfile", "flink.Dockerfile")
    ]
    for text in texts:
        assert "WORKDIR /opt/crm" in text and "RUN python -m venv .venv-flink" in text.replace("\\\n", " ")
    assert "COPY speed_layer speed_layer" in texts[1]


def test_airflow_has_the_configuration_of_the_embedded_default(platform: dict[str, Any]) -> None:
    """airflow.cfg is rendered by the same function; only the database and two addresses are set otherwise."""
    environment = platform["services"]["airflow-scheduler"]["environment"]
    assert {name for name in environment if name.startswith("AIRFLOW__")} == {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__API__HOST", "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
    }  # fmt: skip
    for name in ("GX_ANALYTICS_ENABLED", "DBT_SEND_ANONYMOUS_USAGE_STATS", "DO_NOT_TRACK"):
        assert str(environment[name]) == airflow.environment()[name]
    assert environment["AIRFLOW_HOME"] == f"{environment['CRM_VAR']}/airflow"
    assert environment["CRM_PASSWORD_AIRFLOW_DATABASE"] in environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    given = platform["services"]["postgres"]["environment"]
    assert given["POSTGRES_PASSWORD"] == environment["CRM_PASSWORD_AIRFLOW_DATABASE"]


def test_topics_tables_and_views_come_from_the_same_function(
    platform: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`install` is what `crm up` calls, so topic settings and SQL cannot differ."""
    import crm.platform

    called: list[str] = []
    monkeypatch.setattr(crm.platform, "install", lambda say: called.append("install"))
    compose.install()
    assert called == ["install"]
    assert platform["services"]["install"]["command"] == ["python", "-m", "local.compose", "install"]
    assert set(compose.STEPS) == {"configure", "install"}


def test_it_has_every_service_of_the_embedded_default(platform: dict[str, Any]) -> None:
    """The same names and commands' arguments, and as much time to stop; more only where the real servers need it."""
    known = [*services.catalogue(), *elasticsearch.services()]
    there, here = platform["services"], {service.name for service in known}
    assert here - set(there) == set()
    assert set(there) - here == {"postgres", "configure", "install", "crm"}
    for service in known:
        assert there[service.name]["stop_grace_period"] == f"{service.stop_seconds}s", service.name
        if service.group == "airflow":
            start = service.command.index("airflow")
            assert there[service.name]["command"] == list(service.command[start:])
    # in a container it listens on all addresses of the container
    assert there["dashboard"]["command"] == [
        "python", *dashboard.arguments("0.0.0.0", settings().ports.dashboard)
    ]  # fmt: skip


def test_every_service_is_watched_and_restarted_or_ends_for_a_reason(platform: dict[str, Any]) -> None:
    """A server has a health check and comes back; a one-off says what it does."""
    for name, service in platform["services"].items():
        if reason := service.get("labels", {}).get("crm.one-off"):
            assert len(reason) > 20, name
            assert "healthcheck" not in service
            assert service["restart"] == "no", name
        else:
            assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name
            assert service["restart"] == "unless-stopped", name
        for other, how in service.get("depends_on", {}).items():
            one_off = "crm.one-off" in platform["services"][other].get("labels", {})
            expected = "service_completed_successfully" if one_off else "service_healthy"
            assert how["condition"] == expected, f"{name} on {other}"


def test_state_is_in_named_volumes(platform: dict[str, Any]) -> None:
    """What is mounted from the checkout is read-only; everything else is a volume that `down` keeps."""
    used = set()
    for name, service in platform["services"].items():
        assert service.get("volumes") is not None, name
        for volume in service["volumes"]:
            source, _, *mode = volume.split(":")
            if source.startswith("."):
                assert mode == ["ro"], f"{name}: {volume}"
                assert source.startswith("./var/compose/") or (ROOT / source).is_file(), f"{name}: no {source}"
            else:
                used.add(source)
    assert used == set(platform["volumes"])


def test_the_build_context_holds_no_secret() -> None:
    """Everything is left out but what is named, and of var/ only the connectors."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert [rule for rule in rules if rule.startswith("!var")] == ["!var/jars/flink/*.jar"]
    package = re.search(r"packages = \[(.*)\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert package
    tops = {name.split(".")[0] for name in re.findall(r'"([\w.]+)"', package[1])}
    assert {f"!{name}" for name in tops | {"dags", "dbt_project", "contracts", "requirements"}} <= set(rules)
