/* FOCUS 1.0 to 1.2, the FinOps Open Cost and Usage Specification, as AWS exports it. */
#ifndef KONTOR_INGEST_FOCUS_FOCUS_H
#define KONTOR_INGEST_FOCUS_FOCUS_H

#include "ingest/fold/family.h"

extern const ReportFamily FOCUS;

#endif
