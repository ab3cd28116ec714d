#include "ingest/fold/stream.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/fold/fold_internal.h"
#include "ingest/fold/parquet_fold.h"

enum {
    BLOCK_SIZE = 1024 * 1024, /* what is inflated with goes from core to core with each */
    PIECE_SIZE = 64 * 1024,   /* of members of a gzip, packed */
    PIECE_TEXT_MAX = 64 * 1024 * 1024,
    TAIL_ROOM = 16 * 1024, /* before a piece's text */
};

/* The header of a csv file, for threads that come later. A zip may have several. */
typedef struct Header {
    struct Header *former;
    char *member; /* the file's name in the zip, or NULL */
    uint32_t length;
    char text[]; /* INDEX_PADDING bytes more */
} Header;

struct FoldStream {
    pthread_mutex_t lock; /* of all but the atomic ones */
    const ByteSource *source;
    Inflate *inflate;
    ParquetFold *parquet; /* NULL: csv */
    const char *file_name;
    FoldProgress *progress;
    char *tail; /* inflated, but not taken by a thread */
    uint32_t tail_length, tail_capacity;
    uint64_t line; /* the physical line on which it begins */
    Header *header;
    uint32_t block_size;
    bool pieces;           /* members of a gzip may be taken: none was cut wrongly */
    uint64_t taken, turn;  /* pieces, and how many of them were cut into blocks */
    struct Member *newest; /* who has the last one */
    pthread_cond_t turned; /* `turn` or `taken` has changed, or all has ended */
    bool begun;            /* the header is that of the csv file which is being read */
    Error failure;         /* the first thread's that failed */
    _Atomic int waiting;   /* threads that want the lock */
    _Atomic bool ended;    /* there is nothing left, or a thread failed */
};

/* A thread's part of a file. */
typedef struct Block {
    char *text;
    uint32_t capacity, start, length; /* `start`: where it begins in `text` */
    uint64_t line;
    Header *header;
    bool last;     /* of its csv file */
    bool open;     /* what follows in the file belongs to it */
    bool boundary; /* it ends with a member of a gzip */
} Block;

/* What a thread has for a file. */
typedef struct Member {
    FoldStream *stream;
    LineReader reader;
    const Header *bound; /* by the reader's binder */
    CsvScanner *scanner; /* of blocks */
    Block block;
    InflatePiece piece;
    uint64_t number;      /* of the piece */
    struct Member *older; /* who has the piece before it */
    bool has_piece;
    ParquetRows *rows; /* of a Parquet file, instead of all these */
    int row_group;
} Member;

static void *must_realloc(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

FoldStream *fold_stream_new(const ByteSource *source, const char *file_name, FoldProgress *progress)
{
    FoldStream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        abort();
    }
    pthread_mutex_init(&stream->lock, NULL);
    pthread_cond_init(&stream->turned, NULL);
    stream->pieces = true;
    stream->source = source;
    stream->file_name = file_name;
    stream->progress = progress;
    stream->inflate = inflate_new(source, &progress->bytes_read);
    stream->line = 1;
    stream->block_size = BLOCK_SIZE;
    return stream;
}

void fold_stream_cut(FoldStream *stream, uint32_t size)
{
    stream->block_size = size;
    atomic_fetch_add(&stream->waiting, 1);
}

void fold_stream_free(FoldStream *stream)
{
    if (stream != NULL) {
        parquet_fold_free(stream->parquet);
        inflate_free(stream->inflate);
        pthread_mutex_destroy(&stream->lock);
        pthread_cond_destroy(&stream->turned);
        free(stream->tail);
        for (Header *header = stream->header, *former; header != NULL; header = former) {
            former = header->former;
            free(header->member);
            free(header);
        }
        free(stream);
    }
}

bool fold_stream_ended(const FoldStream *stream)
{
    return atomic_load(&stream->ended);
}

static void reserve(Block *block, uint32_t capacity)
{
    if (capacity > block->capacity) {
        block->text = must_realloc(block->text, (size_t)capacity + INDEX_PADDING);
        block->capacity = capacity;
    }
}

/* Fills a block to its capacity, or to the end of the file or of a member that others may follow.
 */
static bool fill(FoldStream *stream, Block *block, Error *error)
{
    block->last = block->boundary = false;
    while (!block->last && !block->boundary && block->length < block->capacity) {
        ssize_t got = inflate_read(stream->inflate, block->text + block->length,
                                   block->capacity - block->length, error);
        if (got < 0) {
            return false;
        }
        block->boundary = got == 0 && stream->pieces && inflate_between_members(stream->inflate);
        block->last = got == 0 && !block->boundary;
        block->length += (uint32_t)got;
    }
    memset(block->text + block->length, 0, INDEX_PADDING);
    return true;
}

