#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "ingest/fold/fold.h"
#include "memory_source.h"

static const char HEADER[] =
    "bill/BillingEntity,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,"
    "lineItem/ProductCode,lineItem/ResourceId,lineItem/UsageAmount,lineItem/UnblendedCost,"
    "product/ProductName,savingsPlan/SavingsPlanEffectiveCost,pricing/publicOnDemandRate,"
    "resourceTags/user:b,resourceTags/user:a,resourceTags/aws:x,costCategory/env\n";

static const FoldDimension BY_SERVICE[] = {FOLD_PRODUCT_CODE};
static const FoldDimension BY_TAGS[] = {FOLD_TAGS, FOLD_COST_CATEGORY};
static const FoldDimension BY_DAY_AND_ACCOUNT[] = {FOLD_DAY, FOLD_USAGE_ACCOUNT};

typedef struct Seen {
    Arena *arena;
    Buffer
        *text; /* "dimensions cost usage amortized lines resources;" of each group, as they come */
    Decimal cost;
    uint64_t groups, resources;
} Seen;

static bool see(void *context, const FoldGroup *group, Error *error)
{
    Seen *seen = context;
    char cost[DECIMAL_TEXT_SIZE], usage[DECIMAL_TEXT_SIZE], amortized[DECIMAL_TEXT_SIZE];
    (void)error;
    for (int i = 0; i < FOLD_DIMENSION_COUNT; i++) {
        if (group->dimensions[i].length > 0) {
            buffer_append(seen->text, group->dimensions[i].bytes, group->dimensions[i].length);
            buffer_append_char(seen->text, ' ');
        }
    }
    decimal_format(group->measures[FOLD_UNBLENDED_COST], cost);
    decimal_format(group->measures[FOLD_USAGE_AMOUNT], usage);
    decimal_format(group->measures[FOLD_CALCULATED_AMORTIZED_COST], amortized);
    buffer_printf(seen->text, "%s %s %s %d %d;", cost, usage, amortized, (int)group->lines,
                  (int)group->resource_count);
    seen->cost += group->measures[FOLD_UNBLENDED_COST];
    seen->resources += group->resource_count;
    seen->groups++;
    return true;
}

static Seen see_all(Fold *fold)
{
    Seen seen = {.arena = arena_new()};
    Error error = {0};
    seen.text = buffer_new(seen.arena);
    assert_true(fold_each(fold, see, &seen, &error));
    return seen;
}

static bool fold_text(Fold *fold, const char *text, size_t length, FoldProgress *progress,
                      Error *error)
{
    MemorySource memory = {.bytes = text, .length = length};
    ByteSource source = memory_source(&memory);
    return fold_file(fold, &source, "test.csv", progress, error);
}

static Fold *new_fold(const FoldDimension *dimensions, int count, bool resources)
{
    Error error = {0};
    FoldOptions options = {
        .dimensions = dimensions, .dimension_count = count, .resources = resources};
    Fold *fold = fold_new(&options, &error);
    assert_non_null(fold);
    return fold;
}

static void assert_folds_below(const char *header, Fold *fold, const char *lines, uint64_t faults,
                               const char *wanted)
{
    char *text = malloc(strlen(header) + strlen(lines) + 1);
    Error error = {0};
    FoldProgress progress = {0};
    assert_non_null(text);
    sprintf(text, "%s%s", header, lines);
    assert_true(fold_text(fold, text, strlen(text), &progress, &error));
    assert_int_equal(progress.faults, faults);
    Seen seen = see_all(fold);
    assert_string_equal(seen.text->data, wanted);
    arena_free(seen.arena);
    free(text);
    fold_free(fold);
}

static void assert_folds(Fold *fold, const char *lines, const char *wanted)
{
    assert_folds_below(HEADER, fold, lines, 0, wanted);
}

