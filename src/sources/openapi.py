"""Writes the OpenAPI document of the Sources API: openapi.py OUTPUT.

The document is data about the routes and fields below; the server replaces {version} in it.
"""

import json
import pathlib
import sys

ID = {"type": "string", "pattern": "^\\d+$", "example": "12"}
ID_IN = {"oneOf": [ID, {"type": "integer", "minimum": 1}]}
TIME = {"type": "string", "format": "date-time"}
TIME_IN = {"type": "string", "description": "RFC 3339, or 2006-01-02 15:04:05 UTC"}
TEXT = {"type": "string"}
OBJECT = {"type": "object"}
EMPTY = {"type": "string", "maxLength": 0}
BOOL = {"type": "boolean"}
ANY: dict = {}
STATUS = {"type": "string", "enum": ["available", "in_progress", "partially_available", "unavailable"]}

# resource -> (answer fields, required ones, create fields, required ones, update fields)
SCHEMAS: dict[str, dict] = {
    "SourceType": {
        "id": ID, "created_at": TIME, "updated_at": TIME, "category": TEXT, "name": TEXT,
        "product_name": TEXT, "vendor": TEXT, "schema": OBJECT, "icon_url": TEXT,
    },
    "ApplicationType": {
        "id": ID, "created_at": TIME, "updated_at": TIME, "name": TEXT, "display_name": TEXT,
        "dependent_applications": {"type": "array", "items": TEXT},
        "supported_source_types": {"type": "array", "items": TEXT},
        "supported_authentication_types": OBJECT,
    },
    "AppMetaData": {
        "id": ID, "created_at": TIME, "updated_at": TIME, "name": TEXT, "payload": ANY,
        "application_type_id": ID,
    },
    "Source": {
        "availability_status": STATUS, "last_checked_at": TIME, "last_available_at": TIME, "id": ID,
        "created_at": TIME, "updated_at": TIME, "paused_at": TIME, "name": TEXT, "uid": TEXT,
        "version": TEXT, "imported": TEXT, "source_ref": TEXT, "app_creation_workflow": TEXT,
        "source_type_id": ID,
    },
    "Application": {
        "id": ID, "created_at": TIME, "updated_at": TIME, "paused_at": TIME,
        "availability_status": STATUS, "last_checked_at": TIME, "last_available_at": TIME,
        "availability_status_error": TEXT, "extra": ANY, "source_id": ID, "application_type_id": ID,
    },
    "Authentication": {
        "id": ID, "name": TEXT, "authtype": TEXT, "username": TEXT, "extra": ANY,
        "availability_status": STATUS, "availability_status_error": TEXT, "resource_type": TEXT,
        "resource_id": ID,
    },
    "Endpoint": {
        "id": ID, "created_at": TIME, "updated_at": TIME, "paused_at": TIME, "role": TEXT,
        "port": {"type": "integer", "maximum": 65535}, "default": BOOL, "scheme": TEXT, "host": TEXT,
        "path": TEXT, "verify_ssl": BOOL, "certificate_authority": TEXT, "receptor_node": TEXT,
        "availability_status": STATUS, "last_checked_at": TIME, "last_available_at": TIME,
        "availability_status_error": TEXT, "source_id": ID,
    },
    "ApplicationAuthentication": {
        "id": ID, "created_at": TIME, "updated_at": TIME, "application_id": ID, "authentication_id": ID,
    },
    "RhcConnection": {
        "id": ID, "rhc_id": TEXT, "extra": ANY, "availability_status": STATUS, "last_checked_at": TIME,
        "last_available_at": TIME, "availability_status_error": TEXT,
        "source_ids": {"type": "array", "items": ID},
    },
    "Secret": {"id": ID, "name": TEXT, "authtype": TEXT, "username": TEXT, "extra": ANY},
}
REQUIRED = {
    "Endpoint": ["id", "availability_status", "source_id"],
    "ApplicationAuthentication": ["id", "application_id", "authentication_id"],
    "RhcConnection": ["id", "rhc_id"],
    "Secret": ["id", "authtype", "username"],
    "Source": ["id", "name", "source_type_id", "availability_status"],
    "Application": ["id", "source_id", "application_type_id", "availability_status"],
    "Authentication": ["id", "authtype", "username", "resource_type", "resource_id"],
    "SourceType": ["id", "name"],
    "ApplicationType": ["id", "name"],
    "AppMetaData": ["id", "name"],
}
NULLABLE_BOOL = {"type": "boolean", "nullable": True}
NULLABLE_TEXT = {"type": "string", "nullable": True, "maxLength": 16384}
BODIES: dict[str, tuple[dict, list[str]]] = {
    "SourceCreate": (
        {
            "name": {"type": "string", "minLength": 1, "maxLength": 16384}, "source_type_id": ID_IN,
            "uid": NULLABLE_TEXT, "version": NULLABLE_TEXT, "imported": NULLABLE_TEXT,
            "source_ref": NULLABLE_TEXT, "app_creation_workflow": NULLABLE_TEXT,
            "availability_status": STATUS,
        },
        ["name", "source_type_id"],
    ),
    "SourceUpdate": (
        {
            "name": {"type": "string", "minLength": 1, "maxLength": 16384}, "version": NULLABLE_TEXT,
            "imported": NULLABLE_TEXT, "source_ref": NULLABLE_TEXT, "availability_status": STATUS,
            "last_checked_at": TIME_IN, "last_available_at": TIME_IN,
        },
        [],
    ),
    "ApplicationCreate": (
        {"source_id": ID_IN, "application_type_id": ID_IN, "extra": ANY},
        ["source_id", "application_type_id"],
    ),
    "ApplicationUpdate": (
        {
            "extra": OBJECT, "availability_status": STATUS, "availability_status_error": NULLABLE_TEXT,
            "last_checked_at": TIME_IN, "last_available_at": TIME_IN,
        },
        [],
    ),
    "AuthenticationCreate": (
        {
            "resource_type": {"type": "string", "enum": ["Source", "Application", "Endpoint"]},
            "resource_id": ID_IN, "name": NULLABLE_TEXT, "authtype": NULLABLE_TEXT,
            "username": NULLABLE_TEXT, "password": NULLABLE_TEXT, "extra": OBJECT,
        },
        ["resource_type", "resource_id"],
    ),
    "AuthenticationUpdate": (
        {
            "name": NULLABLE_TEXT, "authtype": NULLABLE_TEXT, "username": NULLABLE_TEXT,
            "password": NULLABLE_TEXT, "extra": OBJECT, "availability_status": STATUS,
            "availability_status_error": NULLABLE_TEXT,
        },
        [],
    ),
}
ENDPOINT_FIELDS = {
    "default": NULLABLE_BOOL, "receptor_node": NULLABLE_TEXT, "role": NULLABLE_TEXT, "scheme": NULLABLE_TEXT,
    "host": NULLABLE_TEXT, "port": {"type": "integer", "nullable": True, "maximum": 65535}, "path": NULLABLE_TEXT,
    "verify_ssl": NULLABLE_BOOL, "certificate_authority": NULLABLE_TEXT,
    "availability_status": {"type": "string", "enum": ["available", "unavailable"]},
}
BODIES |= {
    "EndpointCreate": ({**ENDPOINT_FIELDS, "source_id": ID_IN}, ["source_id"]),
    "EndpointUpdate": (
        {
            **ENDPOINT_FIELDS, "availability_status_error": NULLABLE_TEXT, "last_checked_at": TIME_IN,
            "last_available_at": TIME_IN,
        },
        [],
    ),
    "ApplicationAuthenticationCreate": (
        {"application_id": ID_IN, "authentication_id": ID_IN}, ["application_id", "authentication_id"],
    ),
    "RhcConnectionCreate": (
        {"rhc_id": {"type": "string", "minLength": 1, "maxLength": 16384}, "source_id": ID_IN, "extra": ANY},
        ["rhc_id", "source_id"],
    ),
    "RhcConnectionUpdate": ({"extra": ANY}, []),
    "SecretCreate": (
        {
            "name": NULLABLE_TEXT, "authtype": NULLABLE_TEXT, "username": NULLABLE_TEXT, "password": NULLABLE_TEXT,
            "extra": OBJECT, "user_scoped": NULLABLE_BOOL,
        },
        [],
    ),
    "SecretUpdate": ({"username": NULLABLE_TEXT, "password": NULLABLE_TEXT, "extra": OBJECT}, []),
}


