/* Plays a corpus to a fuzz target without libFuzzer: each file of the directories, or each file,
 * that is named. */
#include <dirent.h>
#include <stdio.h>

#include "base/buffer.h"
#include "fuzz.h"

static bool play_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return false;
    }
    Arena *arena = arena_new();
    Buffer *content = buffer_new(arena);
    char piece[4096];
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;) {
        buffer_append(content, piece, got);
    }
    fclose(file);
    /* A copy of its very size, so that the sanitizer sees a read beyond it. */
    uint8_t *bytes = malloc(content->length > 0 ? content->length : 1);
    FUZZ_CHECK(bytes != NULL);
    if (content->length > 0) {
        memcpy(bytes, content->data, content->length);
    }
    LLVMFuzzerTestOneInput(bytes, content->length);
    free(bytes);
    arena_free(arena);
    return true;
}

static int play(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return play_file(path) ? 1 : -1;
    }
    int played = 0;
    for (struct dirent *entry; played >= 0 && (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.') {
            char inner[4096];
            snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
            int more = play(inner);
            played = more < 0 ? -1 : played + more;
        }
    }
    closedir(directory);
    return played;
}

int main(int argc, char **argv)
{
    int played = 0;
    for (int i = 1; i < argc; i++) {
        int more = play(argv[i]);
        if (more < 0) {
            return 1;
        }
        played += more;
    }
    printf("%d inputs played\n", played);
    return played > 0 ? 0 : 1;
}
