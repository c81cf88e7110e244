"""Bank statements as files: CSV and CAMT.053 become the same lines."""

from marketplace.payments.statements.lines import ReadLine, ReadStatement
from marketplace.payments.statements.reading import read_statement

__all__ = ["ReadLine", "ReadStatement", "read_statement"]
