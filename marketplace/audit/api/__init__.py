"""The API of the audit room: exports, their estimates and their files."""
