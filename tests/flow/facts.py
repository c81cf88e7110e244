"""What the market knows, a mark for each table: equal before and after, nothing was changed."""

from django.db import connection

from common import seals, tenancy

# What signing in and keeping a reply by its key leave behind; no market fact is among them.
BESIDE_THE_MARKET = {
    # Signs of life of the services.
    "pulse_mark",
    "pulse_anchor",
    "pulse_ring",
    "django_session",
    "identity_user",
    # The application's role may not even read these.
    "identity_passwordhash",
    "identity_ratecount",
    "identity_idempotencyrecord",
    "account_emailaddress",
    "identity_signedindevice",
}
# When and from where a key was last used is a sign of life, too; the rest of its row is not.
SIGNS_OF_LIFE = {"identity_apikey": ["last_used_at", "last_used_from"]}


def market_facts() -> dict[str, tuple[int, int]]:
    """Return, for each table of the market, how many rows it has and a hash of them."""
    facts: dict[str, tuple[int, int]] = {}
    # A request for signing in leaves its seal to the transaction of a test; both looks have it.
    with (
        tenancy.acting_as_platform(),
        seals.signing_in(),
        connection.cursor() as cursor,
    ):
        for table in sorted(connection.introspection.table_names(cursor)):
            # Password hashes and counters of attempts are not the application's to read.
            cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [table])
            if table in BESIDE_THE_MARKET or not cursor.fetchone()[0]:
                continue
            row = "t::text"
            if table in SIGNS_OF_LIFE:
                names = ", ".join(f"'{name}'" for name in SIGNS_OF_LIFE[table])
                row = f"(to_jsonb(t) - ARRAY[{names}])::text"
            cursor.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended({row}, 0)), 0) FROM {table} t"
            )
            facts[table] = cursor.fetchone()
    return facts