static void keep_tail(FoldStream *stream, const char *text, uint32_t length)
{
    if (length > stream->tail_capacity) {
        stream->tail_capacity = length * 2;
        stream->tail = must_realloc(stream->tail, stream->tail_capacity);
    }
    if (length > 0) {
        memcpy(stream->tail, text, length);
    }
    stream->tail_length = length;
}

/* Looks for the end of a block's whole records. Where quotes make no sense, or a record is longer
 * than can be, only the reader of the records can tell where they end: that block is left open. */
static CsvCut look_for_cut(Block *block)
{
    CsvCut cut = csv_cut_best()(block->text + block->start, block->length);
    block->open = cut.stray_quotes || (cut.end == 0 && block->length >= CSV_RECORD_MAX);
    return cut;
}

/* Leaves what follows the whole records to the next block. */
static void cut_block(FoldStream *stream, Block *block, CsvCut cut)
{
    if (!block->last && !block->open) {
        keep_tail(stream, block->text + block->start + cut.end, block->length - cut.end);
        stream->line += cut.lines;
        block->length = cut.end;
    }
}

static bool fill_block(FoldStream *stream, Block *block, Error *error)
{
    CsvCut cut;
    reserve(block, stream->tail_length > stream->block_size / 2 ? stream->tail_length * 2
                                                                : stream->block_size);
    if (stream->tail_length > 0) {
        memcpy(block->text, stream->tail, stream->tail_length);
    }
    block->start = 0;
    block->length = stream->tail_length;
    block->line = stream->line;
    block->header = stream->header;
    for (;;) {
        if (!fill(stream, block, error)) {
            return false;
        }
        cut = look_for_cut(block);
        if (block->last || block->open || block->boundary || cut.end > 0) {
            break;
        }
        reserve(block, block->capacity * 2);
    }
    cut_block(stream, block, cut);
    return true;
}

static void keep_header(FoldStream *stream, const CsvRecord *record)
{
    uint32_t length = record->last_end - record->first;
    Header *header = must_realloc(NULL, sizeof *header + length + INDEX_PADDING);
    const char *member = inflate_member(stream->inflate);
    header->former = stream->header;
    header->member = member != NULL ? strdup(member) : NULL;
    header->length = length;
    memcpy(header->text, record->text + record->first, length);
    memset(header->text + length, 0, INDEX_PADDING);
    stream->header = header;
}

static bool fold_lines(Member *member, CsvScanner *scanner, Error *error)
{
    LineReader *reader = &member->reader;
    return lines_fold(reader, scanner, error) ||
           (reader->member != NULL && error_wrap(error, "%s", reader->member));
}

/* A csv file is at its end: is there another? */
static bool end_csv(FoldStream *stream, Error *error)
{
    int more = inflate_next(stream->inflate, error);
    stream->begun = false;
    stream->tail_length = 0;
    if (more == 0) {
        atomic_store(&stream->ended, true);
    }
    return more >= 0;
}

/* Reads a csv file straight on, without cutting blocks, for as long as no other thread comes. */
static bool fold_alone(Member *member, CsvScanner *scanner, Error *error)
{
    FoldStream *stream = member->stream;
    LineReader *reader = &member->reader;
    reader->others = &stream->waiting;
    reader->stopped = atomic_load(&stream->waiting) > 0;
    bool done = fold_lines(member, scanner, error);
    reader->others = NULL;
    if (!done || !reader->stopped) {
        return done && end_csv(stream, error);
    }
    reader->stopped = false;
    CsvField rest = csv_rest(scanner, &stream->line);
    keep_tail(stream, rest.bytes, rest.length);
    inflate_stop_at_members(stream->inflate, stream->pieces);
    return true;
}

static bool begin_parquet(Member *member, Error *error)
{
    FoldStream *stream = member->stream;
    stream->parquet = parquet_fold_new(stream->source, stream->inflate, &member->reader, error);
    stream->begun = stream->parquet != NULL;
    return stream->begun;
}

static bool begin_csv(Member *member, Error *error)
{
    FoldStream *stream = member->stream;
    CsvScanner *scanner = csv_new(stream->inflate, NULL);
    bool done = lines_bind(&member->reader, scanner, error);
    if (done) {
        keep_header(stream, csv_record(scanner));
        member->bound = stream->header;
        member->reader.member = stream->header->member;
        stream->begun = true;
        done = fold_alone(member, scanner, error);
    } else if (inflate_member(stream->inflate) != NULL) {
        error_wrap(error, "%s", inflate_member(stream->inflate));
    }
    csv_free(scanner);
    return done;
}

