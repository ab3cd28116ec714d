#include "cost_api/faults.h"

#include <stdarg.h>

enum { FAULTS_MAX = 100 };

typedef struct Fault {
    const char *source;
    const char *detail;
} Fault;

struct Faults {
    Arena *arena;
    int count;
    Fault list[FAULTS_MAX];
};

Faults *faults_new(Arena *arena)
{
    Faults *faults = arena_alloc(arena, sizeof *faults);
    faults->arena = arena;
    faults->count = 0;
    return faults;
}

void faults_add(Faults *faults, const char *source, const char *format, ...)
{
    if (faults->count == FAULTS_MAX) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    faults->list[faults->count++] = (Fault){arena_strdup(faults->arena, source),
                                            arena_vprintf(faults->arena, format, arguments)};
    va_end(arguments);
}

bool faults_any(const Faults *faults)
{
    return faults->count > 0;
}

void faults_write(const Faults *faults, JsonWriter *json)
{
    json_write_key(json, "errors");
    json_begin_array(json);
    for (int i = 0; i < faults->count; i++) {
        json_begin_object(json);
        json_member_string(json, "detail", faults->list[i].detail);
        json_member_string(json, "source", faults->list[i].source);
        json_member_int(json, "status", 400);
        json_end(json);
    }
    json_end(json);
}

void faults_answer(const Faults *faults, HttpResponse *response)
{
    response->status = 400;
    JsonWriter json = json_writer(response->body);
    json_begin_object(&json);
    faults_write(faults, &json);
    json_end(&json);
}
