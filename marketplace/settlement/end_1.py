"""
The rule of ending early `end-1`: an hour's notice, and no fee. Pure, and frozen.

Contracts were ended by it: it is never changed. Other terms are another file.
"""

from marketplace.settlement.contracts import Ending

RULE = Ending("end-1", notice_seconds=3600, fee_minor=0)
