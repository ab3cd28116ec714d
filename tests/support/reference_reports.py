"""What a report must answer, worked out in plain Python from the lines of the daily summary.

Written from the description of the query language, not from the program: filters, groups, ranking, delta
and pages over a few hundred rows in memory, exact to the last digit.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import decimal
import json
import urllib.parse
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

COST_TYPES = {
    "unblended_cost": "markup_cost",
    "blended_cost": "markup_cost_blended",
    "calculated_amortized_cost": "markup_cost_amortized",
    "savingsplan_effective_cost": "markup_cost_savingsplan",
}
COLUMNS = {
    "account": "usage_account_id", "service": "product_code", "region": "region", "az": "availability_zone",
    "product_family": "product_family", "instance_type": "instance_type",
}  # fmt: skip
ORDERS = {"cost": "cost_total", "infrastructure": "infra_total", "supplementary": "sup_total"}
OPERATORS = ("and:", "or:", "exact:")
FIELD_ORDER = ["account", "az", "instance_type", "region", "service", "storage_type", "product_family", "org_unit_id"]
# group_by knows them, and groups by none of them
IGNORED = ("instance_type", "storage_type")


@dataclasses.dataclass
class Report:
    name: str
    usage: bool = False
    unit: str = ""
    implicit: str | None = None

    def has(self, row: dict) -> bool:
        if self.name == "instance-types":
            return row["instance_type"] is not None
        if self.name == "storage":
            return "Storage" in (row["product_family"] or "") and row["unit"] == "GB-Mo"
        return True


REPORTS = {
    "costs": Report("costs"),
    "instance-types": Report("instance-types", True, "Hrs", "instance_type"),
    "storage": Report("storage", True, "GB-Mo"),
}


def month_start(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def a_month_earlier(day: dt.date) -> dt.date:
    first = month_start(day, -1)
    return first.replace(day=min(day.day, calendar.monthrange(first.year, first.month)[1]))


class Question:
    """A query string, taken apart."""

    def __init__(self, report: Report, query: str, today: dt.date) -> None:
        self.report, self.today = report, today
        self.plain: dict[str, str] = {}
        self.sections: dict[str, dict[str, list[str]]] = {"filter": {}, "group_by": {}, "order_by": {}, "exclude": {}}
        self.mentions: list[str] = []
        for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
            if "[" not in name:
                self.plain[name] = value
                continue
            section, key = name[:-1].split("[", 1)
            self.sections[section].setdefault(key, []).extend(value.split(","))
            self.mentions.append(without_operator(key))
        self.scope()
        self.choose_groups()
        self.choose_order()
        chosen = self.sections["filter"]
        self.limit = int(chosen["limit"][0]) if "limit" in chosen else None
        self.offset = int(chosen["offset"][0]) if "offset" in chosen else None
        if self.offset is not None and self.limit is None:
            self.limit = 5
        self.ranks = bool(self.limit) and bool(self.groups)
        self.cost_type = self.plain.get("cost_type", "unblended_cost")

    def scope(self) -> None:
        chosen = self.sections["filter"]
        value, units, resolution = (
            chosen.get(key, [None])[0] for key in ("time_scope_value", "time_scope_units", "resolution")
        )
        self.dates = "start_date" in self.plain
        if self.dates:
            self.start, self.end = (dt.date.fromisoformat(self.plain[key]) for key in ("start_date", "end_date"))
            self.echo = {"resolution": resolution or "daily"}
        else:
            value = value or ("-1" if units == "month" else "-10")
            months = int(value) >= -3
            units = units or ("month" if months else "day")
            self.echo = {
                "resolution": resolution or ("monthly" if months else "daily"),
                "time_scope_value": value, "time_scope_units": units,
            }  # fmt: skip
            if units == "day":
                self.start, self.end = self.today + dt.timedelta(int(value) + 1), self.today
            else:
                self.start = month_start(self.today, int(value) + 1)
                self.end = self.today if value == "-1" else month_start(self.start, 1) - dt.timedelta(1)
        self.monthly = self.echo["resolution"] == "monthly"
        if self.dates or units == "day":
            self.shift = (self.end - self.start).days + 1
            self.before = (self.start - dt.timedelta(self.shift), self.start - dt.timedelta(1))
        else:
            self.shift = 0
            self.before = (month_start(self.start, -1), a_month_earlier(self.end))

    def choose_groups(self) -> None:
        self.groups: list[str] = []
        for key in sorted(self.sections["group_by"], key=field_place):
            name = without_operator(key)
            if name not in IGNORED and name not in self.groups:
                self.groups.append(name)
        limited = bool(self.sections["group_by"]) and int(self.sections["filter"].get("limit", ["0"])[0]) > 0
        implicit = self.report.implicit
        if "offset" in self.sections["filter"] and self.groups:
            limited = self.sections["filter"].get("limit", ["5"])[0] != "0"
        if implicit is not None and implicit not in self.groups and not (limited and self.groups):
            self.groups.append(implicit)
        last = len(self.mentions)
        self.groups.sort(key=lambda name: self.mentions.index(name) if name in self.mentions else last)

    def choose_order(self) -> None:
        keys = {key: values[0] for key, values in self.sections["order_by"].items()}
        self.order_date = keys.pop("date", None)
        costs = [key for key in ("cost", "infrastructure", "supplementary", "delta") if key in keys]
        rest = [key for key in ("usage", *FIELD_ORDER[:1], "account_alias", *FIELD_ORDER[1:]) if key in keys]
        rest += [key for key in keys if key.startswith(("tag:", "aws_category:"))]
        amounts = [key for key in costs if key != "delta"]
        self.order = amounts[-1] if amounts else rest[-1] if rest else costs[-1] if costs else None
        self.descending = self.order is None or keys[self.order] == "desc"
        self.given = self.order is not None
        if self.order is None or (self.order == "usage" and not self.report.usage):
            self.order, self.descending = "usage" if self.report.usage else "cost", True
            self.given = False

    def bucket(self, day: dt.date) -> dt.date:
        return day.replace(day=1) if self.monthly else day

    def buckets(self) -> list[dt.date]:
        days = [self.start + dt.timedelta(i) for i in range((self.end - self.start).days + 1)]
        return sorted({self.bucket(day) for day in days})

    def date(self, bucket: dt.date) -> str:
        return bucket.isoformat()[: 7 if self.monthly else 10]


def without_operator(key: str) -> str:
    for operator in OPERATORS:
        key = key.removeprefix(operator)
    return key


def field_place(key: str) -> int:
    name = without_operator(key)
    return FIELD_ORDER.index(name) if name in FIELD_ORDER else 50 + name.startswith("aws_category:")


def is_dimension(name: str) -> bool:
    return name in COLUMNS or name.startswith(("tag:", "aws_category:"))


def value_of(row: dict, name: str) -> str | None:
    for prefix, column in (("tag:", "tags"), ("aws_category:", "cost_category")):
        if name.startswith(prefix):
            return row[column].get(name.removeprefix(prefix))
    return row[COLUMNS[name]]


def matches(row: dict, key: str, values: list[str]) -> bool:
    name = without_operator(key)
    texts = [value_of(row, name)]
    if name == "account":
        texts.append(row["alias"])
    if "*" in values:
        return texts[0] is not None
    found = [
        any(text is not None and (value == text if key.startswith("exact:") else value.lower() in text.lower())
            for text in texts)
        for value in values
    ]  # fmt: skip
    return all(found) if key.startswith("and:") else any(found)


def kept(row: dict, question: Question) -> bool:
    for section in ("filter", "group_by", "exclude"):
        keys = {k: v for k, v in question.sections[section].items() if is_dimension(without_operator(k))}
        for key, values in keys.items():
            name = without_operator(key)
            if "*" in values and (section != "filter" or name in COLUMNS):
                continue
            if key.startswith("exact:") and name in keys:
                continue
            both = matches(row, key, values)
            if key == name and f"exact:{name}" in keys:
                both = both or matches(row, f"exact:{name}", keys[f"exact:{name}"])
            if both == (section == "exclude"):
                return False
    return True


class Answer:
    """Rows by bucket and groups, ranked and ordered."""

    def __init__(self, rows: list[dict], question: Question) -> None:
        self.q = question
        self.cells: dict[tuple, dict] = {}
        for row in rows:
            if question.report.has(row) and kept(row, question):
                self.add(row)
        self.current = {key: cell for key, cell in self.cells.items() if cell["current"]}
        self.present = sorted({key[0] for key in self.current})
        self.ranked: list[tuple] = []
        if question.ranks:
            self.rank()

    def amounts(self, row: dict) -> tuple[Decimal, Decimal, Decimal]:
        cost = row[self.q.cost_type]
        if self.q.report.name == "storage" and not cost:
            cost = row["unblended_cost"]
        return cost, row[COST_TYPES[self.q.cost_type]], row["usage_amount"] or Decimal(0)

    def add(self, row: dict) -> None:
        q, day = self.q, row["usage_start"]
        is_current = q.start <= day <= q.end
        if not is_current:
            if "delta" not in q.plain or not q.before[0] <= day <= q.before[1]:
                return
            day = day + dt.timedelta(q.shift) if q.shift else later_month(day)
        key = (q.bucket(day), *((value_of(row, name) or "") for name in q.groups))
        cell = self.cells.setdefault(key, new_cell())
        cell["current"] |= is_current
        if is_current:
            cell["sources"].add(row["source_uuid"])
        cell["units"].add(row["unit"] or "")
        cell["alias"] = max(cell["alias"], row["alias"] or "")
        cost, markup, usage = self.amounts(row)
        if is_current:
            cell["cost"] += cost
            cell["markup"] += markup
            cell["usage"] += usage
        else:
            cell["previous"] += usage if q.report.usage else cost + markup

    def rank(self) -> None:
        q = self.q
        sums: dict[tuple, dict] = {}
        for key, cell in self.current.items():
            merge(sums.setdefault(key[1:], new_cell()), cell)
        order, down = q.order, q.descending
        is_text = order not in ("cost", "infrastructure", "supplementary", "usage", "delta")
        if order == "delta" or (is_text and q.offset is None):
            order, down = "usage" if q.report.usage else "cost", down or is_text
        if is_text and q.offset is not None:
            self.ranked = sorted(sums, key=lambda key: (backwards(self.text(key, sums[key]), down), key))
        else:
            sign = -1 if down else 1
            self.ranked = sorted(sums, key=lambda key: (sign * amount(sums[key], order), key))
        first = q.offset or 0
        left = self.ranked[first : first + q.limit]
        folded = len(self.ranked) - q.limit
        word = "Other" if folded == 1 else "Others"
        rows: dict[tuple, dict] = {}
        for bucket in self.present:
            for key in left:
                cell = self.cells.get((bucket, *key)) or blank(self.current, key)
                rows[(bucket, *key)] = {**cell, "sources": sums[key]["sources"]}
        if q.offset is None and folded > 0:
            others = {bucket: new_cell() for bucket in self.present}
            everything = new_cell()
            for key, cell in self.cells.items():
                if key[1:] not in left and (cell["current"] or key[0] in others):
                    merge(others.setdefault(key[0], new_cell()), cell)
                    merge(everything, cell)
            for bucket in self.present:
                cell = others[bucket]
                cell["units"] = cell["units"] or everything["units"]
                cell["sources"] = everything["sources"]
                cell["folded"], cell["alias"] = True, word
                rows[(bucket, *[word] * len(q.groups))] = cell
        self.current = rows

    def sorted_rows(self) -> list[tuple[tuple, dict]]:
        q = self.q
        ordered = sorted(self.current.items(), key=lambda item: self.place(*item))
        if q.order_date and q.groups:
            day = dt.date.fromisoformat(q.order_date)
            places = {key[1:]: i for i, (key, _) in enumerate(item for item in ordered if item[0][0] == day)}
            ordered.sort(key=lambda item: (item[0][0], item[1]["folded"], places.get(item[0][1:], 10**9)))
        return ordered

    def place(self, key: tuple, cell: dict) -> tuple:
        q = self.q
        sign = -1 if q.descending else 1
        if q.ranks and not q.given:
            middle: tuple = (self.ranked.index(key[1:]) if key[1:] in self.ranked else 10**9,)
        elif q.order == "delta":
            now = cell["usage"] if q.report.usage else cell["cost"] + cell["markup"]
            share = percent(now, cell["previous"])
            middle = (sign * (share is None), sign * (share or 0), sign * (now - cell["previous"]))
        elif q.order in ("cost", "infrastructure", "supplementary", "usage"):
            middle = (sign * amount(cell, q.order),)
        else:
            text = self.text(key[1:], cell)
            middle = (backwards((text.startswith("other"), text), q.descending),)
        return (key[0], cell["folded"], *middle, key[1:])

    def text(self, groups: tuple, cell: dict) -> str:
        """What the row is called in the order that was asked for."""
        by_alias = self.q.order == "account_alias"
        text = groups[self.q.groups.index("account" if by_alias else self.q.order)]
        return ((cell["alias"] if by_alias else "") or text or "No-").lower()


@dataclasses.dataclass(order=False)
class Reverse:
    value: Any

    def __lt__(self, other: Reverse) -> bool:
        return self.value > other.value


def backwards(value: Any, descending: bool) -> Any:
    return Reverse(value) if descending else value


def later_month(day: dt.date) -> dt.date:
    first = month_start(day, 1)
    return first.replace(day=min(day.day, calendar.monthrange(first.year, first.month)[1]))


def new_cell() -> dict:
    zero = Decimal(0)
    return {"cost": zero, "markup": zero, "usage": zero, "previous": zero, "sources": set(), "units": set(),
            "alias": "", "current": False, "folded": False}  # fmt: skip


def merge(cell: dict, other: dict) -> None:
    for name in ("cost", "markup", "usage", "previous"):
        cell[name] += other[name]
    cell["sources"] |= other["sources"]
    cell["units"] |= other["units"]
    cell["current"] |= other["current"]


def blank(cells: dict[tuple, dict], key: tuple) -> dict:
    first = min((k for k in cells if k[1:] == key), default=None)
    model = cells[first]
    everyone = set().union(*(cell["sources"] for k, cell in cells.items() if k[1:] == key))
    return {**new_cell(), "sources": everyone, "units": model["units"], "alias": model["alias"], "blank": True}


def amount(cell: dict, name: str) -> Decimal:
    if name == "usage":
        return cell["usage"]
    return Decimal(0) if name == "supplementary" else cell["cost"] + cell["markup"]


def percent(now: Decimal, before: Decimal) -> Decimal | None:
    if abs(before) < Decimal("0.005"):
        return None
    with decimal.localcontext() as context:
        context.prec = 80
        return ((now - before) / before * 100).quantize(Decimal("1e-15"), ROUND_HALF_UP)


def in_money(cell: dict) -> dict:
    def group(raw: Decimal, markup: Decimal) -> dict:
        zero = Decimal(0)
        values = {"raw": raw, "markup": markup, "usage": zero, "total": raw + markup}
        return {name: {"value": value, "units": "USD"} for name, value in values.items()}

    cost = group(cell["cost"], cell["markup"])
    return {"infrastructure": cost, "supplementary": group(Decimal(0), Decimal(0)), "cost": cost}


def group_label(name: str, value: str) -> str:
    return value or f"No-{name.split(':', 1)[1] if ':' in name else name}"


def show_row(answer: Answer, key: tuple, cell: dict) -> dict:
    q = answer.q
    row: dict = {"date": q.date(key[0])}
    tags = {}
    for name, value in zip(q.groups, key[1:], strict=True):
        label = group_label(name, value)
        if ":" in name:
            tags[tag_name(name)] = label
        else:
            row[name] = label
    if q.report.usage:
        row["usage"] = {"value": cell["usage"], "units": max(cell["units"]) or q.report.unit}
    row["source_uuid"] = sorted(cell["sources"])
    if "account" in q.groups:
        row["account_alias"] = cell["alias"] or key[1 + q.groups.index("account")]
    if "delta" in q.plain:
        now = cell["usage"] if q.report.usage else cell["cost"] + cell["markup"]
        row["delta_value"] = now - cell["previous"]
        row["delta_percent"] = percent(now, cell["previous"])
    return {**row, **in_money(cell), **tags}


ROW_FIELDS = {
    "date", "usage", "source_uuid", "delta_value", "delta_percent", "account_alias", "values", "infrastructure",
    "supplementary", "cost", *FIELD_ORDER,
}  # fmt: skip


def tag_name(name: str) -> str:
    key = name.split(":", 1)[1]
    return name if key in ROW_FIELDS else key


def nest(answer: Answer, rows: list[tuple[tuple, dict]], level: int) -> dict:
    q = answer.q
    if level == len(q.groups):
        return {"values": [show_row(answer, key, cell) for key, cell in rows]}
    name = q.groups[level]
    short = name.split(":", 1)[1] if ":" in name else name
    together: dict[str, list] = {}
    for key, cell in rows:
        together.setdefault(key[level + 1], []).append((key, cell))
    return {
        f"{short}s": [
            {short: group_label(name, value), **nest(answer, inner, level + 1)} for value, inner in together.items()
        ]
    }


def expected(rows: list[dict], report: str, query: str, today: dt.date) -> dict:
    """meta and data of the answer (meta in the order of the keys), without links."""
    q = Question(REPORTS[report], query, today)
    answer = Answer(rows, q)
    total = new_cell()
    for cell in answer.cells.values():
        merge(total, {**cell, "previous": Decimal(0)})
    buckets = q.buckets()
    ordered = answer.sorted_rows()
    limit = int(q.plain.get("limit", 100))
    size = 100 if limit < 0 else min(limit, 1000)
    offset = int(q.plain.get("offset", 0))
    shown = buckets
    if q.offset is None or not q.ranks:
        shown = buckets[offset:] if size == 0 else buckets[offset : offset + size]
    data = [
        {"date": q.date(b), **nest(answer, [item for item in ordered if item[0][0] == b], 0)} for b in shown
    ]
    meta: dict = {"count": len(buckets), "limit": limit if "limit" in q.plain else size, "offset": offset}
    if q.offset is not None and q.ranks:
        meta = {"count": len(answer.ranked), "limit": q.limit, "offset": q.offset}
        meta["limit"] = int(q.plain.get("limit", q.limit))
        meta["offset"] = int(q.plain.get("offset", q.offset))
    if q.ranks:
        meta["others"] = max(len(answer.ranked) - q.limit, 0)
    meta["total"] = {
        **({"usage": {"value": total["usage"], "units": max(total["units"], default="") or q.report.unit}}
           if q.report.usage else {}),
        **in_money(total),
    }  # fmt: skip
    if "delta" in q.plain:
        now = total["usage"] if q.report.usage else total["cost"] + total["markup"]
        before = sum(
            (cell["previous"] for key, cell in answer.cells.items() if q.monthly or key[0] in answer.present),
            Decimal(0),
        )
        meta["delta"] = {"value": now - before, "percent": percent(now, before)}
    return {"meta": meta, "data": data}


def read_rows(text: str) -> list[dict]:
    """The rows of a JSON array of the daily summary's columns, with the account's alias."""
    rows = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    for row in rows:
        row["usage_start"] = dt.date.fromisoformat(row["usage_start"])
        for name in (*COST_TYPES, *COST_TYPES.values()):
            row[name] = Decimal(row[name])
    return rows
