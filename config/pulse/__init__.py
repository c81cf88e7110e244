"""
What the services say of themselves: that they live, what time they have, which rings arrive.

Nothing here is business. Readiness and `check_health` read it, and sweepers stand still by it.
"""
