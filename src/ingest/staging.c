#include "ingest/staging.h"

#include "db/copy.h"

enum { CANCEL_CHECK_GROUPS = 1024 };

const FoldDimension STAGING_DIMENSIONS[] = {
    FOLD_DAY,          FOLD_PAYER_ACCOUNT,  FOLD_USAGE_ACCOUNT,
    FOLD_PRODUCT_CODE, FOLD_PRODUCT_FAMILY, FOLD_AVAILABILITY_ZONE,
    FOLD_REGION,       FOLD_INSTANCE_TYPE,  FOLD_UNIT,
    FOLD_CURRENCY,     FOLD_TAGS,           FOLD_COST_CATEGORY,
};
const int STAGING_DIMENSION_COUNT = sizeof STAGING_DIMENSIONS / sizeof *STAGING_DIMENSIONS;

const FoldDimension STAGING_INSTANCE_DIMENSIONS[] = {
    FOLD_USAGE_ACCOUNT, FOLD_RESOURCE, FOLD_INSTANCE_TYPE,   FOLD_OPERATING_SYSTEM,
    FOLD_REGION,        FOLD_VCPU,     FOLD_INSTANCE_MEMORY, FOLD_UNIT,
    FOLD_CURRENCY,      FOLD_TAGS,     FOLD_COST_CATEGORY,
};
const int STAGING_INSTANCE_DIMENSION_COUNT =
    sizeof STAGING_INSTANCE_DIMENSIONS / sizeof *STAGING_INSTANCE_DIMENSIONS;

/* What a column of a staging table holds of a group. */
typedef enum ColumnKind {
    COLUMN_END,
    COLUMN_USAGE_START,
    COLUMN_FIRST_DAY,
    COLUMN_LAST_DAY,
    COLUMN_TEXT,     /* .index is a FoldDimension; NULL when not given */
    COLUMN_REQUIRED, /* the same, never NULL */
    COLUMN_OBJECT,
    COLUMN_RESOURCES,
    COLUMN_NUMBER, /* .index is a FoldMeasure */
} ColumnKind;

static const char *const SQL_TYPES[] = {
    [COLUMN_USAGE_START] = "date NOT NULL", [COLUMN_FIRST_DAY] = "date NOT NULL",
    [COLUMN_LAST_DAY] = "date NOT NULL",    [COLUMN_TEXT] = "text",
    [COLUMN_REQUIRED] = "text NOT NULL",    [COLUMN_OBJECT] = "jsonb NOT NULL",
    [COLUMN_RESOURCES] = "text[] NOT NULL", [COLUMN_NUMBER] = "numeric NOT NULL",
};

typedef struct StagingColumn {
    const char *name;
    ColumnKind kind;
    int index;
} StagingColumn;

#define MEASURE_COLUMNS                                                                            \
    {"unblended_cost", COLUMN_NUMBER, FOLD_UNBLENDED_COST},                                        \
        {"blended_cost", COLUMN_NUMBER, FOLD_BLENDED_COST},                                        \
        {"savingsplan_effective_cost", COLUMN_NUMBER, FOLD_SAVINGSPLAN_EFFECTIVE_COST},            \
        {"calculated_amortized_cost", COLUMN_NUMBER, FOLD_CALCULATED_AMORTIZED_COST},              \
        {"public_on_demand_cost", COLUMN_NUMBER, FOLD_PUBLIC_ON_DEMAND_COST},                      \
        {"usage_amount", COLUMN_NUMBER, FOLD_USAGE_AMOUNT},                                        \
        {"normalized_usage_amount", COLUMN_NUMBER, FOLD_NORMALIZED_USAGE_AMOUNT},                  \
        {"unblended_rate", COLUMN_NUMBER, FOLD_UNBLENDED_RATE},                                    \
        {"blended_rate", COLUMN_NUMBER, FOLD_BLENDED_RATE},                                        \
        {"public_on_demand_rate", COLUMN_NUMBER, FOLD_PUBLIC_ON_DEMAND_RATE},                      \
    {                                                                                              \
        "normalization_factor", COLUMN_NUMBER, FOLD_NORMALIZATION_FACTOR                           \
    }

