-- How much of a file was read; beside `lines` and `faults` it is told while the file is folded.
ALTER TABLE reporting_common_costusagereportstatus ADD COLUMN bytes_read bigint;
