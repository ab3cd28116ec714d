#include "ingest/sample_report.h"

#include <string.h>

#include "base/decimal.h"
#include "base/json.h"

/* The columns of the report, in AWS's own order of categories. */
static const char *const COLUMNS[] = {
    "identity/LineItemId",
    "identity/TimeInterval",
    "bill/InvoiceId",
    "bill/BillingEntity",
    "bill/BillType",
    "bill/PayerAccountId",
    "bill/BillingPeriodStartDate",
    "bill/BillingPeriodEndDate",
    "lineItem/UsageAccountId",
    "lineItem/LineItemType",
    "lineItem/UsageStartDate",
    "lineItem/UsageEndDate",
    "lineItem/ProductCode",
    "lineItem/UsageType",
    "lineItem/Operation",
    "lineItem/AvailabilityZone",
    "lineItem/ResourceId",
    "lineItem/UsageAmount",
    "lineItem/NormalizationFactor",
    "lineItem/NormalizedUsageAmount",
    "lineItem/CurrencyCode",
    "lineItem/UnblendedRate",
    "lineItem/UnblendedCost",
    "lineItem/BlendedRate",
    "lineItem/BlendedCost",
    "lineItem/LineItemDescription",
    "lineItem/LegalEntity",
    "product/ProductName",
    "product/instanceType",
    "product/operatingSystem",
    "product/productFamily",
    "product/region",
    "product/servicecode",
    "product/sku",
    "pricing/publicOnDemandCost",
    "pricing/publicOnDemandRate",
    "pricing/term",
    "pricing/unit",
    "savingsPlan/SavingsPlanEffectiveCost",
    "resourceTags/aws:createdBy",
    "resourceTags/user:app",
    "resourceTags/user:environment",
    "resourceTags/user:team",
    "costCategory/Department",
};

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

/* One thing that is billed: `hourly` resources run all day at `rate` a unit, `amount` units. */
typedef struct Item {
    const char *account, *type, *code, *name, *family, *region, *zone, *resource;
    const char *instance_type, *usage_type, *operation, *unit;
    int amount; /* thousandths of a unit a day, before the day's swing */
    int rate;   /* millionths of a dollar a unit */
    const char *app, *environment, *team, *department;
    int weekend; /* per cent of a weekday's use */
} Item;

#define PROD "111111111111"
#define TEST "222222222222"
#define DATA "333333333333"

