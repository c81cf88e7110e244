"""The API of settlement: contracts, charges, trade records, statements and fees; read only."""
