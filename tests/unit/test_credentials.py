"""The file of secrets, as people edit it, and as two first starts make it."""

import json
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crm import credentials
from crm.errors import CrmError
from crm.settings import settings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a new stack's secrets will be."""
    monkeypatch.setenv("CRM_VAR", str(tmp_path / "var"))
    settings.cache_clear()
    yield credentials.path()
    settings.cache_clear()


def test_a_role_whose_line_was_deleted_gets_a_new_secret(file: Path) -> None:
    """Also that of the last line, which leaves a comma."""
    before = credentials.ensure()
    lines = file.read_text().splitlines()
    for role in before:
        file.write_text("\n".join(line for line in lines if not line.lstrip().startswith(f'"{role}"')))
        after = credentials.ensure()
        assert {name for name in after if after[name] != before[name]} == {role}
        assert credentials.ensure() == after == json.loads(file.read_text())


def test_all_lines_but_that_of_the_erasures_can_be_deleted(file: Path) -> None:
    before = credentials.ensure()
    kept = [line for line in file.read_text().splitlines() if line in "{}" or "erasure" in line]
    file.write_text("\n".join(kept))
    after = credentials.ensure()
    assert {name for name in after if after[name] == before[name]} == {"erasure"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n "bi": "a"\n "flink": "b"\n}', 3),
        (' "erasure": "a",', 1),
        ("", 1),
        ("[]", 1),
        ('{\n "erasure": "a",\n "bi": 7\n}', 3),
        ('{\n "bi": ""\n}', 2),
        (b"\xff", None),
    ],
)
def test_a_file_that_cannot_be_read_is_to_be_mended(file: Path, text: str | bytes, line: int | None) -> None:
    file.parent.mkdir(parents=True)
    content = text if isinstance(text, bytes) else text.encode()
    file.write_bytes(content)
    with pytest.raises(CrmError) as raised:
        credentials.ensure()
    message = str(raised.value)
    assert str(file) in message and "do not delete it" in message and "`erasure`" in message
    assert line is None or f"line {line}:" in message
    assert file.read_bytes() == content


def test_first_starts_at_once_have_the_same_secrets(file: Path) -> None:
    for _ in range(20):
        with ThreadPoolExecutor(8) as pool:
            starts = [pool.submit(credentials.ensure) for _ in range(8)]
        found = [start.result() for start in starts]
        assert all(one == json.loads(file.read_text()) for one in found)
        file.unlink()
