"""What the documents name exists: commands, options, targets, links, files, settings, ports, views, tables, DAGs.

Commands and targets that messages in the code name are held to the same.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from crm.cli.main import app
from crm.settings import HOST, ROOT, Ports, Settings

FOLDERS = (
    "batch_layer",
    "benchmarks",
    "crm",
    "dags",
    "dashboard",
    "deploy",
    "docs",
    "erasure",
    "expectations",
    "local",
    "reference",
    "search",
    "sources",
    "speed_layer",
)
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *(file for name in FOLDERS for file in sorted((ROOT / name).rglob("*.md")))]
SOURCES = [*(file for name in FOLDERS for file in sorted((ROOT / name).rglob("*.py"))), ROOT / "docker-compose.yml"]
MODELS = ROOT / "dbt_project" / "models"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SERVING = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
# Everything at the top of the checkout that a document may name by its path; `var` is made at run time.
TOP = {path.name for path in ROOT.iterdir()} - {"var", ".venv", ".venv-flink", ".git"}
MADE = ("dbt_project/logs", "dbt_project/target")
# A command ends where the next one, a comment or a sentence begins.
END = re.compile(r"\s#|[;|&·<>()\"'…]|,\s|\.$|: |$")
COMMAND = re.compile(r"(?<![\w.-])(?<!from )crm (?=\S)")
TARGETS = re.compile(r"(?:^|[;&|$]\s*)make ")
WORD = re.compile(r"[a-z][a-z-]*")

every_document = pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.relative_to(ROOT).as_posix())


def fences(text: str) -> list[str]:
    """The fenced and the indented blocks of code."""
    indented = re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)
    return [*re.findall(r"^```(?!mermaid)\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL), *indented]


def spans(text: str) -> list[str]:
    """What stands in backticks in the running text."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]


def lines(file: Path) -> list[str]:
    """The pieces of code of a document or, of a source, what it has in backticks, each on a line."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".md":
        return [" ".join(span.split()) for span in re.findall(r"`([^`\n]+)`", text)]
    return [line.strip() for block in fences(text) for line in block.splitlines()] + spans(text)


def commands(line: str) -> Iterator[list[str]]:
    """The words after each `crm` of a line."""
    for found in COMMAND.finditer(line):
        rest = line[found.end() :]
        end = END.search(rest)
        yield rest[: end.start() if end else None].split()


def unknown(words: list[str]) -> str:
    """The first word that is no command, sub-command or option of what stands before it; '' where all are."""
    here: Any = typer.main.get_command(app)
    for word in words:
        subcommands = getattr(here, "commands", {})
        if word.startswith("-"):
            if here.context_settings.get("ignore_unknown_options"):
                return ""
            options = {name for parameter in here.params for name in parameter.opts} | {"--help", "-h"}
            if word.split("=")[0] not in options:
                return word
        elif subcommands and WORD.fullmatch(word):
            if word not in subcommands:
                return word
            here = subcommands[word]
    return ""


def targets() -> set[str]:
    """The targets of the Makefile that a person types."""
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def made(line: str) -> list[str]:
    """The targets that the `make` of a line names."""
    found = TARGETS.search(line)
    rest = re.split(r"\s#|[;&|…]", line[found.end() :])[0] if found else ""
    return [word.rstrip(",.:") for word in rest.split() if WORD.fullmatch(word.rstrip(",.:"))]


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the tables below a heading."""
    section = re.split(rf"^#+ {re.escape(heading)}\n", text, flags=re.MULTILINE)[1]
    section = re.split(r"^#+ ", section, flags=re.MULTILINE)[0]
    table = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in table]


def anchors(text: str) -> set[str]:
    """What a link may point to within a document."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def model(name: str) -> dict:
    """What a serving model's .yml says of it."""
    document = yaml.safe_load((MODELS / "serving" / f"{name}.yml").read_text(encoding="utf-8"))
    return next(entry for entry in document["models"] if entry["name"] == name)


