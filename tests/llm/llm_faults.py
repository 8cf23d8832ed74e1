"""Everything an endpoint can do wrong, for both implementations."""

from __future__ import annotations

from typing import Any

from router.errors import InvalidAnswer, LLMError, LLMRefused, LLMTimeout, LLMUnavailable

#: Name -> what the server does, the error it is, words of it over HTTP.
FAULTS: dict[str, tuple[dict[str, Any], type[LLMError], str]] = {
    "401": ({"status": 401}, LLMRefused, "status 401: it doesn't accept the key"),
    "403": ({"status": 403}, LLMRefused, "status 403: the key may not use this model"),
    "404": ({"status": 404}, LLMRefused, "status 404"),
    "400": ({"status": 400}, LLMRefused, "status 400: it doesn't accept the request"),
    "429": ({"status": 429, "retry_after": 60}, LLMUnavailable, "asks to wait 60 s"),
    "500": ({"status": 500}, LLMUnavailable, "status 500: it fails"),
    "503": ({"status": 503}, LLMUnavailable, "status 503: it fails"),
    "slow headers": ({"delay": 30, "answer": "late"}, LLMTimeout, "no answer within"),
    "slow body": ({"body_delay": 30, "answer": "late"}, LLMTimeout, "no answer within"),
    "hang": ({"hang": True}, LLMTimeout, "no answer within"),
    "closed connection": ({"close": True}, LLMUnavailable, "the connection broke"),
    "empty answer": ({"answer": ""}, InvalidAnswer, "the answer is empty"),
    "blank answer": ({"answer": " \n"}, InvalidAnswer, "the answer is empty"),
    "no JSON": ({"raw": "<html>Bad gateway</html>"}, InvalidAnswer, "isn't JSON"),
    "half a JSON": ({"raw": '{"choices": [{"mess'}, InvalidAnswer, "isn't JSON"),
    "another JSON": ({"raw": "{}"}, InvalidAnswer, "no choices"),
    "a JSON list": ({"raw": "[]"}, InvalidAnswer, "a list rather than an object"),
    "10 MB": ({"answer": "x", "size": 10_000_000}, InvalidAnswer, "longer than 2,000,000 bytes"),
    "not UTF-8": ({"raw_hex": "7b22fffe22"}, InvalidAnswer, "isn't UTF-8"),
}


def seconds_for(fault: str) -> float:
    """A deadline: short where it's what ends the call, else long enough for a busy machine."""
    return 0.25 if FAULTS[fault][1] is LLMTimeout else 20.0
