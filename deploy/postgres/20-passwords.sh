#!/bin/sh
# Run once by the postgres image, after 10-prepare.sql has made the roles.
set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres --dbname="$POSTGRES_DB" --no-psqlrc --quiet \
  --set=owner="$(cat /run/secrets/owner_password)" --set=app="$(cat /run/secrets/app_password)" <<'SQL'
ALTER ROLE suanpan_owner PASSWORD :'owner';
ALTER ROLE suanpan_app PASSWORD :'app';
SQL