def test_documents_and_commands_are_found() -> None:
    assert {"README.md", "CONTRIBUTING.md", "serving.md", "operations.md"} <= {file.name for file in DOCUMENTS}
    named = {words[0] for file in DOCUMENTS for line in lines(file) for words in commands(line) if words}
    assert {"up", "down", "load", "query", "deploy", "rollback", "reconcile", "dbt"} <= named
    assert {"demo", "test", "setup"} <= {name for file in DOCUMENTS for line in lines(file) for name in made(line)}


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("crm up", ""),
        (".venv/bin/crm load olist DIR --limit 3  # anything", ""),
        ("crm dbt build --select customer_demand", ""),
        ("crm down && crm nonsense", "nonsense"),
        ("crm speed nonsense", "nonsense"),
        ("crm down --nonsense", "--nonsense"),
        ("docker-compose run --rm crm speed halt", "halt"),
    ],
)
def test_unknown_commands_are_recognised(line: str, word: str) -> None:
    assert [found for words in commands(line) if (found := unknown(words))] == [word] * bool(word)


def test_unknown_targets_are_recognised() -> None:
    assert made("$ make demo nonsense DATA=DIR   # what it does") == ["demo", "nonsense"]
    assert "nonsense" not in targets() and "demo" in targets()


@pytest.mark.parametrize("file", [*DOCUMENTS, *SOURCES], ids=lambda file: file.relative_to(ROOT).as_posix())
def test_commands_and_targets_exist(file: Path) -> None:
    wrong = [
        f"crm {' '.join(words)}: {word}" for line in lines(file) for words in commands(line) if (word := unknown(words))
    ]
    wrong += [f"make {name}" for line in lines(file) for name in made(line) if name not in targets()]
    assert wrong == []


def test_every_command_and_target_is_documented() -> None:
    text = "\n".join(line for file in DOCUMENTS for line in lines(file))
    group = typer.main.get_command(app)
    missing = [f"crm {name}" for name in getattr(group, "commands", {}) if f"crm {name}" not in text]
    missing += [f"make {name}" for name in targets() if not re.search(rf"\bmake (?:\S+ )*{name}\b", text)]
    assert missing == []


@every_document
def test_links_lead_somewhere(file: Path) -> None:
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", file.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if path.startswith(("http:", "https:")):
            continue
        place = (file.parent / path).resolve() if path else file
        known = anchors(place.read_text(encoding="utf-8")) if anchor and place.is_file() else {anchor}
        if not place.exists() or ROOT not in (place, *place.parents) or anchor not in known:
            wrong.append(target)
    assert wrong == []


@every_document
def test_files_named_exist(file: Path) -> None:
    named = [span for span in spans(file.read_text(encoding="utf-8")) if re.fullmatch(r"[\w.-]+/[\w./-]*", span)]
    assert [p for p in named if p.split("/")[0] in TOP and not p.startswith(MADE) and not (ROOT / p).exists()] == []


@every_document
def test_addresses_are_those_of_ports_env(file: Path) -> None:
    known = {str(getattr(Ports(offset=0), name)) for name in Ports.model_fields if name != "offset"}  # type: ignore[call-arg]
    assert set(re.findall(rf"{re.escape(HOST)}:(\d+)", file.read_text(encoding="utf-8"))) <= known


@every_document
def test_no_machine_is_named(file: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:work|root|home)/|pypi\.org|maven\.org", file.read_text(encoding="utf-8")) == []


@every_document
def test_variables_exist(file: Path) -> None:
    code = "\n".join(one.read_text(encoding="utf-8") for one in [*SOURCES, ROOT / "tests" / "conftest.py"])
    settings = {f"CRM_{name.upper()}" for name in Settings.model_fields} | {
        f"CRM_PORT_{name.upper()}" for name in Ports.model_fields
    }
    named = set(re.findall(r"\bCRM_[A-Z_]*[A-Z]\b", file.read_text(encoding="utf-8")))
    assert [name for name in named - settings if name not in code] == []


