"""GraphQL's answers about its own schema, as clients read them to build theirs."""

from __future__ import annotations

import pytest
import requests
from graphql import GraphQLSchema, build_client_schema, get_introspection_query, parse, print_type, validate

ORG = "org-introspection"

# The types that the original names in its schema, as its own tools print them.
TYPES = {
    "Query": """type Query {
  sources(limit: Int, offset: Int, sort_by: [SortBy], filter: [Filter]): [Source!]!
  application_types(limit: Int, offset: Int, sort_by: [SortBy], filter: [Filter]): [ApplicationType]
  meta: Meta!
}""",
    "Source": """type Source {
  id: ID!
  created_at: Time!
  updated_at: Time!
  source_type_id: String!
  name: String!
  imported: String
  availability_status: String
  source_ref: String
  app_creation_workflow: String!
  last_checked_at: Time
  last_available_at: Time
  paused_at: Time
  authentications: [Authentication]!
  endpoints: [Endpoint]!
  applications: [Application]!
  tenant_id: String!
}""",
    "ApplicationType": """type ApplicationType {
  id: ID!
  name: String!
  display_name: String!
  dependent_applications: Any
  supported_source_types: Any
  supported_authentication_types: Any
  sources: [Source]!
}""",
    "Filter": "input Filter {\n  name: String!\n  operation: String\n  value: [String!]!\n}",
    "SortBy": "input SortBy {\n  name: String!\n  direction: Direction\n}",
    "Direction": "enum Direction {\n  asc\n  desc\n}",
    "Meta": "type Meta {\n  count: Int!\n}",
    "Time": "scalar Time",
    "Any": "scalar Any",
}


def ask(server, query: str, **variables) -> requests.Response:
    return server.sources("POST", "/graphql", ORG, json={"query": query, "variables": variables})


def data(server, query: str, **variables) -> dict:
    answer = ask(server, query, **variables)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["data"], answer.text
    return answer.json()["data"]


@pytest.fixture(scope="module")
def schema(server) -> GraphQLSchema:
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    return build_client_schema(data(server, query))


