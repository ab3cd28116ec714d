#include "sources/graphql/document.h"

#include <string.h>

#include "sources/graphql/lexer.h"

typedef struct Parser {
    GraphqlLexer lexer;
    GraphqlToken token; /* the one that is looked at */
    GraphqlFault *fault;
    int depth;
} Parser;

static bool fail(Parser *parser, const char *message)
{
    if (parser->fault->message == NULL) {
        *parser->fault = (GraphqlFault){.message = message, .place = parser->token.place};
    }
    return false;
}

static bool failed(const Parser *parser)
{
    return parser->fault->message != NULL;
}

static void advance(Parser *parser)
{
    parser->token = graphql_next_token(&parser->lexer);
    if (parser->token.kind == TOKEN_WRONG) {
        fail(parser, parser->token.text);
    }
}

static bool at(const Parser *parser, const char *punctuator)
{
    return parser->token.kind == TOKEN_PUNCTUATOR && strcmp(parser->token.text, punctuator) == 0;
}

static bool at_word(const Parser *parser, const char *word)
{
    return parser->token.kind == TOKEN_NAME && strcmp(parser->token.text, word) == 0;
}

/* The word that is looked at, as messages name it. */
static const char *found(const Parser *parser)
{
    static const char *const KINDS[] = {[TOKEN_NAME] = "Name",
                                        [TOKEN_INT] = "Int",
                                        [TOKEN_FLOAT] = "Float",
                                        [TOKEN_STRING] = "String"};
    size_t kind = parser->token.kind;
    const char *name = kind < sizeof KINDS / sizeof *KINDS ? KINDS[kind] : NULL;
    return name == NULL ? parser->token.text
                        : arena_printf(parser->lexer.arena, "%s \"%s\"", name, parser->token.text);
}

static bool unexpected(Parser *parser, const char *wanted)
{
    return fail(parser,
                arena_printf(parser->lexer.arena, "Expected %s, found %s", wanted, found(parser)));
}

static bool take(Parser *parser, const char *punctuator)
{
    if (!at(parser, punctuator)) {
        return unexpected(parser, punctuator);
    }
    advance(parser);
    return !failed(parser);
}

static const char *take_name(Parser *parser)
{
    const char *name = parser->token.text;
    if (parser->token.kind != TOKEN_NAME) {
        unexpected(parser, "Name");
        return NULL;
    }
    advance(parser);
    return failed(parser) ? NULL : name;
}

static bool enter(Parser *parser)
{
    return ++parser->depth <= GRAPHQL_DEPTH_MAX || fail(parser, "the document nests too deep");
}

static GraphqlValue *read_value(Parser *parser);

/* The values up to `close`; those of an object and of arguments have names. */
static GraphqlValue *read_values(Parser *parser, const char *close, bool named)
{
    GraphqlValue *first = NULL, **next = &first;
    while (!failed(parser) && !at(parser, close)) {
        GraphqlPlace place = parser->token.place;
        const char *name = named ? take_name(parser) : NULL;
        if (named && (name == NULL || !take(parser, ":"))) {
            return NULL;
        }
        GraphqlValue *value = read_value(parser);
        if (value == NULL) {
            return NULL;
        }
        value->name = name;
        value->name_place = place;
        *next = value;
        next = &value->next;
    }
    take(parser, close);
    return failed(parser) ? NULL : first;
}

static GraphqlValueKind kind_of_word(const char *word)
{
    return strcmp(word, "true") == 0 || strcmp(word, "false") == 0 ? GRAPHQL_BOOLEAN
           : strcmp(word, "null") == 0                             ? GRAPHQL_NULL
                                                                   : GRAPHQL_ENUM;
}