static void sums_exactly(void **state)
{
    (void)state;
    assert_folds(new_fold(BY_SERVICE, 1, true),
                 "AWS,1,Usage,2026-10-01T00:00:00Z,EC2,i-1,1.5,0.1,EC2,,,,,,\n"
                 "AWS,1,Usage,2026-10-01 01:00:00+00:00,EC2,i-2,0.5,0.2,EC2,,,,,,\n"
                 "AWS,1,Usage,2026-10-02T00:00:00Z,EC2,i-1,1,-0.05,EC2,,,,,,\n",
                 "EC2 0.25 3 0.25 3 2;");
}

static void knows_the_rules_of_savings_plans(void **state)
{
    (void)state;
    assert_folds(new_fold(BY_SERVICE, 1, false),
                 "AWS,1,SavingsPlanCoveredUsage,2026-10-01,EC2,i-1,1,0.096,EC2,0.045,,,,,\n"
                 "AWS,1,SavingsPlanNegation,2026-10-01,EC2,i-1,1,-0.096,EC2,None,,,,,\n"
                 "AWS,1,SavingsPlanRecurringFee,2026-10-01,EC2,,1,5,EC2,0,,,,,\n",
                 "EC2 5 2 0.045 3 0;");
}

static void a_marketplace_product_goes_by_its_name(void **state)
{
    (void)state;
    assert_folds(new_fold(BY_SERVICE, 1, false),
                 "AWS Marketplace,1,Usage,2026-10-01,8x7y6z,,1,2,\"Red Hat, Linux\",,,,,,\n",
                 "Red Hat, Linux 2 1 2 1 0;");
}

static void numbers_that_are_words_count_as_nothing(void **state)
{
    (void)state;
    assert_folds(new_fold(BY_SERVICE, 1, false),
                 "AWS,1,RIFee,2026-10-01,EC2,,,9.6e-05,EC2,None,No Upfront,,,,\n",
                 "EC2 0.000096 0 0.000096 1 0;");
}

static void tags_are_canonical(void **state)
{
    (void)state;
    assert_folds(
        new_fold(BY_TAGS, 2, false),
        "AWS,1,Usage,2026-10-01,EC2,,1,1,EC2,,,2,\"say \"\"1\"\"\",hidden,dev\n"
        "AWS,1,Usage,2026-10-01,S3,,1,1,S3,,,2,\"say \"\"1\"\"\",other,dev\n"
        "AWS,1,Usage,2026-10-01,S3,,1,1,S3,,,,,,\n",
        "{\"a\":\"say \\\"1\\\"\",\"b\":\"2\"} {\"env\":\"dev\"} 2 2 2 2 0;{} {} 1 1 1 1 0;");
}

static const char CUR2[] =
    "line_item_usage_start_date,line_item_usage_account_id,line_item_product_code,"
    "line_item_line_item_type,line_item_unblended_cost,bill_billing_entity,product,resource_tags,"
    "cost_category,product_vcpu\n";

static void maps_give_tags_and_categories(void **state)
{
    (void)state;
    assert_folds_below(
        CUR2, new_fold(BY_TAGS, 2, false),
        "2026-10-01,1,S3,Usage,1,,,\"{\"\"user_b\"\":\"\"x\"\",\"\"aws_z\"\":\"\"no\"\","
        "\"\"user_a\"\":\"\"\xc3\xa9\"\"}\",\"{\"\"env\"\":\"\"dev\"\"}\",\n"
        /* Another order, other white space, null, and what is no text. */
        "2026-10-01,1,S3,Usage,2,,,\"{ \"\"user_a\"\": \"\"\xc3\xa9\"\", \"\"user_n\"\": null,"
        " \"\"user_b\"\": \"\"x\"\"}\",\"{\"\"env\"\":\"\"dev\"\"}\",\n"
        "2026-10-01,1,S3,Usage,4,,,\"{\"\"user_a\"\":true}\",{},\n"
        "2026-10-01,1,S3,Usage,8,,,,,\n",
        0,
        "{\"a\":\"\xc3\xa9\",\"b\":\"x\"} {\"env\":\"dev\"} 3 0 3 2 0;"
        "{\"a\":\"true\"} {} 4 0 4 1 0;{} {} 8 0 8 1 0;");
}

