"""Files as records: what was written is what is read, in every encoding, with every separator, quote and line end."""

import csv
import io
import json
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.errors import CrmError
from sources.files import Rejects
from sources.mapping.form import FileForm
from sources.mapping.records import records

ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "mac_roman", "utf-16", "utf-16-le", "latin-1", "gb18030")
ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
written = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


def read(path: Path, form: FileForm) -> tuple[list[tuple[int, object]], Rejects, list[object]]:
    headers: list[object] = []
    with Rejects(path.with_suffix(".rejects")) as rejects:
        return (
            [(record.line, record.values) for record in records(path, form, rejects, headers.append)],
            rejects,
            headers,
        )


@written
@given(data=st.data())
def test_csv_is_read_as_it_was_written(tmp_path: Path, data: st.DataObject) -> None:
    encoding = data.draw(st.sampled_from(ENCODINGS))
    end = data.draw(st.sampled_from(sorted(ENDS)))
    form = {
        "encoding": "utf-8" if encoding == "utf-8-sig" else encoding,
        "separator": data.draw(st.sampled_from(",;\t|~")),
        "quote": data.draw(st.sampled_from("\"'")),
        "escape": data.draw(st.sampled_from(["", "\\"])),
        "line_ends": data.draw(st.sampled_from(["any", end])),
        "skip_lines": data.draw(st.integers(0, 2)),
        "header": data.draw(st.booleans()),
    }
    # every line end and every sign of CSV within the values, too
    letters = st.characters(codec=encoding.removesuffix("-sig"), exclude_characters="\0\ufeff") | st.sampled_from(
        ",;\t|'\"\\\r\n"
    )
    width = data.draw(st.integers(1, 4))
    rows = data.draw(
        st.lists(st.lists(st.text(letters, max_size=8), min_size=width, max_size=width), min_size=1, max_size=6)
    )
    names = [f"c{number}" for number in range(width)]
    text = io.StringIO()
    text.write(f"made by a program{ENDS[end]}" * form["skip_lines"])
    writer = csv.writer(
        text, delimiter=form["separator"], quotechar=form["quote"], lineterminator=ENDS[end], quoting=csv.QUOTE_ALL,
        doublequote=not form["escape"], escapechar=form["escape"] or None,
    )  # fmt: skip
    writer.writerows([names, *rows] if form["header"] else rows)
    file = tmp_path / "data.csv"
    file.write_bytes(text.getvalue().encode(encoding))

    found, rejects, headers = read(file, FileForm(**form))
    assert [values for _, values in found] == rows
    assert headers == [names if form["header"] else None]
    assert rejects.count == 0
    # where each begins, counted in lines as an editor counts them
    lines, line = [], 1 + form["skip_lines"] + form["header"]
    for row in rows:
        lines.append(line)
        line += 1 + sum(_breaks(value, "any" if form["line_ends"] == "any" else ENDS[end]) for value in row)
    assert [number for number, _ in found] == lines


def _breaks(text: str, end: str) -> int:
    return len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1 if end == "any" else text.count(end)


@pytest.mark.parametrize(("ends", "other"), [("lf", "\r"), ("cr", "\n"), ("crlf", "\r"), ("crlf", "\n")])
@pytest.mark.parametrize("quote", ["", '"'])
def test_breaks_that_end_no_line_are_text(tmp_path: Path, ends: str, other: str, quote: str) -> None:
    """Without quotes, too, which Python's csv refuses; in the header as well."""
    end = ENDS[ends]
    rows = [["1", f"a{other}b"], [f"2{other}", f"{other}{other}ü"], ["3", "c"]]
    file = tmp_path / "data.csv"
    file.write_bytes("".join(f"{one},{two}{end}" for one, two in [["id", f"na{other}me"], *rows]).encode())
    found, rejects, headers = read(file, FileForm(line_ends=ends, quote=quote))
    assert found == list(enumerate(rows, 2)) and rejects.count == 0
    assert headers == [["id", f"na{other}me"]]


@written
@given(
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(sorted(ENDS)),
    rows=st.lists(
        st.dictionaries(
            st.text(max_size=5),
            st.text(max_size=8) | st.integers() | st.integers(2**64 - 2, 2**65) | st.booleans() | st.none(),
        ),
        max_size=6,
    ),
)
def test_json_lines_are_read_as_they_were_written(tmp_path: Path, encoding: str, end: str, rows: list[dict]) -> None:
    file = tmp_path / "data.jsonl"
    file.write_bytes((ENDS[end].join(map(json.dumps, rows)) + ENDS[end]).encode(encoding))
    found, rejects, _ = read(file, FileForm(format="jsonl", encoding=encoding.removesuffix("-sig")))
    # As text, since 2 ** 64 equals the double that other numbers are rounded to.
    assert repr(found) == repr([(line, (row, None)) for line, row in enumerate(rows, 1)])
    assert rejects.count == 0


def test_columns_of_fixed_width_are_whole_lines_and_blank_lines_are_none(tmp_path: Path) -> None:
    file = tmp_path / "data.txt"
    file.write_bytes("Ärger 12\r\rÖl    7\r".encode("mac_roman"))
    assert read(file, FileForm(format="fixed", encoding="mac_roman"))[0] == [(1, "Ärger 12"), (3, "Öl    7")]


