/* The words of a GraphQL document. */
#ifndef KONTOR_SOURCES_GRAPHQL_LEXER_H
#define KONTOR_SOURCES_GRAPHQL_LEXER_H

#include "sources/graphql/document.h"

typedef enum GraphqlTokenKind {
    TOKEN_END,
    TOKEN_PUNCTUATOR, /* text holds it: "{", "...", … */
    TOKEN_NAME,
    TOKEN_INT,
    TOKEN_FLOAT,
    TOKEN_STRING,
    TOKEN_WRONG, /* text says why */
} GraphqlTokenKind;

typedef struct GraphqlToken {
    GraphqlTokenKind kind;
    const char *text; /* of a string: its value */
    GraphqlPlace place;
} GraphqlToken;

typedef struct GraphqlLexer {
    Arena *arena;
    const char *at;
    const char *line_start;
    int line;
    int count; /* tokens read */
} GraphqlLexer;

/* The next token; after TOKEN_END or TOKEN_WRONG there is none. */
GraphqlToken graphql_next_token(GraphqlLexer *lexer);

#endif
