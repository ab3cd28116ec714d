#include "cmd/report_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static const struct {
    const char *name;
    FoldDimension dimension;
} GROUPINGS[] = {
    {"account", FOLD_USAGE_ACCOUNT},
    {"az", FOLD_AVAILABILITY_ZONE},
    {"category", FOLD_COST_CATEGORY},
    {"currency", FOLD_CURRENCY},
    {"day", FOLD_DAY},
    {"family", FOLD_PRODUCT_FAMILY},
    {"instance_type", FOLD_INSTANCE_TYPE},
    {"payer", FOLD_PAYER_ACCOUNT},
    {"product", FOLD_PRODUCT_NAME},
    {"region", FOLD_REGION},
    {"resource", FOLD_RESOURCE},
    {"service", FOLD_PRODUCT_CODE},
    {"tags", FOLD_TAGS},
    {"type", FOLD_LINE_ITEM_TYPE},
    {"unit", FOLD_UNIT},
};

static const struct {
    const char *name;
    FoldMeasure measure;
} COLUMNS[] = {
    {"unblended_cost", FOLD_UNBLENDED_COST},
    {"blended_cost", FOLD_BLENDED_COST},
    {"savingsplan_effective_cost", FOLD_SAVINGSPLAN_EFFECTIVE_COST},
    {"calculated_amortized_cost", FOLD_CALCULATED_AMORTIZED_COST},
    {"usage_amount", FOLD_USAGE_AMOUNT},
};

enum {
    GROUPING_COUNT = sizeof GROUPINGS / sizeof *GROUPINGS,
    COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS,
    WIDTH_MAX = 48,
};

typedef struct Row {
    Day day;
    const char *texts[FOLD_DIMENSION_COUNT];
    Decimal values[COLUMN_COUNT];
} Row;

typedef struct Rows {
    Arena *arena;
    const ReportLayout *layout;
    Row *rows;
    size_t count, capacity;
    Decimal totals[COLUMN_COUNT];
    FILE *out; /* for stream_row */
} Rows;

uint32_t report_measures(void)
{
    uint32_t measures = 0;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        measures |= 1u << COLUMNS[i].measure;
    }
    return measures;
}

static bool add_grouping(ReportLayout *layout, const char *name, size_t length, Error *error)
{
    for (int i = 0; i < GROUPING_COUNT; i++) {
        if (strlen(GROUPINGS[i].name) == length && memcmp(GROUPINGS[i].name, name, length) == 0) {
            for (int j = 0; j < layout->count; j++) {
                if (layout->dimensions[j] == GROUPINGS[i].dimension) {
                    return true;
                }
            }
            layout->dimensions[layout->count] = GROUPINGS[i].dimension;
            layout->names[layout->count++] = GROUPINGS[i].name;
            return true;
        }
    }
    return error_set(error, ERROR_INVALID, "--group-by: \"%.*s\" is not known; --help lists them",
                     (int)length, name);
}

bool report_layout_parse(ReportLayout *layout, const char *group_by, const char *format,
                         Error *error)
{
    static const char *const FORMATS[] = {
        [REPORT_TABLE] = "table", [REPORT_CSV] = "csv", [REPORT_JSON] = "json"};
    *layout = (ReportLayout){0};
    while (*group_by != '\0') {
        size_t length = strcspn(group_by, ",");
        if (length > 0 && !add_grouping(layout, group_by, length, error)) {
            return false;
        }
        group_by += length + (group_by[length] == ',');
    }
    for (int i = REPORT_TABLE; i <= REPORT_JSON; i++) {
        if (strcmp(format, FORMATS[i]) == 0) {
            layout->format = (ReportFormat)i;
            return true;
        }
    }
    return error_set(error, ERROR_INVALID, "--format: \"%s\" is not table, csv or json", format);
}

