/* The reports over AWS' cost and usage. */
#ifndef KONTOR_REPORTS_CATALOGUE_AWS_H
#define KONTOR_REPORTS_CATALOGUE_AWS_H

#include "reports/catalogue.h"

/* What the types of catalogue.c are made of. */
extern const ReportField AWS_FIELDS[];
extern const ReportAlias AWS_ALIASES[];
extern const ReportAmount AWS_AMOUNTS[];
extern const ReportTable AWS_COST_TABLES[];
extern const ReportTable AWS_COMPUTE_TABLES[];
extern const ReportTable AWS_STORAGE_TABLES[];
extern const ReportField AWS_MACHINE_FIELDS[];
extern const ReportDetail AWS_MACHINE_DETAILS[];
extern const ReportTable AWS_MACHINE_TABLES[];

#endif
