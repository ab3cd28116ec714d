#include "ingest/fold/lines.h"

#include "ingest/fold/fold_internal.h"

enum { MEMORY_CHECK_LINES = 1024 }; /* between two looks at the memory used */

void lines_fault(LineReader *reader, FoldFault *fault)
{
    const FoldOptions *options = &reader->fold->options;
    fault->file = reader->file_name;
    fault->member = reader->member;
    atomic_fetch_add_explicit(&reader->progress->faults, 1, memory_order_relaxed);
    if (options->fault != NULL) {
        options->fault(options->context, fault);
    }
}

/* Not at every line: threads that write one counter wait for each other. */
static void tell_lines(LineReader *reader)
{
    Fold *fold = reader->fold;
    atomic_fetch_add_explicit(&reader->progress->lines, fold->lines, memory_order_relaxed);
    fold->lines = 0;
}

/* Blocks may have fewer lines than pass between two looks at the memory: it is looked at here too.
 */
bool lines_settle(LineReader *reader, Error *error)
{
    Fold *fold = reader->fold;
    tell_lines(reader);
    return groups_settle(&fold->groups, error) &&
           (fold->instances == NULL || groups_settle(&fold->instances->groups, error)) &&
           fold_spill_if_full(fold, error);
}

/* The last use of the line, which may be changed. */
static bool add_instance(Fold *instances, const ReportFamily *family, FoldLine *line, Error *error)
{
    return family->is_instance == NULL || !family->is_instance(line) ||
           groups_add_line(&instances->groups, line, error);
}

bool lines_add(LineReader *reader, const ReportFamily *family, FoldLine *line, Error *error)
{
    Fold *fold = reader->fold;
    if (!groups_add_line(&fold->groups, line, error) ||
        (fold->instances != NULL && !add_instance(fold->instances, family, line, error))) {
        return false;
    }
    if (++fold->lines < MEMORY_CHECK_LINES) {
        return true;
    }
    tell_lines(reader);
    reader->stopped = reader->others != NULL && atomic_load(reader->others) > 0;
    return fold_spill_if_full(fold, error);
}

static bool fold_record(LineReader *reader, const CsvScanner *scanner, Error *error)
{
    FoldLine line;
    FoldFault fault = {.line = csv_line(scanner)};
    if (!binder_read(reader->binder, scanner, &line, &fault.column, &fault.reason)) {
        lines_fault(reader, &fault);
        return true;
    }
    return lines_add(reader, binder_family(reader->binder), &line, error);
}

bool lines_fold(LineReader *reader, CsvScanner *scanner, Error *error)
{
    while (!reader->stopped) {
        switch (csv_next(scanner, error)) {
        case CSV_RECORD:
            if (!fold_record(reader, scanner, error)) {
                return false;
            }
            break;
        case CSV_BROKEN:
            lines_fault(reader, &(FoldFault){.line = csv_line(scanner),
                                             .column = "",
                                             .reason = csv_reason(scanner)});
            break;
        case CSV_END:
            return lines_settle(reader, error);
        case CSV_FAILED:
            return false;
        }
    }
    return lines_settle(reader, error);
}

bool lines_bind(LineReader *reader, CsvScanner *scanner, Error *error)
{
    switch (csv_next(scanner, error)) {
    case CSV_END:
        return error_set(error, ERROR_DATA, "the file is empty: it has no header");
    case CSV_BROKEN:
        return error_set(error, ERROR_DATA, "the first line is no header: %s", csv_reason(scanner));
    case CSV_RECORD:
        reader->binder = binder_new(reader->arena, scanner, &reader->fold->options, error);
        return reader->binder != NULL;
    case CSV_FAILED:
        return false;
    }
    return false;
}