/* Whether a line counts must not hang on what is grouped by. */
static void a_map_that_is_none_has_no_entries(void **state)
{
    static const char LINES[] = "2026-10-01,1,S3,Usage,1,,,{,,\n"
                                "2026-10-01,1,S3,Usage,2,,,[],,\n"
                                "2026-10-01,1,S3,Usage,4,,,{,,\n"
                                "2026-10-01,1,S3,Usage,8,,None,{},,\n"
                                "2026-10-01,1,S3,Usage,16,,{},{},{},\n";
    (void)state;
    assert_folds_below(CUR2, new_fold(BY_TAGS, 2, false), LINES, 0, "{} {} 31 0 31 5 0;");
    assert_folds_below(CUR2, new_fold(BY_SERVICE, 1, false), LINES, 0, "S3 31 0 31 5 0;");
}

/* The name of a product is an entry of the map; vcpu is a column here, which comes before one. */
static void maps_give_members(void **state)
{
    static const FoldDimension BY[] = {FOLD_PRODUCT_CODE, FOLD_VCPU};
    (void)state;
    assert_folds_below(
        CUR2, new_fold(BY, 2, false),
        "2026-10-01,1,8x7y,Usage,1,AWS Marketplace,\"{\"\"product_name\"\":\"\"Red Hat\"\","
        "\"\"vcpu\"\":\"\"96\"\"}\",,,4\n"
        "2026-10-01,1,8x7y,Usage,2,AWS Marketplace,\"{\"\"product_name\"\":7}\",,,\n",
        0, "Red Hat 4 1 0 1 1 0;8x7y 2 0 2 1 0;");
}

/* A value with quotes of its own, then one that is written with quotes but has none. */
static void quotes_round_a_tag_are_not_its_value(void **state)
{
    (void)state;
    assert_folds(new_fold(BY_TAGS, 1, false),
                 "AWS,1,Usage,2026-10-01,EC2,,1,1,EC2,,,\"\"\"x\"\"\",,,\n"
                 "AWS,1,Usage,2026-10-01,EC2,,1,2,EC2,,,\"x\",,,\n"
                 "AWS,1,Usage,2026-10-01,EC2,,1,4,EC2,,,x,,,\n",
                 "{\"b\":\"\\\"x\\\"\"} 1 1 1 1 0;{\"b\":\"x\"} 6 2 6 2 0;");
}

static void broken_bytes_become_replacement_characters(void **state)
{
    static const FoldDimension BY[] = {FOLD_PRODUCT_CODE, FOLD_TAGS};
    Fold *fold = new_fold(BY, 2, false);
    char text[1024];
    int length =
        snprintf(text, sizeof text, "%sAWS,1,Usage,2026-10-01,E#\xff,,1,1,E,,,,#\xff,,\n", HEADER);
    Error error = {0};
    (void)state;
    *strchr(text, '#') = *strrchr(text, '#') = '\0';
    assert_true(fold_text(fold, text, (size_t)length, NULL, &error));
    Seen seen = see_all(fold);
    assert_string_equal(seen.text->data, "E\xef\xbf\xbd\xef\xbf\xbd "
                                         "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\"} 1 1 1 1 0;");
    arena_free(seen.arena);
    fold_free(fold);
}

typedef struct Faults {
    int count;
    char text[1024];
} Faults;

static void note_fault(void *context, const FoldFault *fault)
{
    Faults *faults = context;
    size_t used = strlen(faults->text);
    faults->count++;
    snprintf(faults->text + used, sizeof faults->text - used, "%s:%d %s %s;", fault->file,
             (int)fault->line, fault->column, fault->reason);
}

