"""GraphQL over sources, as its clients ask."""

from __future__ import annotations

import uuid

import pytest
import requests

UNREAD, INVALID = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"


@pytest.fixture
def org() -> str:
    return f"org-{uuid.uuid4().hex[:10]}"


def post(server, org: str, path: str, **body) -> dict:
    answer = server.sources("POST", path, org, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def ask(server, org: str, query: str, **more) -> requests.Response:
    return server.sources("POST", "/graphql", org, json={"query": query, **more})


def data(server, org: str, query: str, **variables) -> dict:
    answer = ask(server, org, query, variables=variables)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["data"], answer.text
    return answer.json()["data"]


@pytest.fixture
def three(server, org) -> list[dict]:
    """amazon-1, amazon-2 and gitlab-1; the first with an application, an endpoint and authentications."""
    made = [
        post(server, org, "/sources", name=name, source_type_id=kind)
        for name, kind in (("amazon-1", "1"), ("amazon-2", "1"), ("gitlab-1", type_of(server, "gitlab")))
    ]
    source = made[0]["id"]
    application = post(server, org, "/applications", source_id=source, application_type_id="2", extra={"k": [1]})
    endpoint = post(server, org, "/endpoints", source_id=source, host="h.example.com", port=8443)
    for kind, owner, user in (
        ("Source", source, "of source"), ("Application", application["id"], "of application"),
        ("Endpoint", endpoint["id"], "of endpoint"),
    ):  # fmt: skip
        post(server, org, "/authentications", resource_type=kind, resource_id=owner, username=user, password="hush")
    made[0]["application"], made[0]["endpoint"] = application["id"], endpoint["id"]
    return made


def type_of(server, name: str) -> str:
    rows = server.sources("GET", "/source_types", "any").json()["data"]
    return next(row["id"] for row in rows if row["name"] == name)


def test_everything_below_sources_in_the_order_of_the_query(server, org, three):
    query = """{
      meta { count }
      sources(sort_by: {name: "name", direction: desc}) {
        name __typename id
        applications { id application_type_id extra authentications { username resource_type } }
        endpoints { port host verify_ssl path authentications { username } }
        authentications { username resource_id }
      }
    }"""
    found = data(server, org, query)
    assert list(found) == ["meta", "sources"]
    assert found["meta"] == {"count": 3}
    assert [row["name"] for row in found["sources"]] == ["gitlab-1", "amazon-2", "amazon-1"]
    assert found["sources"][0] == {
        "name": "gitlab-1", "__typename": "Source", "id": three[2]["id"], "applications": [], "endpoints": [],
        "authentications": [],
    }  # fmt: skip
    first = found["sources"][2]
    assert list(first) == ["name", "__typename", "id", "applications", "endpoints", "authentications"]
    assert first["applications"] == [
        {
            "id": three[0]["application"], "application_type_id": "2", "extra": {"k": [1]},
            "authentications": [{"username": "of application", "resource_type": "Application"}],
        }
    ]  # fmt: skip
    assert first["endpoints"] == [
        {
            "port": 8443, "host": "h.example.com", "verify_ssl": False, "path": "",
            "authentications": [{"username": "of endpoint"}],
        }
    ]  # fmt: skip
    assert first["authentications"] == [{"username": "of source", "resource_id": three[0]["id"]}]


@pytest.mark.parametrize(
    ("arguments", "names", "count"),
    [
        ('limit: 1, offset: 1, sort_by: [{name: "name"}]', ["amazon-2"], 3),
        ('filter: {name: "name", value: "gitlab-1"}', ["gitlab-1"], 1),
        ('filter: {name: "name", value: ["gitlab-1", "amazon-1"]}', ["amazon-1", "gitlab-1"], 2),
        ('filter: {name: "name", operation: "starts_with", value: ["amazon"]}', ["amazon-1", "amazon-2"], 2),
        ('filter: [{name: "source_type.name", value: "gitlab"}]', ["gitlab-1"], 1),
        ('filter: {name: "source_type.name", operation: "contains_i", value: "AMA"}', ["amazon-1", "amazon-2"], 2),
        ('filter: {name: "applications.application_type_id", value: "2"}', ["amazon-1"], 1),
        (
            'sort_by: [{name: "source_type.name", direction: desc}, {name: "name", direction: asc}]',
            ["gitlab-1", "amazon-1", "amazon-2"],
            3,
        ),
        ("limit: null, filter: []", ["amazon-1", "amazon-2", "gitlab-1"], 3),
    ],
)
def test_lists_are_filtered_sorted_and_paged(server, org, three, arguments, names, count):
    found = data(server, org, "{ sources(" + arguments + ") { name } meta { count } }")
    assert ([row["name"] for row in found["sources"]], found["meta"]["count"]) == (names, count)


def test_variables_aliases_fragments_and_directives(server, org, three):
    query = """
      query Named($limit: Int = 1, $filter: [Filter!], $more: Boolean!) {
        few: sources(limit: $limit) { ...Short }
        some: sources(filter: $filter) { ...Short ... on Source { kind: source_type_id } }
      }
      fragment Short on Source { name ref: source_ref @include(if: $more) id @skip(if: true) }
    """
    variables = {"filter": [{"name": "name", "value": ["amazon-2"]}], "more": False}
    assert data(server, org, query, **variables) == {
        "few": [{"name": "amazon-1"}],
        "some": [{"name": "amazon-2", "kind": "1"}],
    }
    both = "query A { sources { id } } query B { meta { count } }"
    assert ask(server, org, both, operationName="B").json() == {"data": {"meta": {"count": 0}}}
    assert ask(server, org, both).status_code == 422


def test_application_types_with_their_sources(server, org, three):
    query = '{ application_types(filter: {name: "id", value: "2"}) { name sources { name } } }'
    assert data(server, org, query) == {
        "application_types": [{"name": "/insights/platform/cost-management", "sources": [{"name": "amazon-1"}]}]
    }


@pytest.mark.parametrize(
    ("query", "code", "message", "place"),
    [
        ("{ sources { id ", UNREAD, "Expected Name, found <EOF>", (1, 16)),
        ("planets", UNREAD, 'Unexpected Name "planets"', (1, 1)),
        ('{ sources(filter: "', UNREAD, "Unterminated string.", (1, 19)),
        ("{ sources {\n  planets } }", INVALID, 'Cannot query field "planets" on type "Source".', (2, 3)),
        ("{ sources { password } }", INVALID, 'Cannot query field "password" on type "Source".', (1, 13)),
        (
            "{ sources }", INVALID,
            'Field "sources" of type "[Source!]!" must have a selection of subfields. Did you mean "sources { ... }"?',
            (1, 3),
        ),
        ("{ source { id } }", INVALID, 'Cannot query field "source" on type "Query". Did you mean "sources"?', (1, 3)),
        ("{ sources { nmae } }", INVALID, 'Cannot query field "nmae" on type "Source". Did you mean "name"?', (1, 13)),
        ("{ sources(page: 1) { id } }", INVALID, 'Unknown argument "page" on field "Query.sources".', (1, 3)),
        (
            "{ sources(limt: 1) { id } }", INVALID,
            'Unknown argument "limt" on field "Query.sources". Did you mean "limit"?', (1, 3),
        ),
        (
            "{ sources(limit: 1, limit: 2) { id } }", INVALID, 'There can be only one argument named "limit".', (1, 21),
        ),
        ('{ sources(limit: "1") { id } }', INVALID, 'Int cannot represent non-integer value: "1"', (1, 19)),
        ("{ sources(limit: 1.5) { id } }", INVALID, "Int cannot represent non-integer value: 1.5", (1, 18)),
        ("{ sources(limit: $x) { id } }", INVALID, 'Variable "$x" is not defined.', (1, 18)),
        ("query q { sources(limit: $x) { id } }", INVALID, 'Variable "$x" is not defined by operation "q".', (1, 26)),
        (
            "query Q($x: String) { sources(limit: $x) { name } }", INVALID,
            'Variable "$x" of type "String" used in position expecting type "Int".', (1, 38),
        ),
        (
            "query Q($x: Int) { sources { name } }", INVALID, 'Variable "$x" is never used in operation "Q".', (1, 9),
        ),
        ("fragment A on Source { id } { sources { name } }", INVALID, 'Fragment "A" is never used.', (1, 1)),
        (
            "query Q { sources { name } } query Q { sources { id } }", INVALID,
            'There can be only one operation named "Q".', (1, 30),
        ),
        ("{ sources { ...Nope } }", INVALID, 'Unknown fragment "Nope".', (1, 16)),
        (
            "{ sources { ...A } } fragment A on Endpoint { id }", INVALID,
            'Fragment "A" cannot be spread here as objects of type "Source" can never be of type "Endpoint".', (1, 16),
        ),
        ("{ sources { ...A } } fragment A on Planet { id }", INVALID, 'Unknown type "Planet".', (1, 22)),
        (
            "{ sources { ... on Endpoint { id } } }", INVALID,
            'Fragment cannot be spread here as objects of type "Source" can never be of type "Endpoint".', (1, 17),
        ),
        (
            '{ sources(sort_by: [{name: "id"}, {name: "name", direction: up}]) { id } }', INVALID,
            'Value "up" does not exist in "Direction" enum.', (1, 61),
        ),
        (
            '{ sources(filter: {name: "id"}) { id } }', INVALID,
            'Field "Filter.value" of required type "[String!]!" was not provided.', (1, 19),
        ),
        (
            '{ sources(filter: {name: "id", value: "1", foo: 1}) { id } }', INVALID,
            'Field "foo" is not defined by type "Filter".', (1, 44),
        ),
        (
            '{ sources(filter: {name: "id", value: 1}) { id } }', INVALID,
            'Expected value of type "[String!]!", found 1.', (1, 39),
        ),
        (
            '{ sources(filter: {name: "id", value: ["a", 1]}) { id } }', INVALID,
            "String cannot represent a non string value: 1", (1, 45),
        ),
        ('{ sources(filter: "x") { id } }', INVALID, 'Expected value of type "[Filter]", found "x".', (1, 20)),
        ("{ sources @foo { id } }", INVALID, 'Unknown directive "@foo".', (1, 12)),
        (
            "{ sources { id @skip } }", INVALID,
            'Directive "@skip" argument "if" of type "Boolean!" is required, but it was not provided.', (1, 17),
        ),
        (
            '{ sources { id @skip(if: "x") } }', INVALID, 'Boolean cannot represent a non boolean value: "x"', (1, 27),
        ),
        (
            "{ sources { name name: id } }", INVALID,
            'Fields "name" conflict because "name" and "id" are different fields. Use different aliases on the fields'
            " to fetch both if this was intentional.", (1, 18),
        ),
        ("{ sources { } }", UNREAD, "expected at least one definition, found }", (1, 13)),
        ("mutation { sources { id } }", INVALID, 'Schema does not support operation type "mutation"', (1, 1)),
        ("{ __schema { type { name } } }", INVALID,
         'Cannot query field "type" on type "__Schema". Did you mean "types"?', (1, 14)),
        ("{ __type { name } }", INVALID,
         'Field "__type" argument "name" of type "String!" is required, but it was not provided.', (1, 3)),
        ("{ __type(name: 1) { name } }", INVALID, "String cannot represent a non string value: 1", (1, 16)),
        ("{ sources { __schema { types { name } } } }", INVALID,
         'Cannot query field "__schema" on type "Source".', (1, 13)),
        ("{ meta { ... on Direction { x } } }", INVALID,
         'Fragment cannot condition on non composite type "Direction".', (1, 14)),
        ("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", INVALID,
         "Maximum introspection depth exceeded", (1, 3)),
        ("query Q", UNREAD, "Expected {, found <EOF>", (1, 8)),
        ("fragment A Source { id }", UNREAD, 'Expected "on", found Name "Source"', (1, 12)),
    ],
)  # fmt: skip
def test_bad_queries(server, org, query, code, message, place):
    answer = ask(server, org, query)
    line, column = place
    assert (answer.status_code, answer.json()) == (
        422,
        {
            "errors": [
                {"message": message, "locations": [{"line": line, "column": column}], "extensions": {"code": code}}
            ],
            "data": None,
        },
    )


def test_all_that_is_wrong_is_told(server, org):
    answer = ask(server, org, "{ sources { nmae id { x } } planets }")
    assert [(error["message"], error["locations"][0]["column"]) for error in answer.json()["errors"]] == [
        ('Cannot query field "nmae" on type "Source". Did you mean "name"?', 13),
        ('Cannot query field "x" on type "ID".', 23),
        ('Field "id" must not have a selection since type "ID" has no subfields.', 18),
        ('Cannot query field "planets" on type "Query".', 29),
    ]
    answer = ask(server, org, "query($x: Source) { sources { name } }")
    assert [error["message"] for error in answer.json()["errors"]] == [
        'Variable "$x" cannot be non-input type "Source".', 'Variable "$x" is never used.',
    ]  # fmt: skip
    assert len(ask(server, org, "{ sources { " + " ".join(f"x{n}" for n in range(500)) + " } }").json()["errors"]) == 50


@pytest.mark.parametrize(
    ("type_", "value", "message", "path"),
    [
        ("Int", "x", "cannot use string as Int", ["limit"]),
        ("Int", True, "cannot use bool as Int", ["limit"]),
        ("Int!", None, "cannot be null", ["limit"]),
        ("Int!", ..., "must be defined", ["limit"]),
        ("[Filter]", [{"name": "name"}], "must be defined", ["filter", 0, "value"]),
        ("[Filter]", "x", "must be a Filter, not a string", ["filter", 0]),
        ("[Filter!]", [{"name": "name", "value": ["x"], "y": 1}], "unknown field", ["filter", 0, "y"]),
        ("[SortBy]", {"name": "name", "direction": "up"}, "up is not a valid Direction", ["sort_by", 0, "direction"]),
    ],
)
def test_variables_that_do_not_fit(server, org, type_, value, message, path):
    query = f"query q(${path[0]}: {type_}) {{ sources({path[0]}: ${path[0]}) {{ name }} }}"
    answer = ask(server, org, query, **({} if value is ... else {"variables": {path[0]: value}}))
    assert (answer.status_code, answer.json()) == (
        422,
        {
            "errors": [{"message": message, "path": ["variable", *path], "extensions": {"code": INVALID}}],
            "data": None,
        },
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('filter: {name: "planet", value: "x"}', "bad request: invalid filter parameter"),
        ('filter: {name: "name", operation: "like", value: "x"}', "bad request: unsupported operation like"),
        ('sort_by: {name: "planet"}', "bad request: invalid sort_by parameter"),
        ('sort_by: {name: "source_type.planet"}', "bad request: invalid sort_by parameter"),
        ("limit: -1", "bad request: limit is less than 0"),
        ('filter: {name: "name", value: []}', "bad request: bad filter, no value"),
        ('filter: {name: "source_type", value: "amazon"}', "bad request: invalid filter parameter"),
        ('filter: {name: "source_type.planet", value: "x"}', "bad request: invalid filter parameter"),
        ('filter: {name: "application_type.name", value: "x"}', "bad request: invalid filter parameter"),
        # What sorts is looked at first.
        (
            'filter: {name: "planet", value: "x"}, sort_by: {name: "moon"}',
            "bad request: invalid sort_by parameter",
        ),
        ('filter: {name: "id", value: "abc"}', "bad request: a filter's value does not fit its column"),
    ],
)
def test_what_a_list_refuses_is_an_error_of_the_answer(server, org, arguments, message):
    answer = ask(server, org, "{ sources(" + arguments + ") { id } }")
    assert (answer.status_code, answer.json()) == (
        200,
        {"errors": [{"message": message, "path": ["sources"]}], "data": None},
    )


