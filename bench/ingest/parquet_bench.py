"""The fold of reports in Parquet beside DuckDB's, for bench.py --parquet; needs `pip install duckdb`.

As a program it is DuckDB's side: it groups the files that are named by what the fold groups by and writes
nothing but the number of groups.
"""

import csv
import sys
import tempfile
from decimal import Decimal

KEYS = (
    "date_trunc('day', line_item_usage_start_date)", "bill_payer_account_id", "line_item_usage_account_id",
    "CASE WHEN bill_billing_entity = 'AWS Marketplace' AND product_product_name <> ''"
    " THEN product_product_name ELSE line_item_product_code END",
    "product_product_family", "product_region", "line_item_availability_zone", "product_instance_type",
    "line_item_currency_code",
)  # fmt: skip
AMORTIZED = (
    "CASE WHEN line_item_line_item_type IN ('SavingsPlanCoveredUsage', 'SavingsPlanNegation',"
    " 'SavingsPlanUpfrontFee', 'SavingsPlanRecurringFee')"
    " THEN savings_plan_savings_plan_effective_cost ELSE line_item_unblended_cost END"
)
SUMS = (
    "line_item_unblended_cost", "line_item_blended_cost", "savings_plan_savings_plan_effective_cost", AMORTIZED,
    "CASE WHEN line_item_line_item_type = 'SavingsPlanNegation' THEN 0 ELSE line_item_usage_amount END",
)  # fmt: skip


def query(files, keys, sums):
    return f"SELECT {', '.join([*keys, *sums])} FROM read_parquet({list(files)!r}) GROUP BY ALL"


def command(files, cores):
    """DuckDB on so many cores, as a process of its own."""
    return [sys.executable, __file__, str(len(cores)), *files]


def group(cores, files):
    import duckdb

    database = duckdb.connect(config={"threads": int(cores)})
    names = [row[0] for row in database.execute(f"DESCRIBE SELECT * FROM read_parquet({files!r})").fetchall()]
    tags = [name for name in names if name.startswith("resource_tags_user_")]
    sums = [f"sum({value})" for value in SUMS]
    database.execute("CREATE TEMP TABLE groups AS " + query(files, [*KEYS, *tags], [*sums, "count(*)"]))
    print(database.execute("SELECT count(*) FROM groups").fetchone()[0])


def check(run, kontor, files, cores):
    """Sums by service: DuckDB's in DECIMAL, of each double's shortest text, equal the fold's to the last digit."""
    import duckdb

    sums = [f"sum(CAST(CAST({value} AS VARCHAR) AS DECIMAL(38, 15)))" for value in SUMS]
    rows = duckdb.execute(query(files, KEYS[3:4], sums)).fetchall()
    wanted = {row[0] or "": [value or Decimal(0) for value in row[1:]] for row in rows}
    with tempfile.NamedTemporaryFile("r", newline="") as output:
        run([kontor, "report", *files, "--group-by", "service", "--format", "csv"], cores, output.name)
        folded = {row.pop("service"): list(map(Decimal, row.values())) for row in csv.DictReader(output)}
    if folded != wanted:
        sys.exit("bench: the sums differ from DuckDB's")
    print("The sums equal those of DuckDB in DECIMAL, to the last digit.\n")


if __name__ == "__main__":
    group(sys.argv[1], sys.argv[2:])