static void broken_lines_are_left_out_and_named(void **state)
{
    Faults faults = {0};
    FoldOptions options = {
        .dimensions = BY_SERVICE, .dimension_count = 1, .fault = note_fault, .context = &faults};
    Error error = {0};
    Fold *fold = fold_new(&options, &error);
    FoldProgress progress = {0};
    char text[2048];
    (void)state;
    snprintf(text, sizeof text, "%s%s", HEADER,
             "AWS,1,Usage,2026-10-01,EC2,,1,1,EC2,,,,,,\n"
             "AWS,1,Usage,someday,EC2,,1,1,EC2,,,,,,\n"
             "AWS,1,Usage,2026-10-01,EC2,,1,abc,EC2,,,,,,\n"
             "AWS,1,Usage,2026-10-01\n"
             "AWS,1,\"Usage,2026-10-01,EC2,,1,1,EC2,,,,,,\n"
             "AWS,1,Usage,2026-10-01,EC2,,1,1,EC2,,,,,,\n");
    assert_true(fold_text(fold, text, strlen(text), &progress, &error));
    assert_int_equal(progress.lines, 2);
    assert_int_equal(progress.faults, 4);
    assert_int_equal(faults.count, 4);
    assert_string_equal(faults.text, "test.csv:3 lineItem/UsageStartDate is not a date;"
                                     "test.csv:4 lineItem/UnblendedCost is not a number;"
                                     "test.csv:5  the line has fewer fields than the header;"
                                     "test.csv:6  its quotes make no sense;");
    fold_free(fold);
}

static void what_is_no_report_is_refused(void **state)
{
    static const struct {
        const char *text, *wanted;
    } CASES[] = {{"", "empty"}, {"a,b\n1,2\n", "header"}, {"\"a", "header"}, {"PK\3\4zip", "zip"}};
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Fold *fold = new_fold(BY_SERVICE, 1, false);
        Error error = {0};
        assert_false(fold_text(fold, CASES[i].text, strlen(CASES[i].text), NULL, &error));
        assert_int_equal(error.code, ERROR_DATA);
        assert_non_null(strstr(error.message, CASES[i].wanted));
        fold_free(fold);
    }
}

static void a_header_alone_is_an_empty_month(void **state)
{
    Fold *fold = new_fold(BY_SERVICE, 1, false);
    Error error = {0};
    (void)state;
    assert_true(fold_text(fold, HEADER, strlen(HEADER), NULL, &error));
    Seen seen = see_all(fold);
    assert_int_equal(seen.groups, 0);
    arena_free(seen.arena);
    fold_free(fold);
}

/* Many groups: `count` lines over accounts and days, resources distinct. */
static char *many_lines(int count, size_t *length)
{
    char *text = malloc(strlen(HEADER) + (size_t)count * 128 + 1), *to = text;
    to += sprintf(to, "%s", HEADER);
    for (int i = 0; i < count; i++) {
        to += sprintf(to, "AWS,%012d,Usage,2026-10-%02d,EC2,i-%d,1,0.%07d,EC2,,,,,,\n",
                      i * 7919 % (count / 3), 1 + i % 30, i % 1000, i);
    }
    *length = (size_t)(to - text);
    return text;
}

static void spilling_changes_nothing(void **state)
{
    size_t length;
    char *text = many_lines(60000, &length);
    Error error = {0};
    Fold *whole = new_fold(BY_DAY_AND_ACCOUNT, 2, true);
    FoldOptions options = {.dimensions = BY_DAY_AND_ACCOUNT,
                           .dimension_count = 2,
                           .resources = true,
                           .memory = 2 * 1024 * 1024};
    Fold *small = fold_new(&options, &error);
    (void)state;
    assert_true(fold_text(whole, text, length, NULL, &error));
    assert_true(fold_text(small, text, length, NULL, &error));
    Seen in_memory = see_all(whole), spilled = see_all(small);
    assert_true(spilled.groups > 10000);
    assert_int_equal(spilled.groups, in_memory.groups);
    assert_int_equal(spilled.resources, in_memory.resources);
    assert_true(spilled.cost == in_memory.cost);
    arena_free(in_memory.arena);
    arena_free(spilled.arena);
    fold_free(whole);
    fold_free(small);
    free(text);
}

