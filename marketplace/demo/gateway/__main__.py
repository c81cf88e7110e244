"""Serve the test gateway: `SUANPAN_TEST_GATEWAY=yes python -m marketplace.demo.gateway`."""

import argparse
import json
import os

from marketplace.demo.gateway.server import Gateway


def main() -> None:
    """Serve until stopped; the address is written as a line of JSON."""
    parser = argparse.ArgumentParser(prog="gateway")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tell", default="", help="the address that webhooks are sent to")
    asked = parser.parse_args()
    gateway = Gateway(port=asked.port, secret=os.environ.get("STRIPE_WEBHOOK_SECRETS", ""))
    gateway.state.hook = asked.tell
    print(json.dumps({"url": gateway.url}), flush=True)  # noqa: T201 - what it is started for
    gateway.serve()


if __name__ == "__main__":
    main()
