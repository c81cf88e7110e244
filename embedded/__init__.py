"""
The services of one machine: PostgreSQL, a worker, beat and the web, without any server to install.

`python -m embedded serve` starts them, keeps them alive and stops them together. Everything
they keep lies in the state directory, `.suanpan/` of the checkout.
"""