def test_a_client_builds_its_schema_of_the_usual_query(schema):
    assert {name: print_type(schema.type_map[name]) for name in TYPES} == TYPES
    assert (schema.query_type.name, schema.mutation_type, schema.subscription_type) == ("Query", None, None)
    assert [(d.name, [place.name for place in d.locations]) for d in schema.directives] == [
        ("deprecated", ["FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION", "ENUM_VALUE"]),
        ("include", ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"]),
        ("oneOf", ["INPUT_OBJECT"]),
        ("skip", ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"]),
        ("specifiedBy", ["SCALAR"]),
    ]


@pytest.mark.parametrize(
    "query",
    [
        '{ sources(limit: 1, sort_by: {name: "name", direction: desc}) { id applications { extra } } meta { count } }',
        "query q($f: [Filter]) { sources(filter: $f) { ...F } } fragment F on Source { endpoints { port } }",
        "{ application_types { sources { paused_at __typename } } }",
        "{ sources { planets } }",
        '{ sources(filter: {name: "x"}) { id } }',
        "{ sources(limit: true) { id } }",
        "query q($f: [Filter]) { sources(sort_by: $f) { id } }",
        "{ meta }",
        '{ __type(name: "Source") { fields(includeDeprecated: true) { name } } }',
        "{ __type { name } }",
    ],
)
def test_a_client_and_the_server_find_the_same_queries_good(server, schema, query):
    assert (ask(server, query).status_code == 200) == (validate(schema, parse(query)) == [])


def test_the_types_of_introspection_tell_of_themselves(server):
    """Every field that one of them lists is answered, and as its own kind and type say."""
    query = """query q($name: String!) {
      __type(name: $name) { kind fields(includeDeprecated: true) { name type { kind } args { name defaultValue } } }
    }"""
    told = {
        name: data(server, query, name=name)["__type"]
        for name in ("__Schema", "__Type", "__Field", "__InputValue", "__EnumValue", "__Directive")
    }
    assert {kind["kind"] for kind in told.values()} == {"OBJECT"}
    needed = {
        name: {field["name"] for field in kind["fields"] if field["type"]["kind"] == "NON_NULL"}
        for name, kind in told.items()
    }
    assert needed == {
        "__Schema": {"types", "queryType", "directives"},
        "__Type": {"kind"},
        "__Field": {"name", "args", "type", "isDeprecated"},
        "__InputValue": {"name", "type", "isDeprecated"},
        "__EnumValue": {"name", "isDeprecated"},
        "__Directive": {"name", "isRepeatable", "locations", "args"},
    }  # fmt: skip
    fields = next(field for field in told["__Type"]["fields"] if field["name"] == "fields")
    assert fields["args"] == [{"name": "includeDeprecated", "defaultValue": "false"}]


def test_one_type_with_aliases_fragments_and_typenames(server):
    query = """
      query q($name: String!, $more: Boolean = false) {
        __typename
        it: __type(name: $name) {
          ...T fields { name @include(if: $more) type { ...T ofType { ...T ofType { ...T } } } }
        }
        none: __type(name: "Planet") { name }
        list: __type(name: "[Source]") { name }
        order: __type(name: "Direction") {
          enumValues { name isDeprecated deprecationReason __typename } fields { name }
        }
      }
      fragment T on __Type { what: kind name __typename description }
    """
    found = data(server, query, name="Meta")

    def of(kind: str, name: str | None) -> dict:
        return {"what": kind, "name": name, "__typename": "__Type", "description": None}

    count = of("NON_NULL", None) | {"ofType": of("SCALAR", "Int") | {"ofType": None}}
    value = {"isDeprecated": False, "deprecationReason": None, "__typename": "__EnumValue"}
    assert found == {
        "__typename": "Query",
        "it": of("OBJECT", "Meta") | {"fields": [{"type": count}]},
        "none": None,
        "list": None,
        "order": {"enumValues": [{"name": "asc"} | value, {"name": "desc"} | value], "fields": []},
    }


def test_what_every_type_has(server):
    query = """{ __schema { description types {
      name kind specifiedByURL isOneOf interfaces { name } possibleTypes { name }
    } directives { name isRepeatable args { name type { kind } defaultValue } } } }"""
    schema = data(server, query)["__schema"]
    assert schema["description"] is None
    assert [kind["name"] for kind in schema["types"]] == sorted(kind["name"] for kind in schema["types"])
    assert {kind["name"] for kind in schema["types"] if kind["kind"] == "SCALAR"} == {
        "Any", "Boolean", "Float", "ID", "Int", "String", "Time",
    }  # fmt: skip
    rest = {"specifiedByURL": None, "isOneOf": False, "interfaces": [], "possibleTypes": []}
    assert all({key: kind[key] for key in rest} == rest for kind in schema["types"])
    assert schema["directives"][0] == {
        "name": "deprecated", "isRepeatable": False,
        "args": [{"name": "reason", "type": {"kind": "SCALAR"}, "defaultValue": '"No longer supported"'}],
    }  # fmt: skip


def test_introspection_beside_rows(server):
    found = data(server, '{ sources { id } __type(name: "Meta") { name } meta { __typename } }')
    assert found == {"sources": [], "__type": {"name": "Meta"}, "meta": {"__typename": "Meta"}}


def test_introspection_that_asks_for_too_much_is_refused(server):
    names = " ".join(f"n{i}: name" for i in range(300))
    one = "__schema { types { fields { " + names + " } } }"
    assert ask(server, f"{{ {one} }}").status_code == 200
    assert "errors" not in ask(server, f"{{ {one} }}").json()
    answer = ask(server, f"{{ a: {one} b: {one} c: {one} }}")
    assert (answer.status_code, answer.json()) == (
        200,
        {"errors": [{"message": "the query asks for too much at once", "path": ["b"]}], "data": None},
    )
    fragments = "".join(f"fragment F{n} on __Type {{ fields {{ type {{ ...F{n + 1} }} }} }} " for n in range(3))
    deep = fragments + "fragment F3 on __Type { name } { __schema { types { ...F0 } } }"
    answer = ask(server, deep)
    assert [error["message"] for error in answer.json()["errors"]] == ["Maximum introspection depth exceeded"]
    assert data(server, "{ __schema { queryType { name } } }") == {"__schema": {"queryType": {"name": "Query"}}}