static const Item ITEMS[] = {
    {PROD, "Usage", "AmazonEC2", "Amazon Elastic Compute Cloud", "Compute Instance", "eu-central-1",
     "eu-central-1a", "i-0a1b2c3d4e5f60001", "m5.2xlarge", "BoxUsage:m5.2xlarge", "RunInstances",
     "Hrs", 24000, 460000, "shop", "production", "web", "Sales", 100},
    {PROD, "Usage", "AmazonEC2", "Amazon Elastic Compute Cloud", "Compute Instance", "eu-central-1",
     "eu-central-1b", "i-0a1b2c3d4e5f60002", "m5.2xlarge", "BoxUsage:m5.2xlarge", "RunInstances",
     "Hrs", 24000, 460000, "shop", "production", "web", "Sales", 100},
    {PROD, "SavingsPlanCoveredUsage", "AmazonEC2", "Amazon Elastic Compute Cloud",
     "Compute Instance", "eu-central-1", "eu-central-1a", "i-0a1b2c3d4e5f60003", "c5.xlarge",
     "BoxUsage:c5.xlarge", "RunInstances", "Hrs", 24000, 194000, "api", "production", "platform",
     "Engineering", 100},
    {TEST, "Usage", "AmazonEC2", "Amazon Elastic Compute Cloud", "Compute Instance", "eu-west-1",
     "eu-west-1a", "i-0a1b2c3d4e5f60004", "t3.large", "BoxUsage:t3.large", "RunInstances", "Hrs",
     16000, 91200, "api", "test", "platform", "Engineering", 20},
    {PROD, "Usage", "AmazonEC2", "Amazon Elastic Compute Cloud", "Storage", "eu-central-1", "",
     "vol-0011223344556677", "", "EBS:VolumeUsage.gp3", "CreateVolume-Gp3", "GB-Mo", 16667, 95200,
     "shop", "production", "web", "Sales", 100},
    {PROD, "Usage", "AmazonRDS", "Amazon Relational Database Service", "Database Instance",
     "eu-central-1", "", "arn:aws:rds:eu-central-1:111111111111:db:shop", "db.r5.large",
     "InstanceUsage:db.r5.large", "CreateDBInstance:0014", "Hrs", 24000, 290000, "shop",
     "production", "data", "Sales", 100},
    {DATA, "Usage", "AmazonS3", "Amazon Simple Storage Service", "Storage", "eu-central-1", "",
     "analytics-lake", "", "EUC1-TimedStorage-ByteHrs", "StandardStorage", "GB-Mo", 433000, 24500,
     "lake", "production", "data", "Engineering", 100},
    {DATA, "Usage", "AmazonS3", "Amazon Simple Storage Service", "API Request", "eu-central-1", "",
     "analytics-lake", "", "EUC1-Requests-Tier1", "PutObject", "Requests", 1400000000, 5, "lake",
     "production", "data", "Engineering", 60},
    {DATA, "Usage", "AmazonRedshift", "Amazon Redshift", "Compute Instance", "eu-west-1", "",
     "arn:aws:redshift:eu-west-1:333333333333:cluster:dwh", "ra3.xlplus", "Node:ra3.xlplus",
     "RunComputeNode", "Hrs", 48000, 1086000, "dwh", "production", "data", "Engineering", 100},
    {PROD, "Usage", "AWSLambda", "AWS Lambda", "Serverless", "eu-central-1", "",
     "arn:aws:lambda:eu-central-1:111111111111:function:resize", "", "EUC1-Lambda-GB-Second",
     "Invoke", "Second", 320000000, 16, "shop", "production", "web", "Sales", 70},
    {PROD, "Usage", "AmazonCloudFront", "Amazon CloudFront", "Data Transfer", "", "",
     "arn:aws:cloudfront::111111111111:distribution/E1ABCDEFGHIJ", "", "EU-DataTransfer-Out-Bytes",
     "GET", "GB", 210000, 85000, "shop", "production", "web", "Sales", 130},
    {PROD, "Usage", "AmazonVPC", "Amazon Virtual Private Cloud", "NAT Gateway", "eu-central-1", "",
     "arn:aws:ec2:eu-central-1:111111111111:natgateway/nat-1", "", "EUC1-NatGateway-Hours",
     "NatGateway", "Hrs", 24000, 52000, "", "production", "platform", "Engineering", 100},
    {TEST, "Usage", "AmazonDynamoDB", "Amazon DynamoDB", "Amazon DynamoDB PayPerRequest Throughput",
     "eu-west-1", "", "arn:aws:dynamodb:eu-west-1:222222222222:table/sessions", "",
     "EU-ReadRequestUnits", "GetItem", "ReadRequestUnits", 900000000, 1, "api", "test", "platform",
     "Engineering", 30},
};

/* What does not go on all the year round as it is. */
typedef struct Rhythm {
    const char *usage_type; /* of the item */
    int tide;  /* how far its use comes and goes in the course of a year, in per mille */
    int burst; /* per cent that its use is on the days of a busy spell */
} Rhythm;

static const Rhythm RHYTHMS[] = {
    {"BoxUsage:t3.large", 350, 260},         {"EBS:VolumeUsage.gp3", 180, 100},
    {"EUC1-TimedStorage-ByteHrs", 450, 100}, {"EUC1-Requests-Tier1", 300, 180},
    {"EUC1-Lambda-GB-Second", 500, 320},     {"EU-DataTransfer-Out-Bytes", 420, 170},
    {"EU-ReadRequestUnits", 300, 100},
};

/* What is billed once a month. */
typedef struct Monthly {
    const char *account, *type, *code, *name, *description;
    int day;
    int cents;
} Monthly;

static const Monthly MONTHLY[] = {
    {PROD, "Fee", "AWSSupportBusiness", "AWS Support [Business]", "AWS Support, Business plan", 1,
     10000},
    {PROD, "SavingsPlanRecurringFee", "ComputeSavingsPlans", "Savings Plans for AWS Compute usage",
     "1 year, no upfront, Compute Savings Plan", 1, 9500},
    {PROD, "Tax", "AmazonEC2", "Amazon Elastic Compute Cloud", "Tax for product code AmazonEC2", 1,
     15230},
    {DATA, "Credit", "AmazonS3", "Amazon Simple Storage Service", "Promotional credit, \"launch\"",
     2, -7500},
    {TEST, "Refund", "AmazonEC2", "Amazon Elastic Compute Cloud", "Refund, see case 4711", 3,
     -1250},
};

typedef struct Line {
    const char *values[COLUMN_COUNT];
    Arena *arena;
} Line;

static void set(Line *line, const char *column, const char *value)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (strcmp(COLUMNS[i], column) == 0) {
            line->values[i] = value;
            return;
        }
    }
}

