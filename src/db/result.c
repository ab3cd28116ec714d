/* The rows of a statement, cell by cell. */
#include <stdlib.h>

#include "db/connection.h"

int db_row_count(const DbResult *result)
{
    return PQntuples(result->rows);
}

int64_t db_affected(const DbResult *result)
{
    return strtoll(PQcmdTuples(result->rows), NULL, 10);
}

bool db_is_null(const DbResult *result, int row, int column)
{
    return PQgetisnull(result->rows, row, column) != 0;
}

const char *db_text(const DbResult *result, int row, int column)
{
    return db_is_null(result, row, column) ? NULL : PQgetvalue(result->rows, row, column);
}

int64_t db_int(const DbResult *result, int row, int column)
{
    return strtoll(PQgetvalue(result->rows, row, column), NULL, 10);
}

bool db_bool(const DbResult *result, int row, int column)
{
    return PQgetvalue(result->rows, row, column)[0] == 't';
}
