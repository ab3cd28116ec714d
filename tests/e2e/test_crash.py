"""A server killed at any moment of an ingest leaves the old month or the new one, and ends with the new."""

from __future__ import annotations

import gzip
import json
import os
import random
import time
from decimal import Decimal

from support.delivery import TABLES, totals, write_month
from support.process import make_folder, remove_folder, wait_until

KILLS = 20
SUMMARY = "org1234567.reporting_awscostentrylineitem_daily_summary"


def test_killed_at_any_moment(make_server, sample):
    seed = int(os.environ.get("KONTOR_TEST_SEED", time.time()))
    print(f"KONTOR_TEST_SEED={seed}")
    moments = random.Random(seed)
    folder = make_folder()
    bucket = folder / "bucket"
    report = next((sample / "reports").rglob("October-*.csv.gz"))
    reference = json.loads((sample / "reference-october.json").read_text(), parse_float=str)
    once = Decimal(reference["total"]["unblended"])
    header, *lines = gzip.decompress(report.read_bytes()).rstrip().splitlines()
    repeat = 1
    write_month(bucket, header, lines, "00000000-0000-4000-8000-000000000000", repeat)
    server = make_server(KONTOR_S3_ENDPOINT=f"file://{folder}", KONTOR_POLL_INTERVAL="1").start()
    _, provider = server.add_aws_provider("bucket", "cost-report")
    server.wait_for_month(provider)
    assert totals(server) == [once] * len(TABLES)

    interrupted = 0
    for kill in range(1, KILLS + 1):
        old, repeat = repeat, 1 + kill % 7
        assembly = f"00000000-0000-4000-8000-{kill:012d}"
        write_month(bucket, header, lines, assembly, repeat)
        begun = f"SELECT 1 FROM reporting_common_costusagereportmanifest WHERE assembly_id = '{assembly}'"
        found = f"{assembly}, 1 file"
        wait_until(lambda found=found: found in server.log(), 30, "the new delivery is found", pause=0.001)
        time.sleep(moments.uniform(0, 0.25))  # the moment of the crash, not a wait for a state
        server.kill()
        server.start()
        held = totals(server)
        assert held in ([once * old] * len(TABLES), [once * repeat] * len(TABLES)), (kill, old, repeat)
        interrupted += server.sql(begun + " AND completed_datetime IS NULL") != []
        wait_until(
            lambda begun=begun: server.sql(begun + " AND completed_datetime IS NOT NULL"),
            60, f"kill {kill} is made good; log:\n{server.log()[-3000:]}",
        )  # fmt: skip
        assert totals(server) == [once * repeat] * len(TABLES), kill
    assert server.sql(f"SELECT count(DISTINCT date_trunc('month', usage_start)) FROM {SUMMARY}") == [["1"]]
    print(f"{interrupted} of {KILLS} kills hit an unfinished ingest")
    remove_folder(folder)
