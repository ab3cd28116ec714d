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
}
REQUIRED = {
    "Source": ["id", "name", "source_type_id", "availability_status"],
    "Application": ["id", "source_id", "application_type_id", "availability_status"],
    "Authentication": ["id", "authtype", "username", "resource_type", "resource_id"],
    "SourceType": ["id", "name"],
    "ApplicationType": ["id", "name"],
    "AppMetaData": ["id", "name"],
}
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
PARAMETERS = {
    "Limit": ("limit", {"type": "integer", "minimum": 1, "default": 100}, "rows of a page"),
    "Offset": ("offset", {"type": "integer", "minimum": 0, "default": 0}, "rows passed over"),
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
ERRORS = {
    400: "The request is wrong; the detail names the field",
    401: "No organisation is named",
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
    for code in sorted(wanted):
        result["responses"][str(code)] = {
            "description": ERRORS[code], "content": content(ref("schemas", "Errors")),
        }
    return result


def schemas() -> dict:
    result: dict = {
        "Empty": OBJECT,
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
        result[name] = {"type": "object", "properties": fields, "additionalProperties": False}
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