static void write_line(Buffer *csv, const Line *line)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const char *value = line->values[i] != NULL ? line->values[i] : "";
        if (strpbrk(value, ",\"") != NULL) {
            buffer_append_char(csv, '"');
            for (; *value != '\0'; value++) {
                buffer_append_text(csv, *value == '"' ? "\"\"" : (char[]){*value, '\0'});
            }
            buffer_append_char(csv, '"');
        } else {
            buffer_append_text(csv, value);
        }
        buffer_append_text(csv, i + 1 < COLUMN_COUNT ? "," : "\n");
    }
}

/* A number that looks random and is always the same for the same day and item. */
static unsigned noise(Day day, unsigned item)
{
    unsigned x = (unsigned)day * 2654435761u + item * 40503u + 12345u;
    x ^= x >> 15;
    x *= 2246822519u;
    x ^= x >> 13;
    return x;
}

static const char *decimal_text(Arena *arena, Decimal value)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format(value, text);
    return arena_strdup(arena, text);
}

static const char *time_of(Arena *arena, Day day)
{
    char text[DATE_TEXT_SIZE];
    return arena_printf(arena, "%sT00:00:00Z", day_format(day, text));
}

static void set_common(Line *line, Day month, Day day, int number)
{
    Arena *arena = line->arena;
    char month_text[DATE_TEXT_SIZE];
    day_format(month, month_text);
    set(line, "identity/LineItemId",
        arena_printf(arena, "%08x%08x", noise(day, (unsigned)number), number));
    set(line, "identity/TimeInterval",
        arena_printf(arena, "%s/%s", time_of(arena, day), time_of(arena, day + 1)));
    set(line, "bill/BillingEntity", "AWS");
    set(line, "bill/BillType", "Anniversary");
    set(line, "bill/PayerAccountId", PROD);
    set(line, "bill/BillingPeriodStartDate", time_of(arena, month));
    set(line, "bill/BillingPeriodEndDate", time_of(arena, day_month_start(month, 1)));
    set(line, "lineItem/UsageStartDate", time_of(arena, day));
    set(line, "lineItem/UsageEndDate", time_of(arena, day + 1));
    set(line, "lineItem/CurrencyCode", "USD");
    set(line, "lineItem/LegalEntity", "Amazon Web Services EMEA SARL, Luxembourg");
}

static void set_cost(Line *line, Decimal cost)
{
    const char *text = decimal_text(line->arena, cost);
    set(line, "lineItem/UnblendedCost", text);
    set(line, "lineItem/BlendedCost", text);
}

/* Up for half a year and down for the other half, each item in its own season: -1000 to 1000. */
static int season(Day day, unsigned number)
{
    enum { YEAR = 364 };
    int at = ((int)day + (int)(noise(0, number) % YEAR)) % YEAR;
    int rise = at < YEAR / 2 ? at : YEAR - at; /* 0 to 182 */
    return rise * 2000 / (YEAR / 2) - 1000;
}

/* One spell of three days in about two weeks. */
static bool is_busy(Day day, unsigned number)
{
    return noise(day / 3, number + 100) % 5 == 0;
}

static const Rhythm *rhythm_of(const Item *item)
{
    static const Rhythm STEADY = {NULL, 0, 100};
    for (size_t i = 0; i < sizeof RHYTHMS / sizeof *RHYTHMS; i++) {
        if (strcmp(RHYTHMS[i].usage_type, item->usage_type) == 0) {
            return &RHYTHMS[i];
        }
    }
    return &STEADY;
}

/* The seasons, a weekly rhythm, busy spells and some noise, in per mille. */
static int swing(const Item *item, Day day, unsigned number)
{
    int weekday = ((int)day + 4) % 7; /* 1970-01-01 was a Thursday; 0 is Sunday */
    int share = weekday == 0 || weekday == 6 ? item->weekend : 100;
    int wobble = 960 + (int)(noise(day, number) % 81);
    const Rhythm *rhythm = rhythm_of(item);
    int tide = 1000 + rhythm->tide * season(day, number) / 1000;
    int burst = is_busy(day, number) ? rhythm->burst : 100;
    return share * wobble / 100 * tide / 1000 * burst / 100;
}