static void folds_come_together(void **state)
{
    size_t length, other_length;
    char *text = many_lines(3000, &length), *other = many_lines(4000, &other_length);
    Error error = {0};
    Fold *left = new_fold(BY_DAY_AND_ACCOUNT, 2, true),
         *right = new_fold(BY_DAY_AND_ACCOUNT, 2, true);
    Fold *both = new_fold(BY_DAY_AND_ACCOUNT, 2, true);
    (void)state;
    assert_true(fold_text(left, text, length, NULL, &error));
    assert_true(fold_text(right, other, other_length, NULL, &error));
    assert_true(fold_merge(left, right, &error));
    assert_true(fold_text(both, text, length, NULL, &error));
    assert_true(fold_text(both, other, other_length, NULL, &error));
    Seen merged = see_all(left), wanted = see_all(both);
    assert_int_equal(merged.groups, wanted.groups);
    assert_int_equal(merged.resources, wanted.resources);
    assert_true(merged.cost == wanted.cost);
    assert_int_equal(fold_group_count(right), 0);
    arena_free(merged.arena);
    arena_free(wanted.arena);
    fold_free(left);
    fold_free(right);
    fold_free(both);
    free(text);
    free(other);
}

static Decimal whole_number(int number)
{
    char text[16];
    Decimal value = 0;
    assert_true(decimal_parse(text, (size_t)sprintf(text, "%d", number), &value));
    return value;
}

static const FoldDimension BY_MACHINE[] = {FOLD_RESOURCE, FOLD_OPERATING_SYSTEM};

static Fold *fold_with_machines(int64_t memory)
{
    Error error = {0};
    FoldOptions options = {.dimensions = BY_SERVICE,
                           .dimension_count = 1,
                           .instance_dimensions = BY_MACHINE,
                           .instance_dimension_count = 2,
                           .memory = memory};
    return fold_new(&options, &error);
}

/* Lines of machines: every third is covered by a savings plan, every fifth is of their storage. */
static char *machine_lines(int count, size_t *length)
{
    static const char COLUMNS[] =
        "lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,"
        "lineItem/ProductCode,lineItem/ResourceId,lineItem/UsageAmount,lineItem/UnblendedCost,"
        "product/productFamily,product/operatingSystem,savingsPlan/SavingsPlanEffectiveCost\n";
    char *text = malloc(strlen(COLUMNS) + (size_t)count * 128 + 1), *to = text;
    to += sprintf(to, "%s", COLUMNS);
    for (int i = 0; i < count; i++) {
        to += sprintf(to, "1,%s,2026-10-%02d,AmazonEC2,i-%d,1,2,%s,Linux,0.5\n",
                      i % 3 == 0 ? "SavingsPlanCoveredUsage" : "Usage", 1 + i % 30, i % 4000,
                      i % 5 == 0 ? "Storage" : "Compute Instance");
    }
    *length = (size_t)(to - text);
    return text;
}

static bool add_days(void *context, const FoldGroup *group, Error *error)
{
    Day *days = context;
    (void)error;
    days[0] = group->first_day < days[0] ? group->first_day : days[0];
    days[1] = group->last_day > days[1] ? group->last_day : days[1];
    return true;
}

static void machines_are_folded_once_more(void **state)
{
    size_t length;
    char *text = machine_lines(24000, &length);
    Error error = {0};
    Fold *whole = fold_with_machines(0), *small = fold_with_machines(256 * 1024);
    Fold *other = fold_with_machines(0);
    (void)state;
    assert_true(fold_text(whole, text, length, NULL, &error));
    assert_true(fold_text(small, text, length, NULL, &error));
    assert_true(fold_merge(other, small, &error));
    Seen machines = see_all(fold_instances(whole)), spilled = see_all(fold_instances(other));
    Seen services = see_all(whole);
    assert_int_equal(machines.groups, 3200);
    assert_true(machines.cost == whole_number(2 * (24000 - 24000 / 5 - 24000 / 3 + 24000 / 15)));
    assert_true(services.cost == whole_number(48000));
    assert_int_equal(spilled.groups, machines.groups);
    assert_true(spilled.cost == machines.cost);
    Day days[] = {INT32_MAX, INT32_MIN};
    assert_true(fold_each(fold_instances(other), add_days, days, &error));
    assert_int_equal(days[0], day_from_civil(2026, 10, 2)); /* the first has storage only */
    assert_int_equal(days[1], day_from_civil(2026, 10, 30));
    arena_free(machines.arena);
    arena_free(spilled.arena);
    arena_free(services.arena);
    fold_free(whole);
    fold_free(small);
    fold_free(other);
    free(text);
}

