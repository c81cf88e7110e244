-- The first partitions: this month's, and a year's ahead.
DO $$ BEGIN PERFORM events_make_partitions(12); END $$;
