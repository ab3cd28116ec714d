#include "ingest/month/machines.h"

#include "ingest/aws/aws_summaries.h"
#include "ingest/month/key_object.h"

enum { CANCEL_CHECK_GROUPS = 1024 };

const FoldDimension MACHINE_DIMENSIONS[] = {
    FOLD_USAGE_ACCOUNT, FOLD_RESOURCE, FOLD_INSTANCE_TYPE,   FOLD_OPERATING_SYSTEM,
    FOLD_REGION,        FOLD_VCPU,     FOLD_INSTANCE_MEMORY, FOLD_UNIT,
    FOLD_CURRENCY,      FOLD_TAGS,     FOLD_COST_CATEGORY,
};
const int MACHINE_DIMENSION_COUNT = sizeof MACHINE_DIMENSIONS / sizeof *MACHINE_DIMENSIONS;

/* What a column of the temporary table holds of a group. */
typedef enum ColumnKind {
    COLUMN_FIRST,
    COLUMN_LAST,
    COLUMN_TEXT,     /* .index is a FoldDimension; NULL when not given */
    COLUMN_REQUIRED, /* the same, never NULL */
    COLUMN_NAME,     /* the tag Name, whatever tags are read as */
    COLUMN_TAGS,     /* as they are read */
    COLUMN_OBJECT,
    COLUMN_NUMBER, /* .index is a FoldMeasure */
} ColumnKind;

static const char *const SQL_TYPES[] = {
    [COLUMN_FIRST] = "date NOT NULL",
    [COLUMN_LAST] = "date NOT NULL",
    [COLUMN_TEXT] = "text",
    [COLUMN_REQUIRED] = "text NOT NULL",
    [COLUMN_NAME] = "text",
    [COLUMN_TAGS] = "jsonb NOT NULL",
    [COLUMN_OBJECT] = "jsonb NOT NULL",
    [COLUMN_NUMBER] = "numeric NOT NULL",
};

typedef struct MachineColumn {
    const char *name;
    ColumnKind kind;
    int index;
} MachineColumn;

static const MachineColumn COLUMNS[] = {
    {"first_day", COLUMN_FIRST, 0},
    {"last_day", COLUMN_LAST, 0},
    {"usage_account_id", COLUMN_REQUIRED, FOLD_USAGE_ACCOUNT},
    {"resource_id", COLUMN_REQUIRED, FOLD_RESOURCE},
    {"instance_name", COLUMN_NAME, 0},
    {"instance_type", COLUMN_TEXT, FOLD_INSTANCE_TYPE},
    {"operating_system", COLUMN_TEXT, FOLD_OPERATING_SYSTEM},
    {"region", COLUMN_TEXT, FOLD_REGION},
    {"vcpu", COLUMN_TEXT, FOLD_VCPU},
    {"memory", COLUMN_TEXT, FOLD_INSTANCE_MEMORY},
    {"unit", COLUMN_TEXT, FOLD_UNIT},
    {"currency_code", COLUMN_REQUIRED, FOLD_CURRENCY},
    {"tags", COLUMN_TAGS, FOLD_TAGS},
    {"cost_category", COLUMN_OBJECT, FOLD_COST_CATEGORY},
    {"unblended_cost", COLUMN_NUMBER, FOLD_UNBLENDED_COST},
    {"blended_cost", COLUMN_NUMBER, FOLD_BLENDED_COST},
    {"savingsplan_effective_cost", COLUMN_NUMBER, FOLD_SAVINGSPLAN_EFFECTIVE_COST},
    {"calculated_amortized_cost", COLUMN_NUMBER, FOLD_CALCULATED_AMORTIZED_COST},
    {"public_on_demand_cost", COLUMN_NUMBER, FOLD_PUBLIC_ON_DEMAND_COST},
    {"usage_amount", COLUMN_NUMBER, FOLD_USAGE_AMOUNT},
    {"normalized_usage_amount", COLUMN_NUMBER, FOLD_NORMALIZED_USAGE_AMOUNT},
    {"unblended_rate", COLUMN_NUMBER, FOLD_UNBLENDED_RATE},
    {"blended_rate", COLUMN_NUMBER, FOLD_BLENDED_RATE},
    {"public_on_demand_rate", COLUMN_NUMBER, FOLD_PUBLIC_ON_DEMAND_RATE},
    {"normalization_factor", COLUMN_NUMBER, FOLD_NORMALIZATION_FACTOR},
};

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