/* The sample report of October, with its damage. */
static char *read_sample(size_t *length)
{
    char path[1024];
    snprintf(path, sizeof path,
             "%s/aws_small/reports/cost-report/20261001-20261101/"
             "f9f7d1b5-66e0-4388-9e0a-af3550901b32/October-2026-cost-report.csv.gz",
             getenv("KONTOR_TEST_DATA"));
    int file = open(path, O_RDONLY);
    assert_true(file >= 0);
    *length = (size_t)lseek(file, 0, SEEK_END);
    char *bytes = malloc(2 * *length);
    assert_int_equal(pread(file, bytes, *length, 0), *length);
    close(file);
    return bytes;
}

static void the_sample_month_is_exact(void **state)
{
    size_t length;
    char *bytes = read_sample(&length);
    Fold *fold = new_fold(NULL, 0, false);
    FoldProgress progress = {0};
    Error error = {0};
    (void)state;
    assert_true(fold_text(fold, bytes, length, &progress, &error));
    assert_int_equal(progress.lines, 2256);
    assert_int_equal(progress.faults, 0);
    Seen seen = see_all(fold);
    assert_string_equal(seen.text->data,
                        "1994.605725686361046 15278.965585581133128 1922.965725686361046 2256 0;");
    arena_free(seen.arena);
    fold_free(fold);
    free(bytes);
}

static void gzip_members_follow_one_another(void **state)
{
    size_t length;
    char *bytes = read_sample(&length);
    Fold *fold = new_fold(NULL, 0, false);
    FoldProgress progress = {0};
    Error error = {0};
    (void)state;
    memcpy(bytes + length, bytes, length);
    assert_true(fold_text(fold, bytes, 2 * length, &progress, &error));
    /* The second member's header is a line like any other, but no readable one. */
    assert_int_equal(progress.lines, 2 * 2256);
    assert_int_equal(progress.faults, 1);
    fold_free(fold);
    free(bytes);
}

static void damaged_gzip_is_no_report(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        size_t length;
        char *bytes = read_sample(&length);
        Fold *fold = new_fold(NULL, 0, false);
        Error error = {0};
        if (which == 0) {
            length /= 2;
        } else {
            bytes[which == 1 ? length / 2 : length - 6] ^= 0x55;
        }
        assert_false(fold_text(fold, bytes, length, NULL, &error));
        assert_int_equal(error.code, ERROR_DATA);
        assert_non_null(strstr(error.message, "test.csv"));
        fold_free(fold);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_exactly),
        cmocka_unit_test(knows_the_rules_of_savings_plans),
        cmocka_unit_test(a_marketplace_product_goes_by_its_name),
        cmocka_unit_test(numbers_that_are_words_count_as_nothing),
        cmocka_unit_test(tags_are_canonical),
        cmocka_unit_test(quotes_round_a_tag_are_not_its_value),
        cmocka_unit_test(maps_give_tags_and_categories),
        cmocka_unit_test(a_map_that_is_none_has_no_entries),
        cmocka_unit_test(maps_give_members),
        cmocka_unit_test(broken_bytes_become_replacement_characters),
        cmocka_unit_test(broken_lines_are_left_out_and_named),
        cmocka_unit_test(what_is_no_report_is_refused),
        cmocka_unit_test(a_header_alone_is_an_empty_month),
        cmocka_unit_test(spilling_changes_nothing),
        cmocka_unit_test(folds_come_together),
        cmocka_unit_test(machines_are_folded_once_more),
        cmocka_unit_test(the_sample_month_is_exact),
        cmocka_unit_test(gzip_members_follow_one_another),
        cmocka_unit_test(damaged_gzip_is_no_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