def rejected(rejects: Rejects) -> list[dict[str, str]]:
    with rejects.path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_bytes_that_are_no_text_reject_their_record_and_say_what_they_could_be(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_bytes(b"id,name\n1,fine\n2,Caf\xe9\n3,fine \xe2\x82\xac\n")
    found, rejects, _ = read(file, FileForm())
    assert found == [(2, ["1", "fine"]), (4, ["3", "fine €"])]
    reason = rejected(rejects)[0]
    assert reason["line"] == "3" and "cp1252 reads '2 Café'" in reason["reason"] and "mac_roman" in reason["reason"]


def test_half_a_utf_16_character_rejects_the_last_record_only(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_bytes("id\n1\n2".encode("utf-16") + b"x")
    found, rejects, _ = read(file, FileForm(encoding="utf-16"))
    assert found == [(2, ["1"])] and rejects.count == 1


def test_what_is_no_record_is_rejected_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_text('id;name\n1;fine\n2\n3;"a"b\n\n4;fine\n5;"open\n6;lost\n', encoding="utf-8")
    found, rejects, _ = read(file, FileForm(separator=";"))
    assert found == [(2, ["1", "fine"]), (6, ["4", "fine"])]
    assert [row["line"] for row in rejected(rejects)] == ["3", "4", "7"]
    assert "lines 7 to 8 are not loaded" in rejected(rejects)[2]["reason"]


def test_a_line_that_is_no_json_object_is_rejected_and_nan_and_large_numbers_are_read(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    file.write_text(
        '{"a": 1}\n{"a": \n[{"a": 2}]\n3\n\n{"a": 123456789012345678901234567890}\n{"a": "\\ud83d"}\n{"b": NaN}\n',
        encoding="utf-8",
    )
    found, rejects, _ = read(file, FileForm(format="jsonl"))
    assert [line for line, _ in found] == [1, 6, 8]
    assert repr(found[1][1][0]["a"]) == "123456789012345678901234567890"
    assert [row["line"] for row in rejected(rejects)] == ["2", "3", "4", "7"]
    assert "jq -c '.[]'" in rejected(rejects)[1]["reason"]


@pytest.mark.parametrize("deep", ['{"a":' * 20_000, "[" * 50_000 + "]" * 50_000, '{"a":' * 1500 + "1" + "}" * 1500])
def test_a_line_that_is_nested_too_deeply_is_rejected(tmp_path: Path, deep: str) -> None:
    file = tmp_path / "data.jsonl"
    file.write_text(f'{{"a": 1}}\n{deep}\n{{"a": 2}}\n', encoding="utf-8")
    found, rejects, _ = read(file, FileForm(format="jsonl"))
    assert [line for line, _ in found] == [1, 3]
    assert [row["line"] for row in rejected(rejects)] == ["2"]
    assert rejected(rejects)[0]["reason"] == "no JSON: nested too deeply"


@pytest.mark.parametrize(
    ("number", "read_as"),
    [
        ("18446744073709551616", 18446744073709551616),
        ("18446744073709551617", 18446744073709551617),
        ("999999999999999.99", "999999999999999.99"),
        ("-0.12345678901234567890", "-0.12345678901234567890"),
        ("1930571429.0000000", 1930571429.0),
        ("1.7672256000000000e+12", 1767225600000.0),
        ("0.1", 0.1),
        ("1e99999999999999999999", float("inf")),
    ],
)
def test_a_number_of_json_keeps_its_digits(tmp_path: Path, number: str, read_as: object) -> None:
    """On a line of its own, and beside one that a double does not hold; what a double holds is read the same in both."""
    file = tmp_path / "data.jsonl"
    file.write_text(f'{{"a": {number}}}\n{{"a": {number}, "b": 1234567890123456789}}\n', encoding="utf-8")
    found, _, _ = read(file, FileForm(format="jsonl"))
    assert [repr(values[0]["a"]) for _, values in found] == [repr(read_as)] * 2


def test_each_element_of_a_list_is_a_record(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    rows = [{"id": 1, "lines": [{"n": 1}, {"n": 2}]}, {"id": 2, "lines": []}, {"id": 3}, {"id": 4, "lines": "none"}]
    file.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    with Rejects(tmp_path / "r.csv") as rejects:
        found = list(records(file, FileForm(format="jsonl", each="/lines"), rejects, lambda _: None))
    assert [(record.line, record.element, record.values[1]) for record in found] == [(1, 1, {"n": 1}), (1, 2, {"n": 2})]
    assert "no list" in rejected(rejects)[0]["reason"]
    assert rejects.notes == {"objects without the list /lines": 1}


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_a_file_without_its_header_or_no_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "data.csv"
    with pytest.raises(CrmError, match=r"data\.csv: No such file"):
        read(file, FileForm())
    file.write_bytes(content)
    with pytest.raises(CrmError, match=r"data\.csv: (no line 1|line 1 is blank)"):
        read(file, FileForm())