static bool bind(Member *member, Error *error)
{
    Header *header = member->block.header;
    if (member->bound == header) {
        return true;
    }
    csv_set_block(member->scanner, header->text, header->length, 1);
    member->bound = header;
    member->reader.member = header->member;
    return lines_bind(&member->reader, member->scanner, error);
}

static bool fold_block(Member *member, Error *error)
{
    Block *block = &member->block;
    if (!bind(member, error)) {
        return false;
    }
    csv_set_block(member->scanner, block->text + block->start, block->length, block->line);
    return fold_lines(member, member->scanner, error);
}

/* From an open block to the end of its csv file. */
static bool fold_rest(Member *member, Error *error)
{
    const Block *block = &member->block;
    if (!bind(member, error)) {
        return false;
    }
    CsvScanner *scanner = csv_new(member->stream->inflate, NULL);
    csv_begin_with(scanner, block->text + block->start, block->length, block->line);
    bool done = fold_lines(member, scanner, error);
    csv_free(scanner);
    return done;
}

static bool begin(Member *member, Error *error)
{
    bool parquet;
    return inflate_is_parquet(member->stream->inflate, &parquet, error) &&
           (parquet ? begin_parquet(member, error) : begin_csv(member, error));
}

/* A row group is as good as a block. */
static void take_rows(Member *member, bool *taken)
{
    FoldStream *stream = member->stream;
    member->row_group = parquet_fold_take(stream->parquet);
    *taken = member->row_group >= 0;
    if (!*taken) {
        atomic_store(&stream->ended, true);
    }
}

static bool fold_rows(Member *member, Error *error)
{
    if (member->rows == NULL) {
        member->rows = parquet_fold_open(member->stream->parquet, &member->reader, error);
    }
    return member->rows != NULL && parquet_fold_rows(member->rows, member->row_group, error);
}

/* Within what the fold may have. */
static GzipLimits piece_limits(const Member *member)
{
    size_t memory = (size_t)member->reader.fold->options.memory, text = memory / 16;
    return (GzipLimits){.wanted = PIECE_SIZE,
                        .packed = memory / 64,
                        .text = text < PIECE_TEXT_MAX ? text : PIECE_TEXT_MAX};
}

/* Takes members of a gzip, to be inflated beside those that other threads have. */
static bool take_piece(Member *member, bool *taken, Error *error)
{
    FoldStream *stream = member->stream;
    GzipLimits limits = piece_limits(member);
    int got = inflate_take(stream->inflate, &limits, &member->piece, error);
    *taken = member->has_piece = got > 0;
    if (*taken) {
        member->number = stream->taken++;
        member->older = stream->newest;
        stream->newest = member;
    }
    return got >= 0;
}

/* Has the pieces from `number` on read in their turn, and all that follows. Who has them sees that
 * their numbers are no more. */
static void give_back(FoldStream *stream, uint64_t number)
{
    for (; stream->taken > number; stream->taken--) {
        inflate_give_back(stream->inflate, &stream->newest->piece);
        stream->newest = stream->newest->older;
    }
    stream->pieces = false;
    inflate_stop_at_members(stream->inflate, false);
    pthread_cond_broadcast(&stream->turned);
}

/* Puts what the piece before has left in front of a piece's text. */
static void prepend_tail(FoldStream *stream, Block *block)
{
    uint32_t tail = stream->tail_length;
    if (tail > block->start) {
        reserve(block, tail + block->length);
        memmove(block->text + tail, block->text + block->start, block->length);
        block->start = tail;
    }
    block->start -= tail;
    block->length += tail;
    if (tail > 0) {
        memcpy(block->text + block->start, stream->tail, tail);
    }
    memset(block->text + block->start + block->length, 0, INDEX_PADDING);
}

/* In its turn, under the lock: makes a block of an inflated piece, to be folded without the lock
 * when *taken. */
static bool cut_piece(Member *member, bool *taken, Error *error)
{
    FoldStream *stream = member->stream;
    Block *block = &member->block;
    block->last = false;
    block->line = stream->line;
    block->header = stream->header;
    prepend_tail(stream, block);
    CsvCut cut = look_for_cut(block);
    cut_block(stream, block, cut);
    stream->turn++;
    if (block->open) {
        give_back(stream, stream->turn);
        return fold_rest(member, error) && end_csv(stream, error);
    }
    pthread_cond_broadcast(&stream->turned);
    *taken = block->length > 0;
    return true;
}

/* Under the lock: after a failure nobody goes on from where it was. */
static void stop_others(FoldStream *stream)
{
    atomic_store(&stream->ended, true);
    pthread_cond_broadcast(&stream->turned);
}