@pytest.mark.parametrize(
    "query",
    [
        "fragment A on Source { ...A } { sources { ...A } }",
        "fragment A on Source { ...B } fragment B on Source { ...A } { sources { ...A } }",
        "{" * 60,
        "query Q($a: [Int] = [$a]) { sources { id } }",
        "".join(f"fragment F{n} on Source {{ ...F{n + 1} ...F{n + 1} }} " for n in range(30))
        + "fragment F30 on Source { id } { sources { ...F0 } }",
        "{ sources { id } }" + " id" * 5000,
    ],
)
def test_queries_that_would_never_end_are_refused(server, org, query):
    assert ask(server, org, query).status_code == 422
    assert data(server, org, "{ meta { count } }") == {"meta": {"count": 0}}


def test_a_document_without_an_operation(server, org):
    for body, message in (
        ({"query": ""}, "no operation provided"),
        ({"query": "query A { meta { count } }", "operationName": "B"}, "operation B not found"),
    ):
        answer = server.sources("POST", "/graphql", org, json=body)
        error = {"message": message, "extensions": {"code": INVALID}}
        assert (answer.status_code, answer.json()) == (422, {"errors": [error], "data": None})


def test_bodies_that_are_no_request(server, org):
    for body in (b"", b"{", b"[]", b'{"query": 5}', b'{"query": "{a}", "variables": []}'):
        answer = server.sources("POST", "/graphql", org, data=body)
        assert answer.status_code == 400, body
        assert answer.json()["errors"][0]["message"].startswith("json request body could not be decoded: ")
    assert server.sources("POST", "/graphql", "", data=b"{}").status_code == 401
    assert server.sources("GET", "/graphql_playground", org).status_code == 404