static bool add_row(void *context, const FoldGroup *group, Error *error)
{
    Rows *rows = context;
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity == 0 ? 256 : rows->capacity * 2;
        rows->rows = realloc(rows->rows, rows->capacity * sizeof *rows->rows);
        if (rows->rows == NULL) {
            return error_set(error, ERROR_INTERNAL, "out of memory");
        }
    }
    Row *row = &rows->rows[rows->count++];
    *row = (Row){.day = group->usage_start};
    for (int i = 0; i < rows->layout->count; i++) {
        FoldText text = group->dimensions[rows->layout->dimensions[i]];
        char day[DATE_TEXT_SIZE];
        row->texts[i] = rows->layout->dimensions[i] == FOLD_DAY
                            ? arena_strdup(rows->arena, day_format(group->usage_start, day))
                            : arena_strndup(rows->arena, text.bytes, text.length);
    }
    for (int i = 0; i < COLUMN_COUNT; i++) {
        row->values[i] = group->measures[COLUMNS[i].measure];
        if (!decimal_add(&rows->totals[i], row->values[i])) {
            return error_set(error, ERROR_DATA, "the total is larger than any bill");
        }
    }
    return true;
}

static int compare_rows(const void *left, const void *right, void *context)
{
    const Row *a = left, *b = right;
    const ReportLayout *layout = context;
    if (a->day != b->day) {
        return a->day < b->day ? -1 : 1;
    }
    if (a->values[0] != b->values[0]) {
        return a->values[0] > b->values[0] ? -1 : 1;
    }
    for (int i = 0; i < layout->count; i++) {
        int order = strcmp(a->texts[i], b->texts[i]);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static void write_values(JsonWriter *json, const Decimal *values)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        json_write_key(json, COLUMNS[i].name);
        json_write_decimal(json, values[i]);
    }
}

static void write_json(FILE *out, const Rows *rows, uint64_t lines, uint64_t faults)
{
    Buffer *text = buffer_new(rows->arena);
    JsonWriter json = json_writer(text);
    json_begin_object(&json);
    json_member_int(&json, "lines", (int64_t)lines);
    json_member_int(&json, "faults", (int64_t)faults);
    json_write_key(&json, "groups");
    json_begin_array(&json);
    for (size_t i = 0; i < rows->count; i++) {
        json_begin_object(&json);
        for (int j = 0; j < rows->layout->count; j++) {
            json_member_string(&json, rows->layout->names[j], rows->rows[i].texts[j]);
        }
        write_values(&json, rows->rows[i].values);
        json_end(&json);
    }
    json_end(&json);
    json_write_key(&json, "total");
    json_begin_object(&json);
    write_values(&json, rows->totals);
    json_end(&json);
    json_end(&json);
    fwrite(text->data, 1, text->length, out);
    fputc('\n', out);
}

/* One thread writes, a byte at a time: without locks. */
static void write_csv_text(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs_unlocked(text, out);
        return;
    }
    putc_unlocked('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            putc_unlocked('"', out);
        }
        putc_unlocked(*text, out);
    }
    putc_unlocked('"', out);
}

static void write_csv_header(FILE *out, const ReportLayout *layout)
{
    for (int i = 0; i < layout->count; i++) {
        fprintf(out, "%s,", layout->names[i]);
    }
    for (int i = 0; i < COLUMN_COUNT; i++) {
        fprintf(out, "%s%s", COLUMNS[i].name, i + 1 < COLUMN_COUNT ? "," : "\n");
    }
}

static void write_csv_row(FILE *out, const ReportLayout *layout, const Row *row)
{
    for (int i = 0; i < layout->count; i++) {
        write_csv_text(out, row->texts[i]);
        putc_unlocked(',', out);
    }
    for (int i = 0; i < COLUMN_COUNT; i++) {
        char text[DECIMAL_TEXT_SIZE];
        decimal_format(row->values[i], text);
        fputs_unlocked(text, out);
        putc_unlocked(i + 1 < COLUMN_COUNT ? ',' : '\n', out);
    }
}

static void write_csv(FILE *out, const Rows *rows)
{
    write_csv_header(out, rows->layout);
    for (size_t i = 0; i < rows->count; i++) {
        write_csv_row(out, rows->layout, &rows->rows[i]);
    }
}

static bool stream_row(void *context, const FoldGroup *group, Error *error)
{
    Rows *rows = context;
    rows->count = 0;
    if (!add_row(rows, group, error)) {
        return false;
    }
    write_csv_row(rows->out, rows->layout, rows->rows);
    arena_reset(rows->arena);
    return true;
}

