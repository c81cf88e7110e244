"""
The rule of conversations `talk-1`: open until 90 days after the order is over.

Over is what was settled, refused or cancelled. What was written stays and is read; nothing new is.
Pure, and frozen: other terms are another file.
"""

from datetime import timedelta
from typing import Final

from marketplace.fulfilment.talk_contracts import TalkTerms

RULE: Final = TalkTerms("talk-1", open_after=timedelta(days=90))