static GraphqlValue *read_value(Parser *parser)
{
    GraphqlValue *value = arena_alloc(parser->lexer.arena, sizeof *value);
    *value = (GraphqlValue){.text = parser->token.text, .place = parser->token.place};
    bool list = at(parser, "["), object = at(parser, "{");
    if (list || object) {
        value->kind = list ? GRAPHQL_LIST : GRAPHQL_OBJECT;
        if (!enter(parser)) {
            return NULL;
        }
        advance(parser);
        value->items = read_values(parser, list ? "]" : "}", object);
        parser->depth--;
        return failed(parser) ? NULL : value;
    }
    if (at(parser, "$")) {
        advance(parser);
        value->kind = GRAPHQL_VARIABLE;
        value->text = take_name(parser);
        return failed(parser) ? NULL : value;
    }
    switch (parser->token.kind) {
    case TOKEN_INT:
        value->kind = GRAPHQL_INT;
        break;
    case TOKEN_FLOAT:
        value->kind = GRAPHQL_FLOAT;
        break;
    case TOKEN_STRING:
        value->kind = GRAPHQL_STRING;
        value->place.column++; /* the original counts from behind the quote */
        break;
    case TOKEN_NAME:
        value->kind = kind_of_word(value->text);
        break;
    default:
        fail(parser, arena_printf(parser->lexer.arena, "Unexpected %s", found(parser)));
        return NULL;
    }
    advance(parser);
    return failed(parser) ? NULL : value;
}

static GraphqlValue *read_arguments(Parser *parser)
{
    if (!at(parser, "(")) {
        return NULL;
    }
    advance(parser);
    if (at(parser, ")")) {
        unexpected(parser, "Name");
        return NULL;
    }
    return read_values(parser, ")", true);
}

static GraphqlDirective *read_directives(Parser *parser)
{
    GraphqlDirective *first = NULL, **next = &first;
    while (!failed(parser) && at(parser, "@")) {
        GraphqlDirective *directive = arena_alloc(parser->lexer.arena, sizeof *directive);
        advance(parser);
        *directive = (GraphqlDirective){.place = parser->token.place};
        directive->name = take_name(parser);
        directive->arguments = failed(parser) ? NULL : read_arguments(parser);
        *next = directive;
        next = &directive->next;
    }
    return first;
}

static GraphqlSelection *read_selections(Parser *parser);

static void read_fragment_use(Parser *parser, GraphqlSelection *selection)
{
    advance(parser);
    selection->place = parser->token.place;
    selection->kind = GRAPHQL_INLINE;
    if (parser->token.kind == TOKEN_NAME && !at_word(parser, "on")) {
        selection->kind = GRAPHQL_SPREAD;
        selection->name = take_name(parser);
    } else if (at_word(parser, "on")) {
        advance(parser);
        selection->name = take_name(parser);
    }
    selection->directives = failed(parser) ? NULL : read_directives(parser);
    if (selection->kind == GRAPHQL_INLINE && !failed(parser)) {
        selection->selections = read_selections(parser);
    }
}

static void read_field(Parser *parser, GraphqlSelection *selection)
{
    selection->name = selection->alias = take_name(parser);
    if (!failed(parser) && at(parser, ":")) {
        advance(parser);
        selection->name = take_name(parser);
    }
    selection->arguments = failed(parser) ? NULL : read_arguments(parser);
    selection->directives = failed(parser) ? NULL : read_directives(parser);
    if (!failed(parser) && at(parser, "{")) {
        selection->selections = read_selections(parser);
    }
}

static GraphqlSelection *read_selections(Parser *parser)
{
    GraphqlSelection *first = NULL, **next = &first;
    if (!take(parser, "{") || !enter(parser)) {
        return NULL;
    }
    if (at(parser, "}")) {
        fail(parser, "expected at least one definition, found }");
        return NULL;
    }
    while (!failed(parser) && !at(parser, "}")) {
        GraphqlSelection *selection = arena_alloc(parser->lexer.arena, sizeof *selection);
        *selection = (GraphqlSelection){.place = parser->token.place};
        if (at(parser, "...")) {
            read_fragment_use(parser, selection);
        } else {
            read_field(parser, selection);
        }
        *next = selection;
        next = &selection->next;
    }
    parser->depth--;
    take(parser, "}");
    return failed(parser) ? NULL : first;
}