def optional(fields: dict, required: list[str]) -> dict:
    """A field that may be left out may be null, too."""
    return {
        name: schema if name in required or not schema else {"anyOf": [schema, {"enum": [None], "nullable": True}]}
        for name, schema in fields.items()
    }


def bulk(kind: str, **names: dict) -> dict:
    """The items of a bulk_create: those of a single creation, and the names that link them."""
    return {"type": "array", "items": {
        "type": "object", "additionalProperties": False,
        "properties": optional({**BODIES[kind + "Create"][0], **names}, []),
    }}


BODIES["BulkCreate"] = (
    {
        "sources": bulk("Source", source_type_name=TEXT),
        "applications": bulk("Application", application_type_name=TEXT, source_name=TEXT),
        "endpoints": bulk("Endpoint", source_name=TEXT),
        "authentications": bulk("Authentication", resource_name=TEXT),
    },
    [],
)
BODIES["GraphqlQuery"] = (
    {"query": TEXT, "operationName": {"type": "string", "nullable": True},
     "variables": {"type": "object", "nullable": True}},
    ["query"],
)
PARAMETERS = {
    "Limit": ("limit", {"anyOf": [{"type": "integer", "minimum": 1}, EMPTY]}, "rows of a page; 100 when empty"),
    "Offset": ("offset", {"anyOf": [{"type": "integer", "minimum": 0}, EMPTY]}, "rows passed over; 0 when empty"),
    "Sort": ("sort_by", {"type": "string"}, "a field, with \"desc\" behind it for the other order"),
}
# path, method, what it does, answer schema, list?, body, status, tenant needed
ROUTES = [
    ("/openapi.json", "get", "This document", None, False, None, 200, False),
    ("/source_types", "get", "The kinds of sources", "SourceType", True, None, 200, False),
    ("/source_types/{id}", "get", "One kind of source", "SourceType", False, None, 200, False),
    ("/source_types/{id}/sources", "get", "Sources of a kind", "Source", True, None, 200, True),
    ("/application_types", "get", "The kinds of applications", "ApplicationType", True, None, 200, False),
    ("/application_types/{id}", "get", "One kind of application", "ApplicationType", False, None, 200, False),
    ("/application_types/{id}/sources", "get", "Sources with such an application", "Source", True, None, 200, True),
    ("/application_types/{id}/app_meta_data", "get", "Its metadata", "AppMetaData", True, None, 200, False),
    ("/app_meta_data", "get", "Metadata of all kinds of applications", "AppMetaData", True, None, 200, False),
    ("/app_meta_data/{id}", "get", "One piece of metadata", "AppMetaData", False, None, 200, False),
    ("/sources", "get", "The organisation's sources", "Source", True, None, 200, True),
    ("/sources", "post", "Adds a source", "Source", False, "SourceCreate", 201, True),
    ("/sources/{id}", "get", "One source", "Source", False, None, 200, True),
    ("/sources/{id}", "patch", "Changes a source", "Source", False, "SourceUpdate", 200, True),
    ("/sources/{id}", "delete", "Deletes a source with all that hangs on it", None, False, None, 204, True),
    ("/sources/{id}/pause", "post", "Pauses a source and its applications", None, False, None, 204, True),
    ("/sources/{id}/unpause", "post", "Ends the pause", None, False, None, 204, True),
    ("/sources/{id}/check_availability", "post", "Has the bucket looked at now", "Empty", False, None, 202, True),
    ("/sources/{id}/applications", "get", "Its applications", "Application", True, None, 200, True),
    ("/sources/{id}/application_types", "get", "Their kinds", "ApplicationType", True, None, 200, True),
    ("/sources/{id}/authentications", "get", "Its authentications", "Authentication", True, None, 200, True),
    ("/applications", "get", "The organisation's applications", "Application", True, None, 200, True),
    ("/applications", "post", "Adds an application to a source", "Application", False, "ApplicationCreate", 201, True),
    ("/applications/{id}", "get", "One application", "Application", False, None, 200, True),
    ("/applications/{id}", "patch", "Changes an application", "Application", False, "ApplicationUpdate", 200, True),
    ("/applications/{id}", "delete", "Deletes an application", None, False, None, 204, True),
    ("/applications/{id}/pause", "post", "Pauses an application", None, False, None, 204, True),
    ("/applications/{id}/unpause", "post", "Ends the pause", None, False, None, 204, True),
    ("/applications/{id}/authentications", "get", "Its authentications", "Authentication", True, None, 200, True),
    ("/authentications", "get", "The organisation's authentications", "Authentication", True, None, 200, True),
    ("/authentications", "post", "Adds an authentication", "Authentication", False, "AuthenticationCreate", 201, True),
    ("/authentications/{id}", "get", "One authentication", "Authentication", False, None, 200, True),
    ("/authentications/{id}", "patch", "Changes it", "Authentication", False, "AuthenticationUpdate", 200, True),
    ("/authentications/{id}", "delete", "Deletes an authentication", None, False, None, 204, True),
]
ROUTES += [
    ("/sources/{id}/endpoints", "get", "Its endpoints", "Endpoint", True, None, 200, True),
    ("/sources/{id}/rhc_connections", "get", "Its connections", "RhcConnection", True, None, 200, True),
    ("/endpoints", "get", "The organisation's endpoints", "Endpoint", True, None, 200, True),
    ("/endpoints", "post", "Adds an endpoint to a source", "Endpoint", False, "EndpointCreate", 201, True),
    ("/endpoints/{id}", "get", "One endpoint", "Endpoint", False, None, 200, True),
    ("/endpoints/{id}", "patch", "Changes an endpoint", "Endpoint", False, "EndpointUpdate", 200, True),
    ("/endpoints/{id}", "delete", "Deletes an endpoint", None, False, None, 204, True),
    ("/endpoints/{id}/authentications", "get", "Its authentications", "Authentication", True, None, 200, True),
    ("/application_authentications", "get", "Which application uses which authentication",
     "ApplicationAuthentication", True, None, 200, True),
    ("/application_authentications", "post", "Links an application and an authentication",
     "ApplicationAuthentication", False, "ApplicationAuthenticationCreate", 201, True),
    ("/application_authentications/{id}", "get", "One link", "ApplicationAuthentication", False, None, 200, True),
    ("/application_authentications/{id}", "delete", "Ends a link", None, False, None, 204, True),
    ("/application_authentications/{id}/authentications", "get", "Its authentication", "Authentication", True, None,
     200, True),
    ("/rhc_connections", "get", "The organisation's connections", "RhcConnection", True, None, 200, True),
    ("/rhc_connections", "post", "Connects a source", "RhcConnection", False, "RhcConnectionCreate", 201, True),
    ("/rhc_connections/{id}", "get", "One connection", "RhcConnection", False, None, 200, True),
    ("/rhc_connections/{id}", "patch", "Changes it", "RhcConnection", False, "RhcConnectionUpdate", 200, True),
    ("/rhc_connections/{id}", "delete", "Deletes a connection", None, False, None, 204, True),
    ("/rhc_connections/{id}/sources", "get", "Its sources", "Source", True, None, 200, True),
    ("/secrets", "get", "The organisation's secrets", "Secret", True, None, 200, True),
    ("/secrets", "post", "Adds a secret", "Secret", False, "SecretCreate", 201, True),
    ("/secrets/{id}", "get", "One secret, without its password", "Secret", False, None, 200, True),
    ("/secrets/{id}", "patch", "Changes a secret", "Secret", False, "SecretUpdate", 200, True),
    ("/secrets/{id}", "delete", "Deletes a secret", None, False, None, 204, True),
    ("/graphql", "post", "A GraphQL query of sources and what hangs on them", "GraphqlAnswer", False, "GraphqlQuery",
     200, True),
    ("/bulk_create", "post", "Adds sources with all that hangs on them, all or nothing", "Bulk", False, "BulkCreate",
     201, True),
]
ERRORS = {
    400: "The request is wrong; the detail names the field",
    401: "No organisation is named, or it may not do this",
    405: "A system may not do this",
    404: "There is no such thing in this organisation",
    413: "The body is too large",
    500: "A fault of the server",
    503: "The database is away",
}