static const StagingColumn GROUP_COLUMNS[] = {
    {"usage_start", COLUMN_USAGE_START, 0},
    {"payer_account_id", COLUMN_TEXT, FOLD_PAYER_ACCOUNT},
    {"usage_account_id", COLUMN_REQUIRED, FOLD_USAGE_ACCOUNT},
    {"product_code", COLUMN_REQUIRED, FOLD_PRODUCT_CODE},
    {"product_family", COLUMN_TEXT, FOLD_PRODUCT_FAMILY},
    {"availability_zone", COLUMN_TEXT, FOLD_AVAILABILITY_ZONE},
    {"region", COLUMN_TEXT, FOLD_REGION},
    {"instance_type", COLUMN_TEXT, FOLD_INSTANCE_TYPE},
    {"unit", COLUMN_TEXT, FOLD_UNIT},
    {"currency_code", COLUMN_REQUIRED, FOLD_CURRENCY},
    {"tags", COLUMN_OBJECT, FOLD_TAGS},
    {"cost_category", COLUMN_OBJECT, FOLD_COST_CATEGORY},
    {"resource_ids", COLUMN_RESOURCES, 0},
    MEASURE_COLUMNS,
    {0},
};

static const StagingColumn INSTANCE_COLUMNS[] = {
    {"first_day", COLUMN_FIRST_DAY, 0},
    {"last_day", COLUMN_LAST_DAY, 0},
    {"usage_account_id", COLUMN_REQUIRED, FOLD_USAGE_ACCOUNT},
    {"resource_id", COLUMN_REQUIRED, FOLD_RESOURCE},
    {"instance_type", COLUMN_TEXT, FOLD_INSTANCE_TYPE},
    {"operating_system", COLUMN_TEXT, FOLD_OPERATING_SYSTEM},
    {"region", COLUMN_TEXT, FOLD_REGION},
    {"vcpu", COLUMN_TEXT, FOLD_VCPU},
    {"memory", COLUMN_TEXT, FOLD_INSTANCE_MEMORY},
    {"unit", COLUMN_TEXT, FOLD_UNIT},
    {"currency_code", COLUMN_REQUIRED, FOLD_CURRENCY},
    {"tags", COLUMN_OBJECT, FOLD_TAGS},
    {"cost_category", COLUMN_OBJECT, FOLD_COST_CATEGORY},
    MEASURE_COLUMNS,
    {0},
};

/* Rounded a group, so that all tables that sum groups tell the same markup to the last place. */
#define MARKUP(cost)                                                                               \
    "CASE (SELECT factor FROM pg_temp.kontor_markup)"                                              \
    " WHEN 0 THEN 0"                                                                               \
    " ELSE round(g." cost " * (SELECT factor FROM pg_temp.kontor_markup), 15)"                     \
    " END"

/* clang-format off */
static const char VIEW_SQL[] =
    "CREATE TEMP TABLE kontor_markup (factor numeric NOT NULL);"
    "CREATE TEMP VIEW kontor_staging AS"
    " SELECT g.usage_start, left(g.usage_account_id, 50) AS usage_account_id, g.product_code,"
    "        left(g.product_family, 150) AS product_family,"
    "        left(g.availability_zone, 50) AS availability_zone, left(g.region, 50) AS region,"
    "        left(g.instance_type, 50) AS instance_type, left(g.unit, 63) AS unit,"
    "        left(g.currency_code, 10) AS currency_code, " STAGING_TAGS("g.tags") " AS tags,"
    "        g.cost_category, g.resource_ids,"
    "        g.unblended_cost, g.blended_cost, g.savingsplan_effective_cost,"
    "        g.calculated_amortized_cost, g.public_on_demand_cost, g.usage_amount,"
    "        g.normalized_usage_amount, g.unblended_rate, g.blended_rate, g.public_on_demand_rate,"
    "        g.normalization_factor, a.id AS alias_id,"
    "        " MARKUP("unblended_cost") " AS markup_cost,"
    "        " MARKUP("blended_cost") " AS markup_cost_blended,"
    "        " MARKUP("savingsplan_effective_cost") " AS markup_cost_savingsplan,"
    "        " MARKUP("calculated_amortized_cost") " AS markup_cost_amortized"
    "   FROM kontor_groups g"
    "   LEFT JOIN reporting_awsaccountalias a ON a.account_id = left(g.usage_account_id, 50)";
/* clang-format on */

typedef struct Filling {
    JobRun *run;
    DbCopy *copy;
    const StagingColumn *columns;
    int column_count;
    uint64_t groups;
    Arena *arena; /* of one group's resource list */
} Filling;

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

static void copy_text(DbCopy *copy, FoldText text, bool required)
{
    if (text.length == 0 && !required) {
        db_copy_null(copy);
    } else {
        db_copy_text_length(copy, text.bytes, text.length);
    }
}

static void copy_object(DbCopy *copy, FoldText text)
{
    if (text.length == 0) {
        db_copy_jsonb(copy, "{}", 2);
    } else {
        db_copy_jsonb(copy, text.bytes, text.length);
    }
}

