"""
The page that each role lands on: what waits for the reader, a few figures, what happened.

A role has a module with two functions: `todos` says what waits, computed from rows by a few
statements; `face` the figures and charts. `page.py` puts them together.
"""
