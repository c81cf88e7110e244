"""What the market knows, in one hash: equal before and after means that nothing was changed."""

import hashlib

from django.db import connection

from common import tenancy

# What signing in and keeping a reply by its key leave behind; no market fact is among them.
BESIDE_THE_MARKET = {
    "django_session",
    "identity_user",
    # The application's role may not even read these.
    "identity_passwordhash",
    "identity_ratecount",
    "identity_idempotencyrecord",
    "account_emailaddress",
}


def market_facts() -> str:
    """Return a hash of every row of the market."""
    digest = hashlib.sha256()
    with tenancy.acting_as_platform(), connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            # Password hashes and counters of attempts are not the application's to read.
            cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [table])
            if table in BESIDE_THE_MARKET or not cursor.fetchone()[0]:
                continue
            cursor.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t"
            )
            digest.update(f"{table}{cursor.fetchone()}".encode())
    return digest.hexdigest()