static void copy_cell(Filling *filling, const StagingColumn *column, const FoldGroup *group)
{
    DbCopy *copy = filling->copy;
    switch (column->kind) {
    case COLUMN_USAGE_START:
        db_copy_date(copy, group->usage_start);
        break;
    case COLUMN_FIRST_DAY:
        db_copy_date(copy, group->first_day);
        break;
    case COLUMN_LAST_DAY:
        db_copy_date(copy, group->last_day);
        break;
    case COLUMN_TEXT:
    case COLUMN_REQUIRED:
        copy_text(copy, group->dimensions[column->index], column->kind == COLUMN_REQUIRED);
        break;
    case COLUMN_OBJECT:
        copy_object(copy, group->dimensions[column->index]);
        break;
    case COLUMN_RESOURCES:
        copy_resources(filling, group);
        break;
    case COLUMN_NUMBER:
        db_copy_decimal(copy, group->measures[column->index]);
        break;
    case COLUMN_END:
        break;
    }
}

static bool copy_group(void *context, const FoldGroup *group, Error *error)
{
    Filling *filling = context;
    if (filling->groups++ % CANCEL_CHECK_GROUPS == 0 && job_run_cancelled(filling->run, error)) {
        return false;
    }
    db_copy_row(filling->copy, filling->column_count);
    for (int i = 0; i < filling->column_count; i++) {
        copy_cell(filling, &filling->columns[i], group);
    }
    return true;
}

static const char *create_sql(Arena *arena, const char *table, const StagingColumn *columns)
{
    Buffer *sql = buffer_new(arena);
    buffer_printf(sql, "CREATE TEMP TABLE %s (", table);
    for (const StagingColumn *column = columns; column->kind != COLUMN_END; column++) {
        buffer_printf(sql, "%s%s %s", column == columns ? "" : ", ", column->name,
                      SQL_TYPES[column->kind]);
    }
    buffer_append_text(sql, ")");
    return sql->data;
}

/* Makes a table and copies a fold's groups to it. */
static bool fill_table(JobRun *run, const char *table, const StagingColumn *columns, Fold *fold,
                       uint64_t *groups, Error *error)
{
    Filling filling = {.run = run, .columns = columns};
    while (columns[filling.column_count].kind != COLUMN_END) {
        filling.column_count++;
    }
    if (!db_script(run->db, create_sql(run->arena, table, columns), error)) {
        return false;
    }
    filling.copy = db_copy_begin(
        run->db, run->arena,
        arena_printf(run->arena, "COPY pg_temp.%s FROM STDIN (FORMAT binary)", table), error);
    if (filling.copy == NULL) {
        return false;
    }
    filling.arena = arena_new();
    bool done = fold_each(fold, copy_group, &filling, error);
    done = db_copy_end(filling.copy, !done, error) && done;
    arena_free(filling.arena);
    *groups = filling.groups;
    /* The planner knows nothing of a temporary table until it is told. */
    return done && db_script(run->db, arena_printf(run->arena, "ANALYZE pg_temp.%s", table), error);
}

bool staging_fill(JobRun *run, Fold *fold, uint64_t *groups, Error *error)
{
    uint64_t instances;
    /* Refused, and not needed, once the connection has used temporary tables. */
    db_script(run->db, "SET temp_buffers = '64MB'", NULL);
    return staging_drop(run->db, error) &&
           fill_table(run, "kontor_groups", GROUP_COLUMNS, fold, groups, error) &&
           fill_table(run, "kontor_instances", INSTANCE_COLUMNS, fold_instances(fold), &instances,
                      error) &&
           db_script(run->db, VIEW_SQL, error);
}

bool staging_drop(Db *db, Error *error)
{
    return db_script(db,
                     "DROP VIEW IF EXISTS pg_temp.kontor_staging;"
                     " DROP TABLE IF EXISTS pg_temp.kontor_groups, pg_temp.kontor_instances,"
                     "                      pg_temp.kontor_markup",
                     error);
}

bool staging_view_bill(JobRun *run, const char *bill, Error *error)
{
    return staging_drop(run->db, error) &&
           db_script(run->db,
                     arena_printf(run->arena,
                                  "CREATE TEMP VIEW kontor_staging AS"
                                  " SELECT r.*, r.account_alias_id AS alias_id"
                                  "   FROM reporting_awscostentrylineitem_daily_summary r"
                                  "  WHERE r.cost_entry_bill_id = %s",
                                  bill),
                     error);
}