/* Groups that did not fit into the memory come as they are read back. */
static bool stream_csv(Rows *rows, Fold *fold, Error *error)
{
    write_csv_header(rows->out, rows->layout);
    return fold_each(fold, stream_row, rows, error);
}

/* For people: two places are enough, and columns line up. */
static void print_rounded(FILE *out, Decimal value, int width)
{
    const Decimal cent = 10000000000000; /* 10^13 of 10^15 */
    Decimal cents = (value + (value < 0 ? -cent / 2 : cent / 2)) / cent;
    unsigned long long magnitude = (unsigned long long)(cents < 0 ? -cents : cents);
    char text[DECIMAL_TEXT_SIZE];
    snprintf(text, sizeof text, "%s%llu.%02llu", cents < 0 ? "-" : "", magnitude / 100,
             magnitude % 100);
    fprintf(out, "%*s", width, text);
}

static void print_row(FILE *out, const Rows *rows, const int *widths, const char *const *texts,
                      const Decimal *values)
{
    for (int j = 0; j < rows->layout->count; j++) {
        fprintf(out, "%-*.*s  ", widths[j], WIDTH_MAX, texts[j]);
    }
    for (int j = 0; j < COLUMN_COUNT; j++) {
        print_rounded(out, values[j], 2 + (int)strlen(COLUMNS[j].name));
    }
    fputc('\n', out);
}

static void write_table(FILE *out, const Rows *rows, uint64_t lines)
{
    const ReportLayout *layout = rows->layout;
    int widths[FOLD_DIMENSION_COUNT];
    const char *total[FOLD_DIMENSION_COUNT] = {"total"};
    for (int j = 0; j < layout->count; j++) {
        widths[j] = (int)strlen(layout->names[j]) < 5 ? 5 : (int)strlen(layout->names[j]);
        for (size_t i = 0; i < rows->count; i++) {
            int length = (int)strnlen(rows->rows[i].texts[j], WIDTH_MAX);
            widths[j] = length > widths[j] ? length : widths[j];
        }
        total[j] = j == 0 ? "total" : "";
        fprintf(out, "%-*s  ", widths[j], layout->names[j]);
    }
    for (int j = 0; j < COLUMN_COUNT; j++) {
        fprintf(out, "  %s", COLUMNS[j].name);
    }
    fputc('\n', out);
    for (size_t i = 0; i < rows->count; i++) {
        print_row(out, rows, widths, rows->rows[i].texts, rows->rows[i].values);
    }
    if (layout->count > 0) {
        print_row(out, rows, widths, total, rows->totals);
    }
    fprintf(out, "%llu lines\n", (unsigned long long)lines);
}

static bool sort_and_write(Rows *rows, Fold *fold, uint64_t lines, uint64_t faults, Error *error)
{
    if (!fold_each(fold, add_row, rows, error)) {
        return false;
    }
    qsort_r(rows->rows, rows->count, sizeof *rows->rows, compare_rows, (void *)rows->layout);
    switch (rows->layout->format) {
    case REPORT_TABLE:
        write_table(rows->out, rows, lines);
        break;
    case REPORT_CSV:
        write_csv(rows->out, rows);
        break;
    case REPORT_JSON:
        write_json(rows->out, rows, lines, faults);
        break;
    }
    return true;
}

bool report_write(FILE *out, Fold *fold, const ReportLayout *layout, uint64_t lines,
                  uint64_t faults, Error *error)
{
    Rows rows = {.arena = arena_new(), .layout = layout, .out = out};
    bool streamed = layout->format == REPORT_CSV && fold_spilled(fold);
    bool done = streamed ? stream_csv(&rows, fold, error)
                         : sort_and_write(&rows, fold, lines, faults, error);
    if (done && (fflush(out) != 0 || ferror(out) != 0)) {
        done = error_set(error, ERROR_UNAVAILABLE, "the output cannot be written: %s",
                         strerror(errno));
    }
    free(rows.rows);
    arena_free(rows.arena);
    return done;
}
