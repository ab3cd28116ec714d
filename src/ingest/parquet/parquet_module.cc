// Arrow's Parquet reader behind the C interface of parquet_module.h.
#include "ingest/parquet/parquet_module.h"

#include <unistd.h>

#include <arrow/c/bridge.h>
#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <memory>
#include <vector>

namespace
{

constexpr int64_t kBatchRows = 32768;
constexpr int64_t kBufferBytes = 256 * 1024;

struct File {
    std::unique_ptr<parquet::arrow::FileReader> reader;

    const parquet::SchemaDescriptor *schema() const
    {
        return reader->parquet_reader()->metadata()->schema();
    }
};

void say(char *fault, const char *text)
{
    std::snprintf(fault, PARQUET_FAULT_SIZE, "%s", text);
}

// Runs `work`, which returns a status; what it throws is a fault as well.
template <typename Work> bool guarded(char *fault, Work work)
{
    try {
        arrow::Status status = work();
        if (!status.ok()) {
            say(fault, status.message().c_str());
        }
        return status.ok();
    } catch (const std::exception &exception) {
        say(fault, exception.what());
    } catch (...) {
        say(fault, "unknown fault");
    }
    return false;
}

// Texts at the top of the schema have few distinct values: they are read as dictionaries.
bool is_text(const parquet::ColumnDescriptor *column)
{
    const auto &type = column->logical_type();
    return column->physical_type() == parquet::Type::BYTE_ARRAY &&
           column->max_repetition_level() == 0 && column->path()->ToDotVector().size() == 1 &&
           (type->is_string() || type->is_none() || type->is_enum() || type->is_JSON());
}

parquet::ArrowReaderProperties reading(const parquet::SchemaDescriptor *schema)
{
    parquet::ArrowReaderProperties properties(false);
    properties.set_batch_size(kBatchRows);
    properties.set_pre_buffer(false);
    properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
    for (int i = 0; i < schema->num_columns(); i++) {
        properties.set_read_dictionary(i, is_text(schema->Column(i)));
    }
    return properties;
}

arrow::Status open_reader(int descriptor, File *file)
{
    int own = dup(descriptor);
    if (own < 0) {
        return arrow::Status::IOError("the file cannot be opened once more");
    }
    arrow::MemoryPool *pool = arrow::system_memory_pool();
    ARROW_ASSIGN_OR_RAISE(auto input, arrow::io::ReadableFile::Open(own, pool));
    parquet::ReaderProperties properties(pool);
    properties.enable_buffered_stream(); // pages are read as they are needed, not whole columns
    properties.set_buffer_size(kBufferBytes);
    properties.set_page_checksum_verification(true);
    parquet::arrow::FileReaderBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Open(std::move(input), properties));
    builder.memory_pool(pool);
    builder.properties(reading(builder.raw_reader()->metadata()->schema()));
    ARROW_ASSIGN_OR_RAISE(file->reader, builder.Build());
    return arrow::Status::OK();
}

void *open_file(int descriptor, char *fault)
{
    auto file = std::make_unique<File>();
    return guarded(fault, [&] { return open_reader(descriptor, file.get()); }) ? file.release()
                                                                               : nullptr;
}

void close_file(void *file)
{
    delete static_cast<File *>(file);
}

int column_count(void *file)
{
    return static_cast<File *>(file)->schema()->group_node()->field_count();
}

const char *column_name(void *file, int column)
{
    return static_cast<File *>(file)->schema()->group_node()->field(column)->name().c_str();
}

int row_group_count(void *file)
{
    return static_cast<File *>(file)->reader->num_row_groups();
}

int64_t row_count(void *file, int row_group)
{
    return static_cast<File *>(file)
        ->reader->parquet_reader()
        ->metadata()
        ->RowGroup(row_group)
        ->num_rows();
}

// The leaves of the schema below the wanted columns: a map has two.
std::vector<int> leaves(const parquet::SchemaDescriptor *schema, const int *columns, int count)
{
    std::vector<bool> wanted(static_cast<size_t>(schema->group_node()->field_count()), false);
    std::vector<int> found;
    for (int i = 0; i < count; i++) {
        wanted[static_cast<size_t>(columns[i])] = true;
    }
    for (int i = 0; i < schema->num_columns(); i++) {
        int field = schema->group_node()->FieldIndex(*schema->GetColumnRoot(i));
        if (field >= 0 && wanted[static_cast<size_t>(field)]) {
            found.push_back(i);
        }
    }
    return found;
}

int read_columns(void *file, int row_group, const int *columns, int count, ArrowArrayStream *stream,
                 char *fault)
{
    auto *reader = static_cast<File *>(file)->reader.get();
    return guarded(fault, [&]() -> arrow::Status {
        auto wanted = leaves(static_cast<File *>(file)->schema(), columns, count);
        ARROW_ASSIGN_OR_RAISE(auto batches, reader->GetRecordBatchReader({row_group}, wanted));
        return arrow::ExportRecordBatchReader(std::move(batches), stream);
    });
}

template <typename Number> size_t write_number(Number value, char *text)
{
    return static_cast<size_t>(std::to_chars(text, text + PARQUET_NUMBER_SIZE, value).ptr - text);
}

const ParquetModule module = {
    PARQUET_MODULE_VERSION, open_file, close_file,   column_count,         column_name,
    row_group_count,        row_count, read_columns, write_number<double>, write_number<float>};

} // namespace

const ParquetModule *kontor_parquet_module(void)
{
    return &module;
}
