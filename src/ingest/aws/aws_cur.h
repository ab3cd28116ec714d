/* The AWS cost and usage report: legacy, with slashes or snake_case headers, and CUR 2.0. */
#ifndef KONTOR_INGEST_AWS_AWS_CUR_H
#define KONTOR_INGEST_AWS_AWS_CUR_H

#include "ingest/fold/family.h"

extern const ReportFamily AWS_CUR;

#endif
