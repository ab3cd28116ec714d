"""The recorded requests of the original server, played in order: same status, same body.

What Kontor answers otherwise on purpose is listed in DIFFERENCES with the reason; the same list
stands in docs/compatibility.md.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import uuid

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = pathlib.Path(os.environ.get("KONTOR_GOLDEN", ROOT.parent / "shared" / "spec" / "sources-golden.jsonl"))

pytestmark = pytest.mark.skipif(not GOLDEN.exists(), reason=f"no recording at {GOLDEN}")

# case -> (status that Kontor answers, why)
DIFFERENCES = {
    "hdr.xrhid.badb64": (400, "a broken identity is the caller's fault, not the server's"),
    "hdr.xrhid.badjson": (400, "a broken identity is the caller's fault"),
    "hdr.xrhid.null": (400, "a broken identity is the caller's fault"),
    "hdr.types.badxrhid": (400, "a broken identity is the caller's fault"),
    "hdr.reqid.500": (400, "a broken identity is the caller's fault"),
    "types.st.post": (405, "a wrong method is 405"),
    "route.unknown": (404, "an unknown path is 404"),
    "route.apiroot": (404, "an unknown path is 404"),
    "route.put": (405, "a wrong method is 405"),
    "route.options": (405, "a wrong method is 405"),
    "route.delete.coll": (405, "a wrong method is 405"),
    "route.head": (200, "HEAD is answered as GET without a body"),
    "route.v3.openapi": (200, "every version has its document"),
    "src.create.nul": (400, "a NUL in a text is the caller's fault"),
    "src.list.f.sub_short": (400, "an unfinished filter is the caller's fault"),
    "src.edit.same_name": (200, "a source keeps its own name"),
    "src.edit.baddate": (400, "a date that can't be read is refused, not stored as zero"),
}

# The status is the same; the words are Kontor's own, because the original's are those of its
# programming language or of its database, or because they hold catalogue ids; a date in RFC 3339
# is taken, not passed over.
OTHER_WORDS = {
    "src.create.wrongtype", "src.create.wrongtype2", "src.create.badjson", "src.create.badjson2",
    "src.create.badjson3", "src.create.array", "src.create.string", "src.list.f.badint",
    "src.list.f.baddate", "src.edit.badjson", "app.create.badjson",
    "route.unknown.top", "app.create.dup", "app.list.sort", "src.edit.rfcdate", "src.by_apptype",
}  # fmt: skip

# Another document: our own; HEAD has no body.
OTHER_BODY = re.compile(r"^(route\.v\S*openapi|route\.head)")

CATALOGUE = re.compile(r"^(types|md|apptypes)\.")

VOLATILE = {"created_at", "updated_at", "uid"}
# Nobody looked at the sources of the recording; here the server itself does, at its own time.
CHECKED = {"last_checked_at", "last_available_at"}
FOUND_OUT = ("bucket my-cost-bucket: ", "the application's extra lacks ")


class Names:
    """Ids of the recording and their counterparts here, learnt from answers."""

    def __init__(self) -> None:
        self.source_types: dict[str, str] = {}
        self.application_types: dict[str, str] = {}
        self.metadata: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        self.applications: dict[str, str] = {}

    def table(self, key: str) -> dict[str, str]:
        return {
            "source_type_id": self.source_types,
            "application_type_id": self.application_types,
            "source_id": self.sources,
        }.get(key, {})


def load() -> list[dict]:
    with GOLDEN.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def learn_catalogue(names: Names, cases: list[dict], base: str) -> None:
    recorded = {case["name"]: case["response"].get("body") for case in cases}
    for path, case, table in (
        ("source_types", "types.st.list2", names.source_types),
        ("application_types", "types.at.list", names.application_types),
    ):
        own = {
            row["name"]: row["id"] for row in requests.get(f"{base}/api/sources/v3.1/{path}", timeout=30).json()["data"]
        }
        for row in recorded[case]["data"]:
            table[row["id"]] = own[row["name"]]
    own_data = requests.get(f"{base}/api/sources/v3.1/app_meta_data", timeout=30).json()["data"]
    for row in recorded["md.list"]["data"]:
        wanted = (row["name"], names.application_types[row["application_type_id"]])
        names.metadata[row["id"]] = next(
            mine["id"] for mine in own_data if (mine["name"], mine["application_type_id"]) == wanted
        )


def translate_path(names: Names, path: str) -> str:
    def swap(match: re.Match) -> str:
        tables = {
            "source_types": names.source_types,
            "application_types": names.application_types,
            "app_meta_data": names.metadata,
            "sources": names.sources,
            "applications": names.applications,
        }
        return f"/{match[1]}/{tables[match[1]].get(match[2], match[2])}"

    path = re.sub(
        r"/(source_types|application_types|app_meta_data|sources|applications)/(\d+)(?=[/?]|$)",
        swap, path,
    )  # fmt: skip
    path = re.sub(
        r"(filter\[source_id\]=)(\d+)",
        lambda m: m[1] + names.sources.get(m[2], m[2]), path,
    )  # fmt: skip
    return re.sub(
        r"(filter\[id\](?:\[\w+\])?=)(\d+)",
        lambda m: m[1] + names.sources.get(m[2], m[2]), path,
    )  # fmt: skip


def translate_body(names: Names, body: str | None) -> str | None:
    if not body:
        return body

    def swap(match: re.Match) -> str:
        table = names.table(match[1])
        return match[0].replace(match[3], table.get(match[3], match[3]))

    return re.sub(r'"(source_id|source_type_id|application_type_id)":\s*("?)(\d+)\2', swap, body)


def normalise(value: object, names: Names | None) -> object:
    """Without what changes from run to run; recorded ids as Kontor's own."""
    if isinstance(value, list):
        return [normalise(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, object] = {}
    for key, item in value.items():
        if key in VOLATILE:
            result[key] = "…"
        elif key == "id" or key in CHECKED or str(item).startswith(FOUND_OUT):
            continue
        elif key == "links" and names is not None:
            result[key] = {end: translate_path(names, link) for end, link in item.items()}
        elif key == "availability_status" and item in ("in_progress", "unavailable"):
            result[key] = "not available yet"
        elif names is not None and isinstance(item, str) and names.table(key):
            result[key] = names.table(key).get(item, item)
        else:
            result[key] = normalise(item, names)
    if "schema" in result:
        result["schema"] = without_words(result["schema"])
    if names is not None and result.get("supported_authentication_types", {}).get("amazon") == ["arn"]:
        # Cost management takes more kinds of authentication.
        result["supported_authentication_types"]["amazon"] += ["cloud-meter-arn", "access_key_secret_key"]
    return result


def without_words(schema: dict) -> dict:
    """A form without what people read, which is written anew; fields, components and validations stay."""

    def strip(value: object) -> object:
        if isinstance(value, list):
            return [strip(item) for item in value]
        if isinstance(value, dict):
            return {key: strip(item) for key, item in value.items() if key not in ("label", "title")}
        return value

    bare = strip(schema)
    for authentication in bare.get("authentication", []):
        authentication.pop("name")
    return bare


def learn_ids(names: Names, case: dict, answer: object) -> None:
    recorded = case["response"].get("body")
    if case["request"]["method"] != "POST" or case["response"]["status"] != 201:
        return
    is_source = case["request"]["path"].endswith("/sources")
    table = names.sources if is_source else names.applications
    table[recorded["id"]] = answer["id"]


def test_recording_is_answered_alike(server):
    base = server.base_url
    cases = load()
    names, run = Names(), uuid.uuid4().hex[:8]
    learn_catalogue(names, cases, base)
    faults = []
    for case in cases:
        name, sent = case["name"], case["request"]
        headers = {
            key: value.replace("-gaaa", f"-g{run}") if "org" in key else value for key, value in sent["headers"].items()
        }
        answer = requests.request(
            sent["method"], base + translate_path(names, sent["path"]), headers=headers,
            data=(translate_body(names, sent["body"]) or "").encode() or None, timeout=30,
        )  # fmt: skip
        status, why = DIFFERENCES.get(name, (case["response"]["status"], ""))
        if answer.status_code != status:
            faults.append(f"{name}: {answer.status_code}, not {status} {why}: {answer.text[:200]}")
            continue
        try:
            body = answer.json()
        except ValueError:
            body = answer.text
        if status == 201:
            learn_ids(names, case, body)
        if name in DIFFERENCES or name in OTHER_WORDS or OTHER_BODY.match(name):
            continue
        if answer.headers.get("content-type") != case["response"]["headers"].get("content-type"):
            faults.append(f"{name}: content type {answer.headers.get('content-type')}")
        if isinstance(case["response"].get("body"), dict):
            wanted, got = normalise(case["response"]["body"], names), normalise(body, None)
            # As texts: the order of members counts.
            if json.dumps(wanted) != json.dumps(got) and not (CATALOGUE.match(name) and same_catalogue(wanted, got)):
                faults.append(f"{name}:\n  wanted {json.dumps(wanted)[:600]}\n  got    {json.dumps(got)[:600]}")
        elif case["response"].get("raw") and case["response"]["raw"] != body:
            faults.append(f"{name}: {body}, not {case['response']['raw']}")
    assert not faults, "\n".join(faults)


def same_catalogue(wanted: object, got: object) -> bool:
    """Catalogue lists are compared as sets: their order goes by ids, which are Kontor's own."""
    try:
        rows = [sorted(json.dumps(row) for row in doc["data"]) for doc in (wanted, got)]
    except (KeyError, TypeError):
        return False
    return rows[0] == rows[1] and [wanted["meta"], wanted["links"]] == [got["meta"], got["links"]]
