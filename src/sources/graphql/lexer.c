#include "sources/graphql/lexer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

static GraphqlToken token_of(GraphqlLexer *lexer, GraphqlTokenKind kind, const char *text,
                             const char *start)
{
    return (GraphqlToken){kind, text, {lexer->line, (int)(start - lexer->line_start) + 1}};
}

/* White space, commas, comments and a byte order mark mean nothing. */
static void skip_ignored(GraphqlLexer *lexer)
{
    for (;;) {
        if (*lexer->at == '\n') {
            lexer->line++;
            lexer->line_start = ++lexer->at;
        } else if (*lexer->at == ' ' || *lexer->at == '\t' || *lexer->at == ',' ||
                   *lexer->at == '\r') {
            lexer->at++;
        } else if (strncmp(lexer->at, "\xEF\xBB\xBF", 3) == 0) {
            lexer->at += 3;
        } else if (*lexer->at == '#') {
            lexer->at += strcspn(lexer->at, "\n");
        } else {
            return;
        }
    }
}

static GraphqlToken read_number(GraphqlLexer *lexer)
{
    const char *start = lexer->at;
    bool fraction = false;
    lexer->at += *lexer->at == '-';
    size_t digits = strspn(lexer->at, "0123456789");
    bool wrong = digits == 0 || (digits > 1 && *lexer->at == '0');
    lexer->at += digits;
    if (*lexer->at == '.') {
        size_t places = strspn(++lexer->at, "0123456789");
        wrong = wrong || places == 0;
        lexer->at += places;
        fraction = true;
    }
    if (*lexer->at == 'e' || *lexer->at == 'E') {
        lexer->at++;
        lexer->at += *lexer->at == '+' || *lexer->at == '-';
        size_t places = strspn(lexer->at, "0123456789");
        wrong = wrong || places == 0;
        lexer->at += places;
        fraction = true;
    }
    wrong = wrong || isalpha((unsigned char)*lexer->at) || *lexer->at == '_' || *lexer->at == '.';
    return wrong ? token_of(lexer, TOKEN_WRONG, "Invalid number", start)
                 : token_of(lexer, fraction ? TOKEN_FLOAT : TOKEN_INT,
                            arena_strndup(lexer->arena, start, (size_t)(lexer->at - start)), start);
}

static void append_utf8(Buffer *text, unsigned code)
{
    if (code < 0x80) {
        buffer_append_char(text, (char)code);
    } else if (code < 0x800) {
        buffer_append_char(text, (char)(0xC0 | (code >> 6)));
        buffer_append_char(text, (char)(0x80 | (code & 0x3F)));
    } else {
        buffer_append_char(text, (char)(0xE0 | (code >> 12)));
        buffer_append_char(text, (char)(0x80 | ((code >> 6) & 0x3F)));
        buffer_append_char(text, (char)(0x80 | (code & 0x3F)));
    }
}

/* After a backslash. False when it is no escape. */
static bool read_escape(GraphqlLexer *lexer, Buffer *text)
{
    static const char NAMES[] = "\"\\/bfnrt", VALUES[] = "\"\\/\b\f\n\r\t";
    const char *found = *lexer->at != '\0' ? strchr(NAMES, *lexer->at) : NULL;
    if (found != NULL) {
        buffer_append_char(text, VALUES[found - NAMES]);
        lexer->at++;
        return true;
    }
    if (*lexer->at != 'u') {
        return false;
    }
    char digits[5] = "";
    for (int i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)lexer->at[1 + i])) {
            return false;
        }
        digits[i] = lexer->at[1 + i];
    }
    unsigned code = (unsigned)strtoul(digits, NULL, 16);
    /* Half a pair is no character, and NUL ends texts. */
    if (code == 0 || (code >= 0xD800 && code < 0xE000)) {
        return false;
    }
    append_utf8(text, code);
    lexer->at += 5;
    return true;
}

static GraphqlToken read_string(GraphqlLexer *lexer)
{
    const char *start = lexer->at++;
    Buffer *text = buffer_new(lexer->arena);
    buffer_append_text(text, "");
    while (*lexer->at != '"') {
        if (*lexer->at == '\0' || *lexer->at == '\n' || *lexer->at == '\r') {
            return token_of(lexer, TOKEN_WRONG, "Unterminated string.", start);
        }
        if (*lexer->at != '\\') {
            buffer_append_char(text, *lexer->at++);
            continue;
        }
        lexer->at++;
        if (!read_escape(lexer, text)) {
            return token_of(lexer, TOKEN_WRONG, "Invalid character escape sequence.", start);
        }
    }
    lexer->at++;
    return token_of(lexer, TOKEN_STRING, text->data, start);
}

/* Three quotes around it; taken as it stands but for the escaped three quotes. */
static GraphqlToken read_block_string(GraphqlLexer *lexer)
{
    const char *start = lexer->at;
    GraphqlToken token = token_of(lexer, TOKEN_STRING, "", start);
    Buffer *text = buffer_new(lexer->arena);
    buffer_append_text(text, "");
    lexer->at += 3;
    while (strncmp(lexer->at, "\"\"\"", 3) != 0) {
        if (*lexer->at == '\0') {
            return token_of(lexer, TOKEN_WRONG, "Unterminated string.", start);
        }
        if (strncmp(lexer->at, "\\\"\"\"", 4) == 0) {
            buffer_append_text(text, "\"\"\"");
            lexer->at += 4;
            continue;
        }
        if (*lexer->at == '\n') {
            lexer->line++;
            lexer->line_start = lexer->at + 1;
        }
        buffer_append_char(text, *lexer->at++);
    }
    lexer->at += 3;
    token.text = text->data;
    return token;
}

GraphqlToken graphql_next_token(GraphqlLexer *lexer)
{
    skip_ignored(lexer);
    const char *start = lexer->at;
    unsigned char first = (unsigned char)*start;
    if (first == '\0') {
        return token_of(lexer, TOKEN_END, "<EOF>", start);
    }
    if (++lexer->count > GRAPHQL_TOKENS_MAX) {
        return token_of(lexer, TOKEN_WRONG, "the document has too many words", start);
    }
    if (isalpha(first) || first == '_') {
        while (isalnum((unsigned char)*lexer->at) || *lexer->at == '_') {
            lexer->at++;
        }
        return token_of(lexer, TOKEN_NAME,
                        arena_strndup(lexer->arena, start, (size_t)(lexer->at - start)), start);
    }
    if (isdigit(first) || first == '-') {
        return read_number(lexer);
    }
    if (strncmp(start, "\"\"\"", 3) == 0) {
        return read_block_string(lexer);
    }
    if (first == '"') {
        return read_string(lexer);
    }
    size_t length = strncmp(start, "...", 3) == 0            ? 3
                    : strchr("!$&():=@[]{|}", first) != NULL ? 1
                                                             : 0;
    if (length == 0) {
        return token_of(lexer, TOKEN_WRONG, "Cannot parse an unexpected character.", start);
    }
    lexer->at += length;
    return token_of(lexer, TOKEN_PUNCTUATOR, arena_strndup(lexer->arena, start, length), start);
}