static void write_item(Buffer *csv, Arena *arena, Day month, Day day, unsigned number)
{
    const Item *item = &ITEMS[number];
    Line line = {.arena = arena};
    set_common(&line, month, day, (int)number);
    Decimal thousandth = 1000000000000; /* 10^12 of 10^15 */
    Decimal usage = (Decimal)item->amount * swing(item, day, number) / 1000 * thousandth;
    Decimal rate = (Decimal)item->rate * 1000000000; /* millionths */
    /* usage is in thousandths exactly, so the product loses nothing. */
    Decimal cost = usage / thousandth * item->rate * 1000000;
    set(&line, "lineItem/UsageAccountId", item->account);
    set(&line, "lineItem/LineItemType", item->type);
    set(&line, "lineItem/ProductCode", item->code);
    set(&line, "lineItem/UsageType", item->usage_type);
    set(&line, "lineItem/Operation", item->operation);
    set(&line, "lineItem/AvailabilityZone", item->zone);
    set(&line, "lineItem/ResourceId", item->resource);
    set(&line, "lineItem/UsageAmount", decimal_text(arena, usage));
    set(&line, "lineItem/UnblendedRate", decimal_text(arena, rate));
    set(&line, "lineItem/BlendedRate", decimal_text(arena, rate));
    set_cost(&line, cost);
    set(&line, "lineItem/LineItemDescription",
        arena_printf(arena, "$%s per %s, %s", decimal_text(arena, rate), item->unit, item->name));
    set(&line, "product/ProductName", item->name);
    set(&line, "product/instanceType", item->instance_type);
    set(&line, "product/operatingSystem", *item->instance_type != '\0' ? "Linux" : "");
    set(&line, "product/productFamily", item->family);
    set(&line, "product/region", item->region);
    set(&line, "product/servicecode", item->code);
    set(&line, "product/sku", arena_printf(arena, "SKU%08X", noise(0, number)));
    set(&line, "pricing/publicOnDemandCost", decimal_text(arena, cost));
    set(&line, "pricing/publicOnDemandRate", decimal_text(arena, rate));
    set(&line, "pricing/term", "OnDemand");
    set(&line, "pricing/unit", item->unit);
    if (strcmp(item->type, "SavingsPlanCoveredUsage") == 0) {
        set(&line, "savingsPlan/SavingsPlanEffectiveCost",
            decimal_text(arena, cost / 1000000000 * 72 / 100 * 1000000000));
    }
    set(&line, "resourceTags/aws:createdBy", "IAMUser:deploy");
    set(&line, "resourceTags/user:app", item->app);
    set(&line, "resourceTags/user:environment", item->environment);
    set(&line, "resourceTags/user:team", item->team);
    set(&line, "costCategory/Department", item->department);
    write_line(csv, &line);
    if (strcmp(item->type, "SavingsPlanCoveredUsage") == 0) {
        set(&line, "lineItem/LineItemType", "SavingsPlanNegation");
        set(&line, "savingsPlan/SavingsPlanEffectiveCost", "");
        set_cost(&line, -cost);
        write_line(csv, &line);
    }
}

static void write_monthly(Buffer *csv, Arena *arena, Day month, const Monthly *fee, int number)
{
    Line line = {.arena = arena};
    set_common(&line, month, month + fee->day - 1, 1000 + number);
    set(&line, "lineItem/UsageAccountId", fee->account);
    set(&line, "lineItem/LineItemType", fee->type);
    set(&line, "lineItem/ProductCode", fee->code);
    set(&line, "lineItem/UsageAmount", "1");
    set(&line, "lineItem/LineItemDescription", fee->description);
    set(&line, "product/ProductName", fee->name);
    set_cost(&line, (Decimal)fee->cents * 10000000000000);
    write_line(csv, &line);
}

int sample_month(Buffer *csv, Day month, Day last)
{
    int lines = 0;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        buffer_printf(csv, "%s%s", COLUMNS[i], i + 1 < COLUMN_COUNT ? "," : "\n");
    }
    Arena *arena = arena_new();
    size_t item_count = sizeof ITEMS / sizeof *ITEMS;
    for (Day day = month; day <= last && day < day_month_start(month, 1); day++) {
        for (unsigned i = 0; i < item_count; i++) {
            write_item(csv, arena, month, day, i);
            lines += 1 + (strcmp(ITEMS[i].type, "SavingsPlanCoveredUsage") == 0);
        }
        for (size_t i = 0; i < sizeof MONTHLY / sizeof *MONTHLY; i++) {
            if (month + MONTHLY[i].day - 1 == day) {
                write_monthly(csv, arena, month, &MONTHLY[i], (int)i);
                lines++;
            }
        }
        arena_reset(arena);
    }
    arena_free(arena);
    return lines;
}

void sample_columns_json(Buffer *json)
{
    JsonWriter writer = json_writer(json);
    json_begin_array(&writer);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        size_t length = strcspn(COLUMNS[i], "/");
        json_begin_object(&writer);
        json_write_key(&writer, "category");
        json_write_string_length(&writer, COLUMNS[i], length);
        json_member_string(&writer, "name", COLUMNS[i] + length + 1);
        json_end(&writer);
    }
    json_end(&writer);
}
