#include "sources/catalogue.h"

#include <string.h>

#include "sources/handlers.h"
#include "sources/resource.h"

extern const char SOURCES_CATALOGUE[]; /* catalogue.json */

/* The statements of one transaction. A list of the catalogue is one: the JSON goes in, rows come
 * out. A row whose columns are as they should be is left alone, so that updated_at tells the
 * truth. */
static const char *const SEEDS[] = {
    /* Servers that start at once wait here for each other: ON CONFLICT minds one unique key, and
     * these tables have two. */
    "SELECT pg_advisory_xact_lock(hashtext('kontor_catalogue'))"
    "  FROM (SELECT $1::jsonb) AS catalogue",
    "INSERT INTO source_types AS kept"
    "    (id, name, product_name, vendor, category, schema, icon_url)"
    " SELECT id, name, product_name, vendor, category, schema, icon_url"
    "   FROM jsonb_to_recordset($1::jsonb -> 'source_types')"
    "        AS row (id bigint, name text, product_name text, vendor text, category text,"
    "                schema jsonb, icon_url text)"
    " ON CONFLICT (id) DO UPDATE"
    "    SET name = excluded.name, product_name = excluded.product_name,"
    "        vendor = excluded.vendor, category = excluded.category,"
    "        schema = excluded.schema, icon_url = excluded.icon_url, updated_at = now()"
    "  WHERE (kept.name, kept.product_name, kept.vendor, kept.category, kept.schema,"
    "         kept.icon_url)"
    "        IS DISTINCT FROM"
    "        (excluded.name, excluded.product_name, excluded.vendor, excluded.category,"
    "         excluded.schema, excluded.icon_url)",
    "INSERT INTO application_types AS kept"
    "    (id, name, display_name, dependent_applications, supported_source_types,"
    "     supported_authentication_types, resource_ownership)"
    " SELECT id, name, display_name, dependent_applications, supported_source_types,"
    "        supported_authentication_types, resource_ownership"
    "   FROM jsonb_to_recordset($1::jsonb -> 'application_types')"
    "        AS row (id bigint, name text, display_name text, dependent_applications jsonb,"
    "                supported_source_types jsonb, supported_authentication_types jsonb,"
    "                resource_ownership text)"
    " ON CONFLICT (id) DO UPDATE"
    "    SET name = excluded.name, display_name = excluded.display_name,"
    "        dependent_applications = excluded.dependent_applications,"
    "        supported_source_types = excluded.supported_source_types,"
    "        supported_authentication_types = excluded.supported_authentication_types,"
    "        resource_ownership = excluded.resource_ownership, updated_at = now()"
    "  WHERE (kept.name, kept.display_name, kept.dependent_applications,"
    "         kept.supported_source_types, kept.supported_authentication_types,"
    "         kept.resource_ownership)"
    "        IS DISTINCT FROM"
    "        (excluded.name, excluded.display_name, excluded.dependent_applications,"
    "         excluded.supported_source_types, excluded.supported_authentication_types,"
    "         excluded.resource_ownership)",
    "INSERT INTO meta_data AS kept (id, application_type_id, name, payload, type)"
    " SELECT id, application_type_id, name, payload, 'AppMetaData'"
    "   FROM jsonb_to_recordset($1::jsonb -> 'app_meta_data')"
    "        AS row (id bigint, application_type_id bigint, name text, payload jsonb)"
    " ON CONFLICT (id) DO UPDATE"
    "    SET application_type_id = excluded.application_type_id, name = excluded.name,"
    "        payload = excluded.payload, updated_at = now()"
    "  WHERE (kept.application_type_id, kept.name, kept.payload)"
    "        IS DISTINCT FROM (excluded.application_type_id, excluded.name, excluded.payload)",
};

bool catalogue_seed(Db *db, Error *error)
{
    Arena *arena = arena_new();
    bool done = db_begin(db, error);
    for (size_t i = 0; done && i < sizeof SEEDS / sizeof *SEEDS; i++) {
        done = DB_QUERY(db, arena, error, SEEDS[i], SOURCES_CATALOGUE) != NULL;
    }
    done = done && db_commit(db, error);
    if (!done) {
        db_rollback(db);
    }
    arena_free(arena);
    return done || error_wrap(error, "the catalogue cannot be written");
}

static void get_one(Call *call, const Resource *resource)
{
    const char *id;
    if (call_path_id(call, 1, &id)) {
        resource_get(call, resource, id, 200);
    }
}

static void list_below(Call *call, const Resource *owner, const Resource *resource,
                       const char *condition)
{
    const char *id;
    if (call_path_id(call, 1, &id) && resource_check_query(call) &&
        resource_exists(call, owner, id)) {
        resource_list(call, resource, condition, id);
    }
}

void source_types_list(Call *call)
{
    resource_list(call, &SOURCE_TYPES, NULL, NULL);
}

void source_types_get(Call *call)
{
    get_one(call, &SOURCE_TYPES);
}

void source_types_sources(Call *call)
{
    list_below(call, &SOURCE_TYPES, &SOURCES, "sources.source_type_id = $1");
}

void application_types_list(Call *call)
{
    resource_list(call, &APPLICATION_TYPES, NULL, NULL);
}

void application_types_get(Call *call)
{
    get_one(call, &APPLICATION_TYPES);
}

void application_types_sources(Call *call)
{
    list_below(call, &APPLICATION_TYPES, &SOURCES,
               "sources.id IN (SELECT source_id FROM applications WHERE application_type_id = $1)");
}

void application_types_meta_data(Call *call)
{
    list_below(call, &APPLICATION_TYPES, &APP_META_DATA, "meta_data.application_type_id = $1");
}

void app_meta_data_list(Call *call)
{
    resource_list(call, &APP_META_DATA, NULL, NULL);
}

void app_meta_data_get(Call *call)
{
    get_one(call, &APP_META_DATA);
}