def ref(kind: str, name: str) -> dict:
    return {"$ref": f"#/components/{kind}/{name}"}


def content(schema: dict) -> dict:
    return {"application/json": {"schema": schema}}


def answer(schema: str | None, is_list: bool, status: int) -> dict:
    if schema is None and status == 204:
        return {"description": "Done"}
    if schema is None:
        return {"description": "Done", "content": content(OBJECT)}
    return {"description": "Done", "content": content(ref("schemas", schema + ("Collection" if is_list else "")))}


def operation(route: tuple) -> dict:
    path, method, summary, schema, is_list, body, status, tenanted = route
    words = [w for w in path.strip("/").replace("{id}", "one").replace(".", "_").split("/")]
    result: dict = {
        "summary": summary,
        "operationId": "_".join([method, *words]),
        "responses": {str(status): answer(schema, is_list, status)},
        "security": [{"identity": []}, {"organisation": []}] if tenanted else [],
    }
    parameters = []
    if is_list:
        parameters += [ref("parameters", name) for name in PARAMETERS]
    if parameters:
        result["parameters"] = parameters
    if body:
        result["requestBody"] = {"required": True, "content": content(ref("schemas", body))}
    wanted = [400, 404, 500, 503] + ([401] if tenanted else []) + ([413] if body else [])
    wanted += [405] if tenanted and method != "get" else []
    if path == "/graphql":
        result["responses"]["422"] = {
            "description": "No valid query", "content": content(ref("schemas", "GraphqlAnswer")),
        }
    for code in sorted(wanted):
        result["responses"][str(code)] = {
            "description": ERRORS[code], "content": content(ref("schemas", "Errors")),
        }
    if path == "/graphql":
        both = [ref("schemas", "Errors"), ref("schemas", "GraphqlAnswer")]
        result["responses"]["400"]["content"] = content({"anyOf": both})
    return result


