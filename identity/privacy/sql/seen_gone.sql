DROP TABLE privacy_seen;