def test_another_tenant_sees_nothing_and_nobody_a_password(server, org, three):
    query = """{
      sources { id applications { id authentications { id } } endpoints { id } authentications { id } }
      application_types { sources { id } }
      meta { count }
    }"""
    found = data(server, org + "x", query)
    assert (found["sources"], found["meta"]) == ([], {"count": 0})
    assert {tuple(row["sources"]) for row in found["application_types"]} == {()}
    answer = ask(server, org, "{ sources { authentications { username authtype } } }")
    assert "hush" not in answer.text and "v1:" not in answer.text
    strange = '{ sources(filter: {name: "applications.id", value: "' + three[0]["application"] + '"}) { id } }'
    assert data(server, org + "x", strange) == {"sources": []}


def test_a_refused_list_of_application_types_leaves_the_rest(server, org):
    answer = ask(server, org, '{ application_types(sort_by: {name: "source_type.name"}) { id } meta { count } }')
    words = 'bad request: cannot sort by source_type subresource for table "application_types"'
    assert answer.json() == {
        "errors": [{"message": words, "path": ["application_types"]}],
        "data": {"application_types": None, "meta": {"count": 0}},
    }


def test_no_rows_are_asked_for_and_pages_begin_at_the_first(server, org, three):
    assert data(server, org, "{ sources(limit: 0) { id } meta { count } }") == {"sources": [], "meta": {"count": 3}}
    assert len(data(server, org, "{ sources(offset: -1) { id } }")["sources"]) == 3


def test_what_is_not_set_is_null_or_empty_as_in_the_original(server, org):
    source = post(server, org, "/sources", name="one", source_type_id="1")
    post(server, org, "/authentications", resource_type="Source", resource_id=source["id"])
    post(server, org, "/applications", source_id=source["id"], application_type_id="3")
    query = "{ sources { authentications { username } applications { availability_status_error } } }"
    assert data(server, org, query)["sources"] == [
        {"authentications": [{"username": None}], "applications": [{"availability_status_error": ""}]}
    ]