def schemas() -> dict:
    result: dict = {
        "Empty": OBJECT,
        "GraphqlAnswer": {"type": "object", "properties": {
            "data": {"type": "object", "nullable": True},
            "errors": {"type": "array", "items": {
                "type": "object", "required": ["message"], "properties": {"message": TEXT},
            }},
        }},
        "Bulk": {"type": "object", "properties": {
            key: {"type": "array", "items": ref("schemas", kind)} for key, kind in (
                ("sources", "Source"), ("applications", "Application"), ("endpoints", "Endpoint"),
                ("authentications", "Authentication"))
        }},
        "Errors": {
            "type": "object", "required": ["errors"],
            "properties": {"errors": {"type": "array", "items": {
                "type": "object", "required": ["detail", "status"],
                "properties": {"detail": TEXT, "status": TEXT},
            }}},
        },
    }
    for name, fields in SCHEMAS.items():
        result[name] = {"type": "object", "properties": fields, "required": REQUIRED[name]}
        result[name + "Collection"] = {
            "type": "object", "required": ["data", "meta", "links"],
            "properties": {
                "data": {"type": "array", "items": ref("schemas", name)},
                "meta": {"type": "object", "properties": {
                    key: {"type": "integer"} for key in ("count", "limit", "offset")}},
                "links": {"type": "object", "properties": {"first": TEXT, "last": TEXT}},
            },
        }
    for name, (fields, required) in BODIES.items():
        result[name] = {"type": "object", "properties": optional(fields, required), "additionalProperties": False}
        if required:
            result[name]["required"] = required
    return result


def document() -> dict:
    paths: dict = {}
    for route in ROUTES:
        item = paths.setdefault(route[0], {})
        item[route[1]] = operation(route)
        if "{id}" in route[0]:
            item["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": ID}]
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Sources", "version": "{version}",
            "description": "Sources of cost reports, their authentications and applications.",
            "license": {"name": "Apache-2.0"},
        },
        "servers": [{"url": "/api/sources/{version}"}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "parameters": {
                key: {"name": name, "in": "query", "schema": schema, "description": description}
                for key, (name, schema, description) in PARAMETERS.items()
            },
            "securitySchemes": {
                "identity": {"type": "apiKey", "in": "header", "name": "x-rh-identity"},
                "organisation": {"type": "apiKey", "in": "header", "name": "x-rh-sources-org-id"},
            },
        },
    }


if __name__ == "__main__":
    pathlib.Path(sys.argv[1]).write_text(json.dumps(document(), indent=1) + "\n", encoding="utf-8")
