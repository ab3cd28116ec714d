"""The same report in every form that is read: the sums are the same to the last digit."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest
from support import reports
from support.process import kontor_binary


def run_report(*files: pathlib.Path | str, by: str = "service") -> subprocess.CompletedProcess:
    return subprocess.run(
        [kontor_binary(), "report", *map(str, files), "--group-by", by, "--format", "csv"],
        capture_output=True, text=True, timeout=60, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
    )  # fmt: skip


def assert_sums(
    file: pathlib.Path, lines: list[reports.Line], dimensions: list[str], measures: Callable = reports.measures
) -> None:
    done = run_report(file, by=",".join(dimensions))
    assert done.returncode == 0 and done.stderr == "", done.stderr
    for dimension in dimensions:
        assert reports.parse_report(done.stdout, dimension) == reports.expected(lines, dimension, measures), dimension


ALL = [*reports.DIMENSIONS, *reports.PREFIXES]


@pytest.fixture(scope="module")
def october(sample) -> list[reports.Line]:
    return reports.read_lines(next((sample / "reports").rglob("October-*.csv.gz")))


@pytest.mark.parametrize("packing", ["plain", "gz", "zip", "zst"])
def test_packings(tmp_path, october, packing):
    """They are told by their bytes: no name says what the file is."""
    file = tmp_path / "report"
    file.write_bytes(reports.pack(packing, reports.write_csv(october)))
    assert_sums(file, october, ALL)


def test_packings_in_a_folder(tmp_path, october):
    for i, packing in enumerate(["gz", "zip", "zst"]):
        part = reports.write_csv(october[i::3])
        (tmp_path / f"part-{i}.csv.{packing}").write_bytes(reports.pack(packing, part))
    (tmp_path / "part-4.zip").write_bytes(b"no report by its name")
    assert_sums(tmp_path, october, ["service", "day"])


@pytest.mark.parametrize("packing", ["gz", "zip", "zst"])
@pytest.mark.parametrize("damage", ["truncated", "changed", "header cut off"])
def test_a_damaged_file_is_no_report(tmp_path, october, packing, damage):
    content = bytearray(reports.pack(packing, reports.write_csv(october)))
    if damage == "truncated":
        del content[-len(content) // 3 :]
    elif damage == "changed":
        content[len(content) // 2] ^= 0xFF
    else:
        del content[12:]
    file = tmp_path / "report"
    file.write_bytes(content)
    done = run_report(file)
    assert done.returncode == 1 and done.stdout == ""
    assert f"kontor report: {file}: " in done.stderr
    assert "damaged" in done.stderr or "truncated" in done.stderr, done.stderr


def test_a_fault_names_the_file_in_the_zip(tmp_path, october):
    lines = [dict(line) for line in october[:3]]
    lines[1]["lineItem/UnblendedCost"] = "many"
    file = tmp_path / "report.zip"
    file.write_bytes(reports.pack("zip", reports.write_csv(lines), "inner.csv"))
    done = run_report(file)
    assert done.returncode == 0
    assert f"{file}, inner.csv:3: line left out: lineItem/UnblendedCost is not a number" in done.stderr


def test_cur2(tmp_path, october):
    file = tmp_path / "report.csv"
    file.write_bytes(reports.write_csv(reports.as_cur2(october)))
    assert_sums(file, october, ALL)


def test_cur2_with_one_column_of_all_tags(tmp_path, october):
    """The column "tags" holds what resource_tags and cost_category do."""
    lines = []
    for line in reports.as_cur2(october):
        resource, category = json.loads(line.pop("resource_tags")), json.loads(line.pop("cost_category"))
        tags = {"resourceTags/" + key.removeprefix("user_"): text for key, text in resource.items()}
        tags |= {"costCategory/" + key: text for key, text in category.items()}
        lines.append(line | {"tags": json.dumps(tags | {"accountTag/owner": "someone"})})
    file = tmp_path / "report.csv"
    file.write_bytes(reports.write_csv(lines))
    assert_sums(file, october, ["tags", "category", "service"])


def test_focus(tmp_path, october):
    file = tmp_path / "report.csv"
    file.write_bytes(reports.write_csv(reports.as_focus(october)))
    assert_sums(file, october, ALL, reports.focus_measures)


def test_focus_1_0(tmp_path, october):
    """Without the columns that came later, and with bare tag keys."""
    lines = reports.as_focus(october)
    for line in lines:
        del line["ServiceSubcategory"], line["SkuPriceDetails"]
        line["Tags"] = line["Tags"].replace('"user:', '"')
    file = tmp_path / "report.csv"
    file.write_bytes(reports.write_csv(lines))
    assert_sums(file, october, ["service", "tags", "day", "account"], reports.focus_measures)


@pytest.mark.parametrize("form", [reports.as_cur2, reports.as_focus])
@pytest.mark.parametrize("broken", ["{", "[1]", "None", '{"a": "b"'])
def test_a_map_that_is_none_has_no_entries(tmp_path, october, form, broken):
    """The cost counts all the same, whatever it is grouped by."""
    source = [dict(line) for line in october[:3]]
    lines = form(source)
    lines[1]["Tags" if form is reports.as_focus else "resource_tags"] = broken
    source[1] = {name: "" if name.startswith("resourceTags/") else text for name, text in source[1].items()}
    file = tmp_path / "report.csv"
    file.write_bytes(reports.write_csv(lines))
    measures = reports.focus_measures if form is reports.as_focus else reports.measures
    assert_sums(file, source, ["tags", "service"], measures)


def test_a_header_that_lacks_a_column_names_it(tmp_path, october):
    for form, column in ((reports.as_cur2, "line_item_unblended_cost"), (reports.as_focus, "EffectiveCost")):
        lines = form(october[:3])
        for line in lines:
            del line[column]
        file = tmp_path / "report.csv"
        file.write_bytes(reports.write_csv(lines))
        done = run_report(file)
        assert done.returncode == 1
        assert re.search(f"the column {'lineItem/UnblendedCost|EffectiveCost'} is missing", done.stderr), done.stderr


def test_header_only_files(tmp_path, october):
    for form in (list, reports.as_cur2, reports.as_focus):
        file = tmp_path / "report.csv"
        file.write_bytes(reports.write_csv(form(october)).split(b"\r\n")[0] + b"\r\n")
        done = run_report(file)
        assert done.returncode == 0 and len(done.stdout.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("form", [list, reports.as_cur2, reports.as_focus])
def test_evil_lines(tmp_path, october, form):
    """What real files hold: each line is read right, or left out with its reason."""
    lines = [dict(line) for line in october[:40]]
    lines[0]["resourceTags/user:app"] = 'two\nlines, "quoted" \U0001f600'
    lines[1]["lineItem/UsageStartDate"] = "2026-10-02T05:00:00Z"
    lines[2]["lineItem/UsageStartDate"] = "2026-10-02 05:00:00+00:00"
    lines[3]["lineItem/UsageStartDate"] = "2026-10-02"
    lines[4]["lineItem/UnblendedCost"] = "9.6e-05"
    lines[5]["savingsPlan/SavingsPlanEffectiveCost"] = "None"
    lines[6]["pricing/publicOnDemandCost"] = "convertible"
    lines[7]["lineItem/ResourceId"] = "x" * 70000
    lines[8]["product/region"] = ""
    made = form(lines)
    cost, day = {
        list: ("lineItem/UnblendedCost", "lineItem/UsageStartDate"),
        reports.as_cur2: ("line_item_unblended_cost", "line_item_usage_start_date"),
        reports.as_focus: ("BilledCost", "ChargePeriodStart"),
    }[form]
    made[20][cost] = "many"
    made[21][day] = "yesterday"
    rows = reports.write_csv(made).split(b"\r\n")
    rows[24] += b",one field more"
    rows[25] = rows[25].split(b",", 1)[1]
    rows[26] += b'"'
    file = tmp_path / "report.csv"
    file.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(rows[:-1]))  # a mark at the start, no newline at the end
    wanted = [line for i, line in enumerate(lines) if i not in (20, 21, 23, 24, 25)]
    measures = reports.focus_measures if form is reports.as_focus else reports.measures
    for dimension in ("service", "day", "tags", "region"):
        done = run_report(file, by=dimension)
        assert reports.parse_report(done.stdout, dimension) == reports.expected(wanted, dimension, measures)
        first = 23 if form is list else 22  # as a column, the tag has a newline; in JSON it is written \\n
        assert [line.removeprefix(f"{file}:") for line in done.stderr.splitlines()] == [
            f"{first}: line left out: {cost} is not a number",
            f"{first + 1}: line left out: {day} is not a date",
            f"{first + 3}: line left out: the line has more fields than the header",
            f"{first + 4}: line left out: the line has fewer fields than the header",
            f"{first + 5}: line left out: its quotes make no sense",
            "kontor report: 5 lines could not be read and are left out",
        ]


PARQUET_FORMS = {
    "athena": (reports.as_athena, reports.measures, list(reports.DIMENSIONS)),
    "cur2": (reports.as_cur2, reports.measures, ALL),
    "focus": (reports.as_focus, reports.focus_measures, ALL),
}


@pytest.mark.parametrize("form", PARQUET_FORMS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"decimals": True, "maps": False, "compression": "zstd", "use_dictionary": False},
        {"compression": "gzip", "data_page_version": "2.0", "use_deprecated_int96_timestamps": True},
        {"compression": "none", "row_group_size": 100000, "data_page_size": 2000, "write_page_checksum": True},
    ],
    ids=["usual", "plain", "old dates", "one group"],
)
def test_parquet(parquet, tmp_path, october, form, options):
    make, measures, dimensions = PARQUET_FORMS[form]
    file = tmp_path / "report"
    reports.write_parquet(make(october), file, **options)
    assert_sums(file, october, dimensions, measures)


def test_parquet_through_a_pipe(parquet, tmp_path, october):
    """What cannot be read at offsets is copied first."""
    file = tmp_path / "report.parquet"
    reports.write_parquet(reports.as_cur2(october), file)
    command = f"cat {file} | {kontor_binary()} report - --group-by service --format csv"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert reports.parse_report(done.stdout, "service") == reports.expected(october, "service")


@pytest.mark.parametrize("damage", ["truncated", "changed", "no rows", "empty"])
def test_a_damaged_parquet_file(parquet, tmp_path, october, damage):
    file = tmp_path / "report.parquet"
    lines = reports.as_cur2(october)
    reports.write_parquet(lines if damage != "no rows" else lines[:1], file, write_page_checksum=True)
    content = bytearray(file.read_bytes())
    if damage == "no rows":
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.parquet.read_table(file).slice(0, 0), file)
        done = run_report(file)
        assert done.returncode == 0 and len(done.stdout.splitlines()) == 1, done.stderr
        return
    if damage == "truncated":
        del content[-100:]
    elif damage == "changed":
        for at in range(10, len(content) // 2, 7):
            content[at] ^= 0xFF
    else:
        del content[4:]
    file.write_bytes(content)
    done = run_report(file)
    assert done.returncode == 1 and done.stdout == ""
    assert f"kontor report: {file}: damaged or truncated Parquet file: " in done.stderr, done.stderr


def test_evil_rows_of_parquet(parquet, tmp_path, october):
    import pyarrow
    import pyarrow.parquet

    lines = [dict(line) for line in october[:20]]
    lines[0]["resourceTags/user:app"] = 'two\nlines, "quoted" \U0001f600'
    lines[1]["product/region"] = ""
    file = tmp_path / "report.parquet"
    reports.write_parquet(reports.as_cur2(lines), file)
    table = pyarrow.parquet.read_table(file)

    def replace(name: str, row: int, value: object) -> None:
        nonlocal table
        place = table.schema.get_field_index(name)
        values = table.column(place).to_pylist()
        values[row] = value
        table = table.set_column(place, name, pyarrow.array(values, table.schema.field(place).type))

    replace("line_item_unblended_cost", 3, float("nan"))
    replace("line_item_unblended_cost", 4, 1e300)
    replace("line_item_usage_start_date", 5, None)
    replace("resource_tags", 6, None)
    replace("resource_tags", 7, [("user_app", None), ("aws_created_by", "x"), ("user_", "y")])
    pyarrow.parquet.write_table(table, file)
    lines[6] = {key: "" if key.startswith("resourceTags/") else text for key, text in lines[6].items()}
    lines[7] = {key: "" if key.startswith("resourceTags/") else text for key, text in lines[7].items()}
    wanted = [line for i, line in enumerate(lines) if i not in (3, 4, 5)]
    for dimension in ("service", "tags", "region", "day"):
        done = run_report(file, by=dimension)
        assert reports.parse_report(done.stdout, dimension) == reports.expected(wanted, dimension)
        assert [line.removeprefix(f"{file}:") for line in done.stderr.splitlines()] == [
            "4: line left out: line_item_unblended_cost is not a number",
            "5: line left out: line_item_unblended_cost is not a number",
            "6: line left out: line_item_usage_start_date is not a date",
            "kontor report: 3 lines could not be read and are left out",
        ]


def test_parquet_without_its_module(tmp_path):
    """A program alone says what is missing."""
    alone = tmp_path / "kontor"
    shutil.copy(kontor_binary(), alone)
    file = tmp_path / "report.parquet"
    file.write_bytes(b"PAR1 and so on PAR1")
    done = subprocess.run([alone, "report", file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "kontor-parquet.so" in done.stderr and "make parquet" in done.stderr