/* Inflates a piece, and makes a block of it when those before it have been made. */
static bool do_piece(Member *member, bool *taken, Error *error)
{
    FoldStream *stream = member->stream;
    Block *block = &member->block;
    const InflatePiece *piece = &member->piece;
    bool done = true;
    reserve(block, (uint32_t)(TAIL_ROOM + piece->text));
    block->start = TAIL_ROOM;
    block->length = (uint32_t)piece->text;
    bool sound = gzip_inflate_members(piece->bytes, piece->length, block->text + block->start,
                                      block->length);
    *taken = member->has_piece = false;
    pthread_mutex_lock(&stream->lock);
    while (!atomic_load(&stream->ended) && member->number < stream->taken &&
           member->number > stream->turn) {
        pthread_cond_wait(&stream->turned, &stream->lock);
    }
    if (!atomic_load(&stream->ended) && member->number < stream->taken) {
        if (sound) {
            done = cut_piece(member, taken, error);
        } else {
            give_back(stream, member->number);
        }
    }
    if (!done) {
        stop_others(stream);
    }
    pthread_mutex_unlock(&stream->lock);
    return done;
}

/* The next block of a csv file that is read in its turn. */
static bool take_text(Member *member, bool *taken, Error *error)
{
    FoldStream *stream = member->stream;
    Block *block = &member->block;
    if (!fill_block(stream, block, error)) {
        return false;
    }
    if (block->open && !block->last) {
        inflate_stop_at_members(stream->inflate, false);
        return fold_rest(member, error) && end_csv(stream, error);
    }
    if (block->last) {
        return fold_block(member, error) && end_csv(stream, error);
    }
    *taken = block->length > 0;
    return true;
}

/* The next block or piece, under the lock; what one thread has to do alone is done on the way.
 * *taken is false when there was nothing left. */
static bool take_block(Member *member, bool *taken, Error *error)
{
    FoldStream *stream = member->stream;
    bool done = true;
    *taken = false;
    while (done && !*taken && !atomic_load(&stream->ended)) {
        if (!stream->begun) {
            done = begin(member, error);
        } else if (stream->parquet != NULL) {
            take_rows(member, taken);
        } else if (stream->pieces && inflate_between_members(stream->inflate)) {
            done = take_piece(member, taken, error);
        } else if (stream->turn < stream->taken) {
            pthread_cond_wait(&stream->turned, &stream->lock);
        } else {
            done = take_text(member, taken, error);
        }
    }
    return done;
}

static void lock(FoldStream *stream)
{
    atomic_fetch_add(&stream->waiting, 1);
    pthread_mutex_lock(&stream->lock);
    atomic_fetch_sub(&stream->waiting, 1);
}

static bool fold_taken(Member *member, Error *error)
{
    bool taken = true;
    if (member->stream->parquet != NULL) {
        return fold_rows(member, error);
    }
    return (!member->has_piece || do_piece(member, &taken, error)) &&
           (!taken || fold_block(member, error));
}

static bool fold_blocks(Member *member, Error *error)
{
    bool done = true, taken = true;
    while (done && taken) {
        lock(member->stream);
        done = take_block(member, &taken, error);
        if (!done) {
            stop_others(member->stream);
        }
        pthread_mutex_unlock(&member->stream->lock);
        done = done && (!taken || fold_taken(member, error));
    }
    return done;
}

static void note_failure(FoldStream *stream, const Error *error)
{
    lock(stream);
    if (stream->failure.code == ERROR_NONE) {
        stream->failure = *error;
    }
    stop_others(stream);
    pthread_mutex_unlock(&stream->lock);
}

bool fold_stream_run(FoldStream *stream, Fold *fold, Error *error)
{
    Member member = {.stream = stream, .scanner = csv_new(NULL, NULL)};
    member.reader = (LineReader){.fold = fold,
                                 .arena = arena_new(),
                                 .file_name = stream->file_name,
                                 .progress = stream->progress};
    bool done = fold_blocks(&member, error);
    csv_free(member.scanner);
    free(member.block.text);
    free(member.piece.bytes);
    arena_free(member.reader.arena);
    if (!done) {
        error_wrap(error, "%s", stream->file_name);
        note_failure(stream, error);
    }
    return done;
}

const Error *fold_stream_failure(FoldStream *stream)
{
    lock(stream);
    bool failed = stream->failure.code != ERROR_NONE;
    pthread_mutex_unlock(&stream->lock);
    return failed ? &stream->failure : NULL;
}

bool fold_file(Fold *fold, const ByteSource *source, const char *file_name, FoldProgress *progress,
               Error *error)
{
    FoldProgress unseen = {0};
    FoldStream *stream = fold_stream_new(source, file_name, progress != NULL ? progress : &unseen);
    bool done = fold_stream_run(stream, fold, error);
    fold_stream_free(stream);
    return done;
}
