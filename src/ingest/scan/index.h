/* Where the fields of a CSV text end: the vectorised heart of the scanner. */
#ifndef KONTOR_INGEST_SCAN_INDEX_H
#define KONTOR_INGEST_SCAN_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INDEX_PADDING = 64,   /* readable bytes that must follow a text */
    INDEX_ROOM_MIN = 128, /* the least `room` that makes progress */
};

/* The separators (commas and line feeds outside quotes) of a text, in order, and which of them are
 * line feeds. `room` is set by the caller, the rest by the indexer. */
typedef struct CsvIndex {
    uint32_t *separators; /* offsets; `room` entries */
    uint32_t *records;    /* records[k]: the index in `separators` of the line feed of record k;
                           * `room` entries */
    uint32_t room;
    uint32_t separator_count;
    uint32_t record_count;
    uint32_t covered;  /* bytes of the text that are indexed: all, but when `room` ran out */
    bool stray_quotes; /* a quote opens or closes where no field begins or ends */
    bool inner_lines;  /* there are line feeds inside quotes */
} CsvIndex;

/* Indexes text[0..length), which begins outside quotes. Each quote toggles; once one is stray, what
 * follows is not to be trusted before the reader of the records (csv.c) has found it. */
typedef void CsvIndexer(const char *text, uint32_t length, CsvIndex *index);

CsvIndexer csv_index_avx512;
CsvIndexer csv_index_avx2;
CsvIndexer csv_index_sse2;
CsvIndexer csv_index_portable;

/* Where the last whole record of a text ends. */
typedef struct CsvCut {
    uint32_t end;      /* behind its line feed; 0: there is none */
    uint64_t lines;    /* line feeds before that, those inside quotes too */
    bool stray_quotes; /* as of CsvIndex: then `end` is not to be trusted */
} CsvCut;

/* Looks for it in text[0..length), which begins outside quotes: much less work than an index. */
typedef CsvCut CsvCutter(const char *text, uint32_t length);

CsvCutter csv_cut_avx512;
CsvCutter csv_cut_avx2;
CsvCutter csv_cut_sse2;
CsvCutter csv_cut_portable;

/* The fastest ones this processor has. */
CsvIndexer *csv_index_best(void);
CsvCutter *csv_cut_best(void);

#endif