def test_settings_are_listed_with_their_defaults() -> None:
    listed = {row[0].strip("`"): row[1].strip("`") for row in rows(OPERATIONS, "Settings")[1:]}
    fields = {name: field for name, field in Settings.model_fields.items() if name != "ports"}
    defaults = {f"CRM_{name.upper()}": str(field.default) for name, field in fields.items()}
    assert listed == defaults | {"CRM_VAR": "var"}
    assert all(len(row) == 3 and row[2] for row in rows(OPERATIONS, "Settings"))


def test_ports_are_listed_with_their_defaults() -> None:
    listed = {row[0].strip("`"): row[1].strip("`") for row in rows(OPERATIONS, "Ports")[1:]}
    file = dict(re.findall(r"^(CRM_PORT_\w+)=(\d+)$", (ROOT / "local" / "ports.env").read_text(), re.MULTILINE))
    assert listed == file | {"CRM_PORT_OFFSET": "0"}


def test_reasons_of_a_difference_are_those_of_the_query() -> None:
    query = (ROOT / "batch_layer" / "sql" / "explained.sql").read_text(encoding="utf-8")
    reasons = re.search(r"multiIf\((.*?)\) AS reason", query, re.DOTALL)
    assert reasons
    known = set(re.findall(r"'([a-z ]+)'(?=,\n|\n)", reasons[1]))
    assert len(known) > 2
    assert {row[0] for row in rows(OPERATIONS, "Reasons of a difference")[1:]} == known


def test_example_of_status_has_the_fields_of_status() -> None:
    example = json.loads(next(block for block in fences(OPERATIONS) if block.startswith("{")))
    assert list(example["serving"]) == [column["name"] for column in model("status")["columns"]]
    jobs = [("speed_layer/submission.py", example[name]) for name in ("speed", "enrichment")]
    for module, part in (("local/services.py", example["services"][0]), *jobs):
        code = (ROOT / module).read_text(encoding="utf-8")
        assert [name for name in part if f'"{name}"' not in code] == []
    assert example.keys() == {"at", "services", "speed", "enrichment", "serving"}


def test_every_serving_view_is_documented_with_its_columns() -> None:
    views = {file.stem for file in (MODELS / "serving").glob("*.sql")}
    assert {row[0].strip("`") for row in rows(SERVING, "Views")[1:]} == views
    for name in views:
        described = {column["name"]: column.get("description", "").strip() for column in model(name)["columns"]}
        missing = [column for column, text in described.items() if not text and f"`{column}`" not in SERVING]
        assert described and missing == [], name
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in views if f"`{name}`" not in readme] == []


def test_views_and_tables_named_exist() -> None:
    views = {file.stem for file in (MODELS / "serving").glob("*.sql")}
    ddl = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "batch_layer").rglob("*.sql"))
    tables = set(re.findall(r"CREATE TABLE IF NOT EXISTS ops\.(\w+)", ddl))
    text = "\n".join(line for file in DOCUMENTS for line in lines(file))
    fields = {
        column["name"] for column in model("status")["columns"]
    }  # `serving.…` in the output of `crm status --json`
    as_of = {f"{name}_as_of" for name in views if model(name).get("config", {}).get("materialized") == "as_of_view"}
    assert set(re.findall(r"\bserving\.([a-z]\w+)", text)) - {"md"} <= views | fields | as_of
    named = {name.split(".")[0] for name in re.findall(r"\bops\.([a-z]\w+)", text)}
    assert named <= tables
    assert len(named) > 5


def test_every_dag_is_in_the_timetable() -> None:
    timetable = rows((ROOT / "dags" / "README.md").read_text(encoding="utf-8"), "DAGs")
    assert {row[0].strip("`") for row in timetable[1:]} == {file.stem for file in (ROOT / "dags").glob("*.py")}
