/* What FOCUS calls a service of AWS: one of its categories, and one of the subcategories of that
 * (FOCUS 1.2, ServiceCategory, ServiceSubcategory). */
#ifndef KONTOR_EXPORTS_SERVICE_CATEGORY_H
#define KONTOR_EXPORTS_SERVICE_CATEGORY_H

/* By the service's code; "Other" and "Other (Other)" for one that is not known. */
const char *service_category(const char *code);
const char *service_subcategory(const char *code);

#endif
