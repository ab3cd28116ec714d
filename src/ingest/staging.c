#include "ingest/staging.h"

#include "db/copy.h"

enum { CANCEL_CHECK_GROUPS = 1024, COLUMN_COUNT = 24 };

const FoldDimension STAGING_DIMENSIONS[] = {
    FOLD_DAY,          FOLD_PAYER_ACCOUNT,  FOLD_USAGE_ACCOUNT,
    FOLD_PRODUCT_CODE, FOLD_PRODUCT_FAMILY, FOLD_AVAILABILITY_ZONE,
    FOLD_REGION,       FOLD_INSTANCE_TYPE,  FOLD_UNIT,
    FOLD_CURRENCY,     FOLD_TAGS,           FOLD_COST_CATEGORY,
};
const int STAGING_DIMENSION_COUNT = sizeof STAGING_DIMENSIONS / sizeof *STAGING_DIMENSIONS;

static const char CREATE_SQL[] =
    "CREATE TEMP TABLE kontor_groups ("
    "    usage_start date NOT NULL,"
    "    payer_account_id text,"
    "    usage_account_id text NOT NULL,"
    "    product_code text NOT NULL,"
    "    product_family text,"
    "    availability_zone text,"
    "    region text,"
    "    instance_type text,"
    "    unit text,"
    "    currency_code text NOT NULL,"
    "    tags jsonb NOT NULL,"
    "    cost_category jsonb NOT NULL,"
    "    resource_ids text[] NOT NULL,"
    "    unblended_cost numeric NOT NULL,"
    "    blended_cost numeric NOT NULL,"
    "    savingsplan_effective_cost numeric NOT NULL,"
    "    calculated_amortized_cost numeric NOT NULL,"
    "    public_on_demand_cost numeric NOT NULL,"
    "    usage_amount numeric NOT NULL,"
    "    normalized_usage_amount numeric NOT NULL,"
    "    unblended_rate numeric NOT NULL,"
    "    blended_rate numeric NOT NULL,"
    "    public_on_demand_rate numeric NOT NULL,"
    "    normalization_factor numeric NOT NULL);"
    "CREATE TEMP VIEW kontor_staging AS"
    " SELECT g.usage_start, left(g.usage_account_id, 50) AS usage_account_id, g.product_code,"
    "        left(g.product_family, 150) AS product_family,"
    "        left(g.availability_zone, 50) AS availability_zone, left(g.region, 50) AS region,"
    "        left(g.instance_type, 50) AS instance_type, left(g.unit, 63) AS unit,"
    "        left(g.currency_code, 10) AS currency_code, g.tags, g.cost_category, g.resource_ids,"
    "        g.unblended_cost, g.blended_cost, g.savingsplan_effective_cost,"
    "        g.calculated_amortized_cost, g.public_on_demand_cost, g.usage_amount,"
    "        g.normalized_usage_amount, g.unblended_rate, g.blended_rate, g.public_on_demand_rate,"
    "        g.normalization_factor, a.id AS alias_id"
    "   FROM kontor_groups g"
    "   LEFT JOIN reporting_awsaccountalias a ON a.account_id = left(g.usage_account_id, 50)";

/* In the order of the table's columns. */
static const FoldDimension TEXTS[] = {
    FOLD_PAYER_ACCOUNT,     FOLD_USAGE_ACCOUNT, FOLD_PRODUCT_CODE,  FOLD_PRODUCT_FAMILY,
    FOLD_AVAILABILITY_ZONE, FOLD_REGION,        FOLD_INSTANCE_TYPE, FOLD_UNIT,
    FOLD_CURRENCY,
};
static const FoldMeasure MEASURES[] = {
    FOLD_UNBLENDED_COST,
    FOLD_BLENDED_COST,
    FOLD_SAVINGSPLAN_EFFECTIVE_COST,
    FOLD_CALCULATED_AMORTIZED_COST,
    FOLD_PUBLIC_ON_DEMAND_COST,
    FOLD_USAGE_AMOUNT,
    FOLD_NORMALIZED_USAGE_AMOUNT,
    FOLD_UNBLENDED_RATE,
    FOLD_BLENDED_RATE,
    FOLD_PUBLIC_ON_DEMAND_RATE,
    FOLD_NORMALIZATION_FACTOR,
};

