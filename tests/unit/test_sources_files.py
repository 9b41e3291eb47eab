import csv
from pathlib import Path

import pytest

from crm.errors import CrmError
from sources.files import Rejects, rows

COLUMNS = ("id", "note")


def read(folder: Path, content: bytes) -> tuple[list[tuple[int, tuple[str, ...]]], Rejects]:
    file = folder / "data.csv"
    file.write_bytes(content)
    rejects = Rejects(folder / "rejects" / "load.csv")
    with rejects:
        found = [(row.line, row.values) for row in rows(file, COLUMNS, rejects)]
    return found, rejects


def rejected(rejects: Rejects) -> list[dict[str, str]]:
    with rejects.path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_byte_order_mark_crlf_blank_lines_and_column_order(tmp_path: Path) -> None:
    found, rejects = read(tmp_path, b"\xef\xbb\xbfnote,x,id\r\nhello,1,a\r\n\r\nworld,2,b\r\n")
    assert found == [(2, ("a", "hello")), (4, ("b", "world"))]
    assert not rejects.path.exists()


def test_a_text_over_lines_counts_from_where_it_begins(tmp_path: Path) -> None:
    found, _ = read(tmp_path, b'id,note\na,"one\ntwo"\nb,three\n')
    assert found == [(2, ("a", "one\ntwo")), (4, ("b", "three"))]


def test_lines_that_are_not_utf8_are_windows_1252_and_do_not_change_the_others(tmp_path: Path) -> None:
    found, rejects = read(tmp_path, "id,note\na,£ é\n".encode("cp1252") + "b,£ é 好\n".encode())
    assert [values[1] for _, values in found] == ["£ é", "£ é 好"]
    assert sum(rejects.notes.values()) == 1


def test_rows_that_cannot_be_read_are_rejected_with_line_and_reason(tmp_path: Path) -> None:
    found, rejects = read(tmp_path, b'id,note\na,\x81\nb\nc,1,2\n"d"x,1\ne,fine\n')
    assert found == [(6, ("e", "fine"))]
    assert [(row["file"], row["line"]) for row in rejected(rejects)] == [
        ("data.csv", str(line)) for line in (2, 3, 4, 5)
    ]
    assert all(row["reason"] for row in rejected(rejects))
    assert rejects.count == 4


def test_a_quote_that_is_never_closed_is_reported_with_its_lines(tmp_path: Path) -> None:
    found, rejects = read(tmp_path, b'id,note\na,ok\nb,"open\nc,lost\n')
    assert found == [(2, ("a", "ok"))]
    assert "lines 3 to 4" in rejected(rejects)[0]["reason"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"id,other\n1,2\n", "column note is missing"),
        (b"id,note,note\n", "column note is there more than once"),
        (b"id;note\n1;2\n", "column id, note is missing"),
    ],
)
def test_a_file_without_the_columns_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(CrmError, match=f"data.csv: .*{message}"):
        read(tmp_path, content)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CrmError, match=r"absent\.csv"):
        next(rows(tmp_path / "absent.csv", COLUMNS, Rejects(tmp_path / "rejects.csv")))


def test_rejects_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    read(tmp_path, b"id,note\nbroken\n")
    _, rejects = read(tmp_path, b"id,note\na,fine\n")
    assert not rejects.path.exists()
