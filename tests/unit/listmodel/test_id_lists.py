"""Lists of ids that people bring."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsub_tui.domain.problem import UnsubError
from unsub_tui.engine.files import decode_text
from unsub_tui.listmodel.id_lists import IdList, parse_ids
from unsub_tui.present.pages.id_list_report import IdListReport, column_lines, missing_id_text, unselected_ids_text
from unsub_tui.present.problems import problem_details

SERVER, DISK, OTHER, GONE = (
    *("8f2c1d3e-0001-4b5a-9c7d-aaaaaaaaaaaa", "8f2c1d3e-0002-4b5a-9c7d-bbbbbbbbbbbb"),
    *("8f2c1d3e-0003-4b5a-9c7d-cccccccccccc", "8f2c1d3e-0009-4b5a-9c7d-dddddddddddd"),
)
ACCOUNT = {SERVER, DISK, OTHER, "a-1", "b-2"}
"""Ids that the account has; it has no `GONE`."""


def parsed(text: str) -> IdList:
    """Return the ids of a text for that account."""
    return parse_ids(text, ACCOUNT.__contains__)


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "a-1\nb-2\n",
        "a-1, b-2; a-1",
        "a-1\tb-2",
        "\ufeffa-1  # the first one\n# a comment\nb-2",
        "a-1  # Müller, Meier; Co\nb-2  # x, y, z\n",
        "resource_id,name\r\na-1,x\r\nb-2,y\r\n",
        "resource_id,name\ra-1,x\rb-2,y\r",
        'name;id\n"x; y";a-1\nz;b-2\n',
        "resource_id\na-1\nb-2\n",
        '"a-1"\n"b-2"\n',
        'sep=;\r\nID;Name\r\na-1;"x\r\ny"\r\nb-2;z,z\r\n',
        'ID,Name\n="a-1",x\n="b-2",y\n',
        '["a-1", "b-2"]',
        json.dumps({"schema_version": 1, "resources": [{"resource_id": "a-1"}, {"resource_id": "b-2"}]}),
        json.dumps({"items": [{"resource_id": "a-1", "attached": [{"resource_id": "no"}]}, {"resource_id": "b-2"}]}),
        json.dumps({"plan": {"items": [{"resource": {"id": each}, "attached": ["no"]} for each in ("a-1", "b-2")]}}),
        '{"resource_id": "a-1"}\n{"resource_id": "b-2"}\n',
    ],
)
def test_every_form_gives_the_same_ids(text: str, *, is_known: bool) -> None:
    """Plain text, CSV, JSON, JSON Lines, a plan: in their order, each once, whether the account has them or not."""
    found = parsed(text) if is_known else parse_ids(text, lambda _id: False)
    assert found.ids == ("a-1", "b-2")


PASTED = f"""Resource Name\tResource ID\tService\tRegion\tExpires\tNote
web-1\t{SERVER}\tECS\tcn-north-4\t2026-12-10\t"ask Li, then
delete"
web-1-data\t{DISK}\tEVS\tcn-north-4\t2026-12-10\t
old-db\t{GONE}\tRDS\tcn-north-4\t2026-12-11\t"he said ""no"" twice"
\t\t\t\t\tcheck these
api\t{OTHER}\tECS\tcn-north-4\t2026-12-12\t
"""
"""Cells copied from a spreadsheet: a quoted line break, quotes in a cell, a row with a note only."""

CONSOLE = f"""续费管理\r
导出时间：2026-11-30 10:00:00\r
资源名称,资源ID,产品类型,产品规格,区域,企业项目,到期时间,状态\r
web-1,{SERVER},弹性云服务器,"通用计算增强型, 4核, 8GB",华北-北京四,default,2026/12/10 23:59:59 GMT+08:00,使用中\r
"数据, 备份",{DISK},云硬盘,"高IO, 100GB",华北-北京四,default,2026/12/10 23:59:59 GMT+08:00,使用中\r
旧库,{GONE},云数据库,通用型,华北-北京四,default,2026/12/11 23:59:59 GMT+08:00,已冻结\r
api,{OTHER},弹性云服务器,通用型,华北-北京四,default,2026/12/12 23:59:59 GMT+08:00,使用中\r
"""
"""An export with a title above the headings, in Chinese, with commas in quoted cells."""

NAME_AND_ID = f""""名称/ID",监控,可用区
"web-1
{SERVER}",-,可用区1
"web 1 data
{DISK}",-,可用区1
"old-db
{GONE}",-,可用区2
"api
{OTHER}",-,可用区2
"""
"""The table of a console page, in which a cell contains the name and the id."""


@pytest.mark.parametrize("text", [PASTED, CONSOLE])
def test_the_column_is_found_by_its_heading(text: str) -> None:
    """With every id of it, also the one that the account does not have; no cell of another column."""
    found = parsed(text)
    assert found.ids == (SERVER, DISK, GONE, OTHER)
    assert (found.column, found.heading in ("Resource ID", "资源ID")) == (2, True)
    assert found.rows_without_id == (1 if text is PASTED else 0)
    assert found.labels[GONE] in ("old-db", "旧库")
    assert parse_ids(text, lambda _id: False).ids == found.ids


def test_the_column_is_found_by_the_ids_in_it() -> None:
    """Without a heading that is known, and where a cell contains the name as well; a missing one is given whole."""
    headless = "\n".join(line for line in PASTED.splitlines()[1:])
    assert parsed(headless).ids == (SERVER, DISK, GONE, OTHER)
    assert parsed(headless).heading == ""
    found = parsed(NAME_AND_ID)
    assert (found.column, found.ids) == (1, ("名称/ID", SERVER, DISK, f"old-db\n{GONE}", OTHER))
    numbers = f"ID\tServer\n1\t{SERVER}\n2\t{DISK}\n3\t{GONE}\n"
    assert parsed(numbers).ids == ("Server", SERVER, DISK, GONE)


def test_ids_of_other_columns_are_counted_and_not_taken() -> None:
    """Such as those of the disks beside their servers."""
    found = parsed(f"Resource ID,Disk\n{SERVER},{DISK}\n{GONE},{OTHER}\n")
    assert (found.ids, found.in_other_columns) == ((SERVER, GONE), 2)
    assert column_lines(found) == [
        "Read from column 1, Resource ID.",
        "2 resources that only other columns name were not selected.",
    ]


def test_a_list_in_rows_and_columns_is_taken_whole() -> None:
    """Most cells are ids: none of them may be left out without a word."""
    assert parsed(f"{SERVER},{DISK}\n{OTHER},{GONE}\n").ids == (SERVER, DISK, OTHER, GONE)


def test_pages_one_below_the_other_have_their_headings_skipped() -> None:
    """And known ids above the first heading are not lost."""
    page = f"name,Resource ID\nx,{SERVER}\n"
    assert parsed(f"y,{DISK}\n{page}{page}z,{GONE}\n").ids == (DISK, SERVER, GONE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
def test_every_encoding_of_excel_is_read(encoding: str) -> None:
    """UTF-16 with its mark, the Chinese code page, UTF-8 with and without a mark; CRLF."""
    data = CONSOLE.encode(encoding)
    if encoding in ("utf-16-le", "utf-16-be"):
        data = "\ufeff".encode(encoding) + data
    found = parsed(decode_text(data, "x.csv"))
    assert (found.ids, found.heading) == ((SERVER, DISK, GONE, OTHER), "资源ID")


def test_names_in_a_latin_code_page_do_no_harm() -> None:
    """A file of Western Excel: only names are spoiled."""
    data = f"Name;ID\r\nMüller é;{SERVER}\r\né;{GONE}\r\n".encode("latin-1")
    assert parsed(decode_text(data, "x.csv")).ids == (SERVER, GONE)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04...", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0..", "Excel workbook"),
        (b"\x7fELF\0\0", "not a text"),
        (b"\xff\xfea", "not a text"),
    ],
)
def test_what_is_no_text_says_so(data: bytes, words: str) -> None:
    """A workbook is not taken for a list of strange ids."""
    with pytest.raises(UnsubError) as raised:
        decode_text(data, "x.xlsx")
    assert words in problem_details(raised.value.problem)


@pytest.mark.parametrize("text", ['{"a": 1}', "{broken", "[" * 100_000, '[{"x": 1}]'])
def test_json_without_ids_is_an_error(text: str) -> None:
    """It is said, instead of marking nothing without a word."""
    with pytest.raises(UnsubError) as raised:
        parsed(text)
    assert "JSON" in problem_details(raised.value.problem)


def test_a_table_without_ids_is_an_error() -> None:
    """Not a list of all its cells as missing ids."""
    with pytest.raises(UnsubError) as raised:
        parsed("Name\tService\nweb-1\tECS\nweb-2\tEVS\n")
    assert "table without ids" in problem_details(raised.value.problem)


@pytest.mark.parametrize(
    "text", ['web "1\t{0}\nx\t{1}\n', "\0\x1b[31m\t{0}\n\u202ex\t{1}\n", 'a\t{0}\n"' + "x" * 200_000 + "\t{1}\n"]
)
def test_hostile_cells_hide_no_id(text: str) -> None:
    """A lone quote, control characters, a cell beyond the limit of the csv module."""
    found = parsed("Name\tID\n" + text.format(SERVER, GONE))
    assert found.ids == (SERVER, GONE)


def test_an_unknown_id_is_shown_without_its_control_characters() -> None:
    """On the page and in the file, on one line each, however long it is."""
    id_list = IdList(("x",), labels={"y" * 10_000: "\x1b[31m\n" * 100})
    report = IdListReport(id_list, 0, ["\x1b[31m\nx", "y" * 10_000], [], [])
    shown = [missing_id_text(id_list, each) for each in report.missing]
    assert all(each.isprintable() and len(each) < 2_000 for each in shown)
    text = unselected_ids_text(report)
    assert len(text.splitlines()) == report.unselected_count == 2
    assert "\x1b" not in text
    assert len(text) < 500


CELLS = st.text(st.sampled_from('ab ,;\t"\n|#=é中'), max_size=8)
IDS = st.lists(st.sampled_from(["a-1", "b-2", SERVER, DISK, OTHER, GONE, "x-7", "x-8"]), min_size=1, max_size=8)


@given(IDS, st.data(), st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_whatever_a_spreadsheet_writes_is_read_back(
    ids: list[str],
    data: st.DataObject,
    delimiter: str,
    newline: str,
    quoted: bool,  # noqa: FBT001
) -> None:
    """Each id of the column once, in order, and nothing else, whatever the other cells contain."""
    width = data.draw(st.integers(1, 4))
    column = data.draw(st.integers(0, width - 1))
    out = StringIO()
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    heads = [f"column {number}" for number in range(width)]
    heads[column] = data.draw(st.sampled_from(["Resource ID", "resource_id", "资源ID", "ID", " id "]))
    writer.writerow(heads)
    for each in ids:
        cells = [data.draw(CELLS) for _ in range(width)]
        cells[column] = each
        writer.writerow(cells)
    text = data.draw(st.sampled_from(["", "\ufeff"])) + out.getvalue()
    assert parsed(text).ids == tuple(dict.fromkeys(ids))


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    """Any text is a list of ids or a problem."""
    try:
        found = parsed(text).ids
    except UnsubError:
        return
    assert len(found) == len(set(found))
