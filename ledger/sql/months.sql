-- The first partitions: this month's, and a year's ahead. The housekeeping task makes the next ones.
DO $$ BEGIN PERFORM ledger_make_partitions(12); END $$;
