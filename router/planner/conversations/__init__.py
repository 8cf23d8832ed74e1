"""What real conversations show of a bot's skills: traffic, interruptions, hand-offs, dead ends.

The events of a tracker store, of exported files or of a data warehouse are analysed as one
relational expression; counts are all that leaves the database. These are their definitions.

A conversation is one session of a sender, with at least one message. A message *opens* the
skill of its intent, or of the flow that its commands start; that skill is *in progress* until
`action_reset_routing`, a restart, a new session, or the end of its form (the last flow on the
stack). A skill `b` *interrupts* `a` in a conversation if a message opens `b`

- while a form or a flow of `a` is active, or
- while `a`, without either, is in progress, and right after `b` the conversation goes back to
  `a`: a message opens it again, or an action runs that only `a` has.

A question is *repeated* if a bot asks it again after one message, and nothing else in between.
`a` and then `b`, with neither, is a *succession*. A *hand-off* is a message that opens `b` after
`a` and is routed to the other system than the one before it. What happens in a form or a flow
falls into its skill, all else into the one in progress.
"""

from __future__ import annotations

from router.planner.conversations.analysing import analyse
from router.planner.conversations.source import EventSource, open_source

__all__ = ["EventSource", "analyse", "open_source"]
