/* The scanner against the reference: for the units, and for the fuzz target. */
#ifndef KONTOR_TESTS_CSV_AGREEMENT_H
#define KONTOR_TESTS_CSV_AGREEMENT_H

#include <stddef.h>

#include "ingest/scan/csv.h"

#ifdef __x86_64__
enum { INDEXER_COUNT = 4 };
#else
enum { INDEXER_COUNT = 1 };
#endif

/* One of the INDEXER_COUNT indexers, or the best there is where this processor lacks it. */
CsvIndexer *usable_indexer(int which);

/* The cutter of the same set. */
CsvCutter *usable_cutter(int which);

/* Does a cutter find the last record that the indexer finds, and as many lines? NULL, or what
 * differs. */
const char *cut_disagreement(const char *text, size_t length, int which);

/* Reads a text by both, `piece` bytes at a time (0: all at once). NULL when they say the same of
 * it, else what differs. */
const char *csv_disagreement(const char *text, size_t length, CsvIndexer *indexer, size_t piece);

#endif