/* A default value stands for itself. */
static bool holds_variable(const GraphqlValue *value)
{
    for (; value != NULL; value = value->next) {
        if (value->kind == GRAPHQL_VARIABLE || holds_variable(value->items)) {
            return true;
        }
    }
    return false;
}

/* "[Filter!]" as one text. */
static const char *read_type(Parser *parser)
{
    const char *type;
    if (!enter(parser)) {
        return NULL;
    }
    if (at(parser, "[")) {
        advance(parser);
        const char *inner = read_type(parser);
        if (inner == NULL || !take(parser, "]")) {
            return NULL;
        }
        type = arena_printf(parser->lexer.arena, "[%s]", inner);
    } else {
        type = take_name(parser);
    }
    parser->depth--;
    if (type != NULL && at(parser, "!")) {
        advance(parser);
        type = arena_printf(parser->lexer.arena, "%s!", type);
    }
    return failed(parser) ? NULL : type;
}

static GraphqlVariable *read_variables(Parser *parser)
{
    GraphqlVariable *first = NULL, **next = &first;
    advance(parser);
    while (!failed(parser) && !at(parser, ")")) {
        GraphqlVariable *variable = arena_alloc(parser->lexer.arena, sizeof *variable);
        *variable = (GraphqlVariable){.place = parser->token.place};
        if (!take(parser, "$") || (variable->name = take_name(parser)) == NULL ||
            !take(parser, ":") || (variable->type = read_type(parser)) == NULL) {
            return NULL;
        }
        if (at(parser, "=")) {
            advance(parser);
            variable->fallback = read_value(parser);
            if (holds_variable(variable->fallback)) {
                fail(parser, "Unexpected $");
            }
        }
        if (!failed(parser)) {
            read_directives(parser);
        }
        *next = variable;
        next = &variable->next;
    }
    take(parser, ")");
    return first;
}

static void read_operation(Parser *parser, GraphqlDefinition *definition)
{
    definition->operation = "query";
    if (!at(parser, "{")) {
        definition->operation = take_name(parser);
        if (parser->token.kind == TOKEN_NAME) {
            definition->name = take_name(parser);
        }
        if (!failed(parser) && at(parser, "(")) {
            definition->variables = read_variables(parser);
        }
        if (!failed(parser)) {
            read_directives(parser);
        }
    }
    definition->selections = failed(parser) ? NULL : read_selections(parser);
}

static void read_fragment(Parser *parser, GraphqlDefinition *definition)
{
    definition->is_fragment = true;
    advance(parser);
    definition->name = take_name(parser);
    if (!failed(parser) && !at_word(parser, "on")) {
        unexpected(parser, "\"on\"");
        return;
    }
    advance(parser);
    definition->on = failed(parser) ? NULL : take_name(parser);
    if (!failed(parser)) {
        read_directives(parser);
    }
    definition->selections = failed(parser) ? NULL : read_selections(parser);
}

GraphqlDefinition *graphql_parse(Arena *arena, const char *text, GraphqlFault *fault)
{
    *fault = (GraphqlFault){0};
    Parser parser = {.lexer = {.arena = arena, .at = text, .line_start = text, .line = 1},
                     .fault = fault};
    GraphqlDefinition *first = NULL, **next = &first;
    advance(&parser);
    while (!failed(&parser) && parser.token.kind != TOKEN_END) {
        GraphqlDefinition *definition = arena_alloc(arena, sizeof *definition);
        *definition = (GraphqlDefinition){.place = parser.token.place};
        if (at_word(&parser, "fragment")) {
            read_fragment(&parser, definition);
        } else if (at(&parser, "{") || at_word(&parser, "query") || at_word(&parser, "mutation") ||
                   at_word(&parser, "subscription")) {
            read_operation(&parser, definition);
        } else {
            fail(&parser, arena_printf(arena, "Unexpected %s", found(&parser)));
        }
        *next = definition;
        next = &definition->next;
    }
    return failed(&parser) ? NULL : first;
}
