"""A process with one loaded model that measures turns on request.

One JSON request a line on standard input, one answer a line on standard output:
`{"texts": [...], "sender": "x"}` -> `{"seconds": [...]}`. The stock worker never imports
this project's package, so nothing of the layer is in its way.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
import warnings
from typing import Any


async def main(model: str) -> None:
    """Serves until standard input ends."""
    import structlog
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.disable(logging.ERROR)
    agent = Agent.load(model)

    async def say(text: str, sender: str) -> float:
        message = UserMessage(text, CollectingOutputChannel(), sender)
        start = time.perf_counter()
        await agent.handle_message(message)
        return time.perf_counter() - start

    out = sys.stdout
    print(json.dumps({"ready": True}), file=out, flush=True)
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        seconds = [await say(text, request["sender"]) for text in request["texts"]]
        print(json.dumps({"seconds": seconds}), file=out, flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asyncio.run(main(sys.argv[1]))
