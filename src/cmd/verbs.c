/* The table of verbs. */
#include <string.h>

#include "cmd/verb.h"

const Verb VERBS[] = {
    {"audit", "who changed what", cmd_audit},
    {"check-s3", "try the object storage", cmd_check_s3},
    {"completion", "print completions for a shell", cmd_completion},
    {"config", "print all settings", cmd_config},
    {"download_report", "fetch a provider's reports now", cmd_download_report},
    {"download-report", "the same", cmd_download_report},
    {"explain", "why a provider is, or is not, processed", cmd_explain},
    {"export", "write costs as FOCUS 1.2", cmd_export},
    {"export-config", "write down sources and settings", cmd_export_config},
    {"import-config", "bring in what export-config wrote", cmd_import_config},
    {"import-koku", "bring in an existing Koku database", cmd_import_koku},
    {"import-organization", "give the structure of an AWS organization", cmd_import_organization},
    {"ingest", "look at all buckets now, ingest what is new", cmd_ingest},
    {"man", "print the manual page of a verb", cmd_man},
    {"providers", "list the providers", cmd_providers},
    {"psql", "open psql on the database", cmd_psql},
    {"purge", "take away months that are too old", cmd_purge},
    {"report", "sum report files, without database or server", cmd_report},
    {"rotate-key", "make a new key for stored passwords", cmd_rotate_key},
    {"sample-data", "write sample reports", cmd_sample_data},
    {"serve", "run the server", cmd_serve},
    {"sources", "list and change the sources of an organisation", cmd_sources},
    {"user", "local users and their passwords", cmd_user},
    {"worker", "do jobs of the ingest, without a server", cmd_worker},
    {NULL, NULL, NULL},
};

const Verb *verb_find(const char *name)
{
    for (const Verb *verb = VERBS; verb->name != NULL; verb++) {
        if (strcmp(verb->name, name) == 0) {
            return verb;
        }
    }
    return NULL;
}
