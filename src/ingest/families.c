/* The list of report families: the one place where the vendors' folders meet. */
#include "ingest/aws/aws_cur.h"
#include "ingest/focus/focus.h"

const ReportFamily *const REPORT_FAMILIES[] = {&AWS_CUR, &FOCUS, NULL};