typedef struct Filling {
    JobRun *run;
    const MonthContext *context;
    DbCopy *copy;
    Arena *arena; /* of one group */
    uint64_t groups;
} Filling;

static FoldText name_of(Arena *arena, FoldText tags)
{
    static const FoldText NAME = {"Name", 4};
    for (KeyPair pair; key_object_next(&tags, &pair);) {
        if (fold_text_compare(pair.key, NAME) == 0) {
            return key_object_text(arena, pair.value);
        }
    }
    return (FoldText){NULL, 0};
}

static void copy_cell(Filling *filling, const MachineColumn *column, const FoldGroup *group)
{
    DbCopy *copy = filling->copy;
    switch (column->kind) {
    case COLUMN_FIRST:
        db_copy_date(copy, group->first_day);
        break;
    case COLUMN_LAST:
        db_copy_date(copy, group->last_day);
        break;
    case COLUMN_TEXT:
    case COLUMN_REQUIRED:
        copy_text_field(copy, group->dimensions[column->index], column->kind == COLUMN_REQUIRED);
        break;
    case COLUMN_NAME:
        copy_text_field(copy, name_of(filling->arena, group->dimensions[FOLD_TAGS]), false);
        break;
    case COLUMN_TAGS:
        copy_object_field(copy,
                          tag_map_apply(filling->context->tag_map, group->dimensions[FOLD_TAGS]));
        break;
    case COLUMN_OBJECT:
        copy_object_field(copy, group->dimensions[column->index]);
        break;
    case COLUMN_NUMBER:
        db_copy_decimal(copy, group->measures[column->index]);
        break;
    }
}

static bool copy_group(void *context, const FoldGroup *group, Error *error)
{
    Filling *filling = context;
    if (filling->groups++ % CANCEL_CHECK_GROUPS == 0 && job_run_cancelled(filling->run, error)) {
        return false;
    }
    db_copy_row(filling->copy, COLUMN_COUNT);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        copy_cell(filling, &COLUMNS[i], group);
    }
    arena_reset(filling->arena);
    return true;
}

static bool create_table(JobRun *run, Error *error)
{
    Buffer *sql = buffer_new(run->arena);
    buffer_append_text(sql, "CREATE TEMP TABLE kontor_machines (");
    for (int i = 0; i < COLUMN_COUNT; i++) {
        buffer_printf(sql, "%s%s %s", i == 0 ? "" : ", ", COLUMNS[i].name,
                      SQL_TYPES[COLUMNS[i].kind]);
    }
    buffer_append_text(sql, ") ON COMMIT DROP");
    return db_script(run->db, sql->data, error);
}

static bool copy_groups(JobRun *run, const MonthContext *context, Fold *fold, Error *error)
{
    Filling filling = {.run = run, .context = context, .arena = arena_new()};
    filling.copy = db_copy_begin(run->db, run->arena,
                                 "COPY pg_temp.kontor_machines FROM STDIN (FORMAT binary)", error);
    bool done = filling.copy != NULL;
    if (done) {
        done = fold_each(fold, copy_group, &filling, error);
        done = db_copy_end(filling.copy, !done, error) && done;
    }
    arena_free(filling.arena);
    return done;
}

bool machines_fill(JobRun *run, const MonthContext *context, const char *bill, Fold *fold,
                   Error *error)
{
    char markup[DECIMAL_TEXT_SIZE];
    decimal_format(context->markup, markup);
    return (fold_group_count(fold) == 0 && !fold_spilled(fold)) ||
           (create_table(run, error) && copy_groups(run, context, fold, error) &&
            DB_QUERY(run->db, run->arena, error, AWS_MACHINES_STATEMENT, bill,
                     context->provider_uuid, markup) != NULL);
}