enum {
    TEXT_COUNT = sizeof TEXTS / sizeof *TEXTS,
    MEASURE_COUNT = sizeof MEASURES / sizeof *MEASURES,
};

typedef struct Filling {
    JobRun *run;
    DbCopy *copy;
    uint64_t groups;
    Arena *arena; /* of one group's resource list */
} Filling;

static bool is_required(FoldDimension dimension)
{
    return dimension == FOLD_USAGE_ACCOUNT || dimension == FOLD_PRODUCT_CODE ||
           dimension == FOLD_CURRENCY;
}

static void copy_resources(Filling *filling, const FoldGroup *group)
{
    const char **texts = arena_array(filling->arena, group->resource_count + 1, sizeof *texts);
    size_t *lengths = arena_array(filling->arena, group->resource_count + 1, sizeof *lengths);
    for (uint32_t i = 0; i < group->resource_count; i++) {
        texts[i] = group->resources[i].bytes;
        lengths[i] = group->resources[i].length;
    }
    db_copy_text_array(filling->copy, texts, lengths, (int)group->resource_count);
    arena_reset(filling->arena);
}

static void copy_object(DbCopy *copy, FoldText text)
{
    if (text.length == 0) {
        db_copy_jsonb(copy, "{}", 2);
    } else {
        db_copy_jsonb(copy, text.bytes, text.length);
    }
}

static bool copy_group(void *context, const FoldGroup *group, Error *error)
{
    Filling *filling = context;
    DbCopy *copy = filling->copy;
    if (filling->groups++ % CANCEL_CHECK_GROUPS == 0 && job_run_cancelled(filling->run, error)) {
        return false;
    }
    db_copy_row(copy, COLUMN_COUNT);
    db_copy_date(copy, group->usage_start);
    for (int i = 0; i < TEXT_COUNT; i++) {
        FoldText text = group->dimensions[TEXTS[i]];
        if (text.length == 0 && !is_required(TEXTS[i])) {
            db_copy_null(copy);
        } else {
            db_copy_text_length(copy, text.bytes, text.length);
        }
    }
    copy_object(copy, group->dimensions[FOLD_TAGS]);
    copy_object(copy, group->dimensions[FOLD_COST_CATEGORY]);
    copy_resources(filling, group);
    for (int i = 0; i < MEASURE_COUNT; i++) {
        db_copy_decimal(copy, group->measures[MEASURES[i]]);
    }
    return true;
}

bool staging_fill(JobRun *run, Fold *fold, uint64_t *groups, Error *error)
{
    if (!staging_drop(run->db, error) || !db_script(run->db, CREATE_SQL, error)) {
        return false;
    }
    Filling filling = {.run = run};
    filling.copy = db_copy_begin(run->db, run->arena,
                                 "COPY pg_temp.kontor_groups FROM STDIN (FORMAT binary)", error);
    if (filling.copy == NULL) {
        return false;
    }
    filling.arena = arena_new();
    bool done = fold_each(fold, copy_group, &filling, error);
    done = db_copy_end(filling.copy, !done, error) && done;
    arena_free(filling.arena);
    *groups = filling.groups;
    /* The planner knows nothing of a temporary table until it is told. */
    return done && db_script(run->db, "ANALYZE pg_temp.kontor_groups", error);
}

bool staging_drop(Db *db, Error *error)
{
    return db_script(db,
                     "DROP VIEW IF EXISTS pg_temp.kontor_staging;"
                     " DROP TABLE IF EXISTS pg_temp.kontor_groups",
                     error);
}
