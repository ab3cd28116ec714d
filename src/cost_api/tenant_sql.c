#include "cost_api/tenant_sql.h"

#include <ctype.h>
#include <string.h>

#include "cost_api/call.h"

static const char SCHEMA[] = "{schema}";

/* The accounts that the connection was told; it is an error, and no answer, when it was not. */
#define OWN_ACCOUNTS "current_setting('kontor.aws_accounts')::text[]"

/* Tables of costs begin so; of a narrowed caller's only the rows of own accounts are read. */
static const char COSTS[] = "reporting_aws";

/* Those that hold something else. {schema} and t stand for the schema and the table's row; NULL:
 * every row may be read. */
static const struct {
    const char *table;
    const char *condition;
} OTHERS[] = {
    {"reporting_awsaccountalias", "t.account_id = ANY (" OWN_ACCOUNTS ")"},
    /* The accounts, and the units that lead to them. */
    {"reporting_awsorganizationalunit",
     "EXISTS (SELECT 1"
     "          FROM {schema}.reporting_awsorganizationalunit own"
     "          JOIN {schema}.reporting_awsaccountalias a"
     "            ON a.id = own.account_alias_id"
     "         WHERE a.account_id = ANY (" OWN_ACCOUNTS ")"
     "           AND (t.account_alias_id = own.account_alias_id"
     "                OR (t.account_alias_id IS NULL"
     "                    AND (own.org_unit_path = t.org_unit_path"
     "                         OR starts_with(own.org_unit_path, t.org_unit_path || '&')))))"},
    {"reporting_awscostentrybill", NULL},
    {"reporting_awsenabledcategorykeys", NULL},
};

static void append_schema(Buffer *out, const char *schema, const char *template)
{
    for (const char *mark; (mark = strstr(template, SCHEMA)) != NULL;
         template = mark + sizeof SCHEMA - 1) {
        buffer_append(out, template, (size_t)(mark - template));
        buffer_append_text(out, schema);
    }
    buffer_append_text(out, template);
}

/* Does a name for the table follow it? Keywords are in upper case, names are not. */
static bool is_named(const char *rest)
{
    rest += strspn(rest, " ");
    return islower((unsigned char)*rest) || strncmp(rest, "AS ", 3) == 0;
}

/* The table at `name`, `length` bytes: as it is, or as the selection of its rows, which must have a
 * name. */
static void append_table(Buffer *out, const char *schema, const char *name, size_t length)
{
    const char *condition = "t.usage_account_id = ANY (" OWN_ACCOUNTS ")";
    if (strncmp(name, COSTS, sizeof COSTS - 1) != 0) {
        condition = NULL;
    }
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        if (strlen(OTHERS[i].table) == length && strncmp(OTHERS[i].table, name, length) == 0) {
            condition = OTHERS[i].condition;
        }
    }
    if (condition == NULL) {
        buffer_printf(out, "%s.%.*s", schema, (int)length, name);
        return;
    }
    buffer_printf(out, "(SELECT t.* FROM %s.%.*s t WHERE ", schema, (int)length, name);
    append_schema(out, schema, condition);
    buffer_append_char(out, ')');
    if (!is_named(name + length)) {
        buffer_printf(out, " AS %.*s", (int)length, name);
    }
}

size_t tenant_sql_expand_place(Buffer *out, const TenantSql *sql, const char *template)
{
    size_t place = sizeof SCHEMA - 1, length = 0;
    const char *table = template + place + 1;
    while (sql->narrowed && table[-1] == '.' &&
           (isalnum((unsigned char)table[length]) || table[length] == '_')) {
        length++;
    }
    if (length == 0) {
        buffer_append_text(out, sql->schema);
        return place;
    }
    append_table(out, sql->schema, table, length);
    return place + 1 + length;
}

void tenant_sql_expand(Buffer *out, const TenantSql *sql, const char *template)
{
    for (const char *mark; (mark = strstr(template, SCHEMA)) != NULL;) {
        buffer_append(out, template, (size_t)(mark - template));
        template = mark + tenant_sql_expand_place(out, sql, mark);
    }
    buffer_append_text(out, template);
}

/* {"a","b"}: values as PostgreSQL reads an array of texts. */
static const char *array_text(Arena *arena, const Grant *grant)
{
    Buffer *text = buffer_new(arena);
    buffer_append_char(text, '{');
    for (int i = 0; i < grant->count; i++) {
        buffer_append_text(text, i > 0 ? ",\"" : "\"");
        for (const char *at = grant->values[i]; *at != '\0'; at++) {
            if (*at == '"' || *at == '\\') {
                buffer_append_char(text, '\\');
            }
            buffer_append_char(text, *at);
        }
        buffer_append_char(text, '"');
    }
    buffer_append_char(text, '}');
    return text->data;
}

static bool tell_accounts(const TenantSql *sql, Arena *arena, Db *db, const Rights *rights,
                          Error *error)
{
    /* An organizational unit is granted with all below it, as the organization is now. */
    static const char BELOW[] =
        "SELECT set_config('kontor.aws_accounts', COALESCE((SELECT array_agg(own.account)::text"
        "         FROM (SELECT unnest($1::text[]) AS account"
        "                UNION"
        "               SELECT a.account_id"
        "                 FROM {schema}.reporting_awsorganizationalunit o"
        "                 JOIN {schema}.reporting_awsaccountalias a"
        "                   ON a.id = o.account_alias_id"
        "                 JOIN {schema}.reporting_awsorganizationalunit g"
        "                   ON o.org_unit_path = g.org_unit_path"
        "                   OR starts_with(o.org_unit_path, g.org_unit_path || '&')"
        "                WHERE g.org_unit_id = ANY ($2::text[])"
        "                  AND g.deleted_timestamp IS NULL"
        "                  AND o.deleted_timestamp IS NULL) own), '{}'), false)";
    static const char PLAIN[] = "SELECT set_config('kontor.aws_accounts', $1, false)";
    const Grant *accounts = &rights->read[RESOURCE_AWS_ACCOUNT];
    const Grant *units = &rights->read[RESOURCE_AWS_ORGANIZATIONAL_UNIT];
    const char *own = array_text(arena, accounts);
    if (units->count > 0) {
        Buffer *text = buffer_new(arena);
        append_schema(text, sql->schema, BELOW);
        if (DB_QUERY(db, arena, error, text->data, own, array_text(arena, units)) != NULL) {
            return true;
        }
        if (!tenant_is_missing(db)) {
            return false;
        }
        error_clear(error);
    }
    return DB_QUERY(db, arena, error, PLAIN, own) != NULL;
}

bool tenant_sql_begin(TenantSql *sql, Arena *arena, Db *db, const Caller *caller, Error *error)
{
    *sql = (TenantSql){.schema = db_identifier(arena, caller->schema),
                       .narrowed = rights_narrow_aws(caller->rights)};
    return !sql->narrowed || tell_accounts(sql, arena, db, caller->rights, error);
}
