"""The API of statements and fapiao."""
