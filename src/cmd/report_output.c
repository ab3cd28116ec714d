#include "cmd/report_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "cmd/report_rows.h"

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

static const FoldMeasure MEASURES[REPORT_MEASURES] = {
    FOLD_UNBLENDED_COST,
    FOLD_BLENDED_COST,
    FOLD_SAVINGSPLAN_EFFECTIVE_COST,
    FOLD_CALCULATED_AMORTIZED_COST,
    FOLD_USAGE_AMOUNT,
};

const char *const REPORT_MEASURE_NAMES[REPORT_MEASURES] = {
    "unblended_cost", "blended_cost", "savingsplan_effective_cost", "calculated_amortized_cost",
    "usage_amount",
};

enum { GROUPING_COUNT = sizeof GROUPINGS / sizeof *GROUPINGS, WIDTH_MAX = 48 };

typedef struct Rows {
    Arena *arena;
    const ReportLayout *layout;
    bool copied; /* the texts, for they don't stay */
    ReportRow *rows;
    size_t count, capacity;
    Decimal totals[REPORT_MEASURES];
    Buffer *line; /* for stream_row */
    FILE *out;
} Rows;

uint32_t report_measures(void)
{
    uint32_t measures = 0;
    for (int i = 0; i < REPORT_MEASURES; i++) {
        measures |= 1u << MEASURES[i];
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
    ReportRow *row = &rows->rows[rows->count++];
    row->day = group->usage_start;
    row->texts = arena_array(rows->arena, (size_t)rows->layout->count + 1, sizeof *row->texts);
    for (int i = 0; i < rows->layout->count; i++) {
        FoldText text = group->dimensions[rows->layout->dimensions[i]];
        if (rows->copied && text.length > 0) {
            text.bytes = arena_strndup(rows->arena, text.bytes, text.length);
        }
        row->texts[i] = text.length > 0 ? text : (FoldText){"", 0};
    }
    for (int i = 0; i < REPORT_MEASURES; i++) {
        row->values[i] = group->measures[MEASURES[i]];
        if (!decimal_add(&rows->totals[i], row->values[i])) {
            return error_set(error, ERROR_DATA, "the total is larger than any bill");
        }
    }
    return true;
}

/* The same number only for the same text. */
static int compare_texts(FoldText left, FoldText right)
{
    size_t shorter = left.length < right.length ? left.length : right.length;
    int order = shorter > 0 ? memcmp(left.bytes, right.bytes, shorter) : 0;
    return order != 0 ? order : (left.length > right.length) - (left.length < right.length);
}

static int compare_rows(const void *left, const void *right, void *context)
{
    const ReportRow *a = left, *b = right;
    const ReportLayout *layout = context;
    if (a->day != b->day) {
        return a->day < b->day ? -1 : 1;
    }
    if (a->values[0] != b->values[0]) {
        return a->values[0] > b->values[0] ? -1 : 1;
    }
    for (int i = 0; i < layout->count; i++) {
        int order = compare_texts(a->texts[i], b->texts[i]);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

/* A row's cell as it is shown; `day` is room for a date. */
FoldText report_cell(const ReportLayout *layout, const ReportRow *row, int column,
                     char day[DATE_TEXT_SIZE])
{
    if (layout->dimensions[column] != FOLD_DAY) {
        return row->texts[column];
    }
    day_format(row->day, day);
    return (FoldText){day, (uint32_t)strlen(day)};
}

static void write_values(JsonWriter *json, const Decimal *values)
{
    for (int i = 0; i < REPORT_MEASURES; i++) {
        json_write_key(json, REPORT_MEASURE_NAMES[i]);
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
            char day[DATE_TEXT_SIZE];
            FoldText cell = report_cell(rows->layout, &rows->rows[i], j, day);
            json_write_key(&json, rows->layout->names[j]);
            json_write_string_length(&json, cell.bytes, cell.length);
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

static bool stream_row(void *context, const FoldGroup *group, Error *error)
{
    Rows *rows = context;
    rows->count = 0;
    if (!add_row(rows, group, error)) {
        return false;
    }
    buffer_clear(rows->line);
    report_csv_row(rows->line, rows->layout, rows->rows);
    fwrite(rows->line->data, 1, rows->line->length, rows->out);
    arena_reset(rows->arena);
    return true;
}

/* Groups that did not fit into the memory come as they are read back. */
static bool stream_csv(Rows *rows, Fold *fold, Error *error)
{
    Arena *arena = arena_new();
    rows->line = buffer_new(arena);
    report_csv_header(rows->out, rows->layout);
    bool done = fold_each(fold, stream_row, rows, error);
    arena_free(arena);
    return done;
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

static int shown_length(FoldText text)
{
    return text.length < WIDTH_MAX ? (int)text.length : WIDTH_MAX;
}

/* `row` NULL: the totals. */
static void print_row(FILE *out, const Rows *rows, const int *widths, const ReportRow *row)
{
    const Decimal *values = row != NULL ? row->values : rows->totals;
    for (int j = 0; j < rows->layout->count; j++) {
        char day[DATE_TEXT_SIZE];
        FoldText text = row != NULL ? report_cell(rows->layout, row, j, day)
                                    : (FoldText){"total", j == 0 ? 5 : 0};
        fprintf(out, "%-*.*s  ", widths[j], shown_length(text), text.bytes);
    }
    for (int j = 0; j < REPORT_MEASURES; j++) {
        print_rounded(out, values[j], 2 + (int)strlen(REPORT_MEASURE_NAMES[j]));
    }
    fputc('\n', out);
}

static void write_table(FILE *out, const Rows *rows, uint64_t lines)
{
    const ReportLayout *layout = rows->layout;
    int widths[FOLD_DIMENSION_COUNT];
    for (int j = 0; j < layout->count; j++) {
        widths[j] = (int)strlen(layout->names[j]) < 5 ? 5 : (int)strlen(layout->names[j]);
        for (size_t i = 0; i < rows->count; i++) {
            char day[DATE_TEXT_SIZE];
            int length = shown_length(report_cell(layout, &rows->rows[i], j, day));
            widths[j] = length > widths[j] ? length : widths[j];
        }
        fprintf(out, "%-*s  ", widths[j], layout->names[j]);
    }
    for (int j = 0; j < REPORT_MEASURES; j++) {
        fprintf(out, "  %s", REPORT_MEASURE_NAMES[j]);
    }
    fputc('\n', out);
    for (size_t i = 0; i < rows->count; i++) {
        print_row(out, rows, widths, &rows->rows[i]);
    }
    if (layout->count > 0) {
        print_row(out, rows, widths, NULL);
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
        report_csv_write(rows->out, rows->layout, rows->rows, rows->count);
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
    Rows rows = {.arena = arena_new(), .layout = layout, .copied = fold_spilled(fold), .out = out};
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
