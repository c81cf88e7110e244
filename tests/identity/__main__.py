"""
Print the lines that `routes.txt` lacks, to be checked and added: `python -m tests.identity`.

`python -m tests.identity privileges` writes what the application's role may do to its list.
"""

import sys

from identity.contracts import Role
from tests import standalone


def main() -> None:
    if sys.argv[1:] == ["privileges"]:
        write_privileges()
        return
    standalone.ready()
    from tests.identity import access

    listed = {str(line) for line in access.table()}
    for route in access.routes():
        for method in route.methods:
            if f"{method} {route.route}" not in listed:
                who = declared(route.callback, method) if route.is_api else "?"
                sys.stdout.write(f"{method:6} {route.route:72} {who}\n")


def write_privileges() -> None:
    from tests import databases, environment
    from tests.identity import privileges

    try:
        databases.ensure_template()
        with databases.admin(environment.TEMPLATE) as admin:
            lines = [privileges.HEADING, *privileges.found(admin)]
        privileges.TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    finally:
        environment.pytest_unconfigure()


def declared(callback: object, method: str) -> str:
    view = getattr(callback, "cls", None)
    if method == "GET" and getattr(view, "public", False):
        return "everyone"
    roles = getattr(view, "required_roles", {}).get(method)
    if roles is None:
        return "NOBODY-DECLARED"
    return "member" if roles == frozenset(Role) else "|".join(r for r in Role.values if r in roles)


if __name__ == "__main__":
    main()
