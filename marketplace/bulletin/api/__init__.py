"""The API of the bulletin: published figures, for everyone."""
