/* What the database knows of delivered months: a manifest a month and assembly, a status a file
 * (reporting_common_costusagereportmanifest, …reportstatus). */
#ifndef KONTOR_INGEST_RECORD_H
#define KONTOR_INGEST_RECORD_H

#include "db/db.h"
#include "ingest/discover.h"
#include "ingest/pace.h"

/* reporting_common_costusagereportstatus.status */
typedef enum FileStatus {
    FILE_PENDING = 0,
    FILE_DONE = 1,
    FILE_FAILED = 2,
    FILE_DOWNLOADING = 3,
    FILE_PROCESSING = 4,
} FileStatus;

/* What is to be done about a month as the bucket has it. */
typedef enum RecordState {
    RECORD_CURRENT, /* it is what the summaries show */
    RECORD_NEEDED,  /* it is to be ingested */
    RECORD_BROKEN,  /* a file of it could not be read, and no file was replaced since */
} RecordState;

/* Notes the month: its manifest and files, those with another etag as pending again. */
bool record_month(Db *db, Arena *arena, const char *provider_uuid, const ReportMonth *month,
                  int64_t *manifest_id, RecordState *state, Error *error);

/* What record_month would say, without noting anything. */
bool record_peek(Db *db, Arena *arena, const char *provider_uuid, const ReportMonth *month,
                 RecordState *state, Error *error);

/* A manifest as it is to be ingested. */
typedef struct RecordFile {
    const char *key;
    const char *etag;
    uint64_t size; /* bytes as stored; 0: not known */
} RecordFile;

typedef struct Record {
    int64_t manifest_id;
    const char *assembly_id;
    Day month;
    RecordFile *files;
    int file_count;
} Record;

/* ERROR_NOT_FOUND when the manifest is gone (its provider was deleted). */
bool record_load(Db *db, Arena *arena, int64_t manifest_id, Record *record, Error *error);

/* How far a file is. */
typedef struct FileProgress {
    const char *key;
    uint64_t bytes_read, lines, faults;
} FileProgress;

/* Notes it of all files that are being folded, and of the month as a whole in the manifest's state:
 * processing.progress, which is there only while it runs. */
bool record_progress(Db *db, Arena *arena, int64_t manifest_id, const FileProgress *files,
                     int count, const Pace *pace, Error *error);

/* The steps of a manifest's state. */
typedef enum RecordStep { STEP_DOWNLOAD, STEP_PROCESSING, STEP_SUMMARY } RecordStep;

/* Notes a step in the manifest's state, with the time. */
bool record_step_started(Db *db, Arena *arena, int64_t manifest_id, RecordStep step, Error *error);
bool record_step_ended(Db *db, Arena *arena, int64_t manifest_id, RecordStep step, Error *error);
/* With the reason, cut to what is shown. */
bool record_step_failed(Db *db, Arena *arena, int64_t manifest_id, RecordStep step,
                        const char *reason, Error *error);

/* What became of one file. */
typedef struct FileOutcome {
    const char *key;
    FileStatus status;
    uint64_t bytes;
    uint64_t lines;
    uint64_t faults;
    const char *fault_detail; /* JSON array; NULL: none */
    const char *error;        /* NULL: none */
} FileOutcome;

/* Notes that a file is being read, and how that ended. */
bool record_file_started(Db *db, Arena *arena, int64_t manifest_id, const char *key, Error *error);
bool record_file_ended(Db *db, Arena *arena, int64_t manifest_id, const FileOutcome *outcome,
                       Error *error);

/* The whole of it is in the summaries, in the place of what other assemblies of the month said. */
bool record_completed(Db *db, Arena *arena, int64_t manifest_id, Error *error);

/* Has this provider any month in the summaries? */
bool record_has_data(Db *db, Arena *arena, const char *provider_uuid, bool *has, Error *error);

#endif
