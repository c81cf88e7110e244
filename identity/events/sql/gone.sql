DROP TABLE events_event;
