-- What kinds of work there are is the program's own business: a new one needs no migration.
ALTER TABLE kontor_job DROP CONSTRAINT kontor_job_kind_check;
