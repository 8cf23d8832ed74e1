"""`telemetry:` in endpoints.yml, and the variables that switch it on without a file.

    telemetry:
      type: otlp                       # or console, for trying
      endpoint: http://localhost:4318  # the collector
      service_name: bank
      headers: {authorization: "${COLLECTOR_AUTHORIZATION}"}
      log_content: false               # true: what users, models and the bot say, too

What isn't given is as OpenTelemetry's own variables say:
https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictStr
from pydantic import ValidationError as Invalid

from router.errors import InvalidConfig, Location, Problem

__all__ = ["TelemetryConfig", "config_of_environment", "read_telemetry"]

Locate = Callable[[Sequence["str | int"]], Location]

_ENDPOINTS = tuple(f"OTEL_EXPORTER_OTLP_{kind}ENDPOINT" for kind in ("", "TRACES_", "METRICS_"))
_VARIABLE = re.compile(r"(?:[A-Za-z]+ +)?\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def _checked_endpoint(value: str) -> str:
    if "${" in value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("Write a URL such as http://localhost:4318")
    if parts.username or parts.password:
        raise ValueError("A URL with a password in it would be logged. Use headers")
    if parts.path.rstrip("/").endswith(("/v1/traces", "/v1/metrics")):
        raise ValueError("Write it without /v1/traces or /v1/metrics: these are added")
    return value


def _checked_header(value: str) -> str:
    if not _VARIABLE.fullmatch(value.strip()):
        raise ValueError("Write ${NAME}, and put it into the environment variable NAME")
    return value


class TelemetryConfig(BaseModel):
    """Where spans and metrics go.

    Attributes:
        type: `otlp` is OTLP over HTTP, `console` prints to the standard error output.
        endpoint: the collector's URL, without `/v1/traces`.
        service_name: what the bot is called there.
        headers: name -> `${VARIABLE}` or `Bearer ${VARIABLE}`.
        log_content: whether what users, models and the bot say is recorded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    type: Literal["otlp", "console"] = "otlp"
    endpoint: Annotated[StrictStr, AfterValidator(_checked_endpoint)] | None = None
    service_name: StrictStr | None = Field(default=None, min_length=1)
    headers: dict[str, Annotated[StrictStr, AfterValidator(_checked_header)]] = Field(
        default_factory=dict, repr=False
    )
    log_content: StrictBool = False


def read_telemetry(data: Any, locate: Locate | None = None) -> TelemetryConfig:
    """Reads what stands under `telemetry:`.

    Args:
        data: the map as written, variables not yet replaced.
        locate: gives the place in the file of a path of keys below `telemetry`.

    Raises:
        InvalidConfig: all problems are listed.
    """
    locate = locate or (lambda path: Location("endpoints.yml"))
    if not isinstance(data, Mapping):
        message = "'telemetry' isn't a map."
        advice = "Write `telemetry: {type: otlp, endpoint: http://localhost:4318}`."
        raise InvalidConfig([Problem(locate(()), "invalid-value", message, advice)])
    try:
        return TelemetryConfig.model_validate(data)
    except Invalid as error:
        raise InvalidConfig(list(_problems(error, locate))) from None


def config_of_environment(
    environment: Mapping[str, str] | None = None,
) -> TelemetryConfig | None:
    """What to do without a file: to send, if a variable says to which collector."""
    variables = os.environ if environment is None else environment
    is_disabled = variables.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if is_disabled or not any(variables.get(name) for name in _ENDPOINTS):
        return None
    return TelemetryConfig()


def _problems(error: Invalid, locate: Locate) -> Iterator[Problem]:
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        place = locate(item["loc"])
        if item["type"] == "extra_forbidden":
            keys = list(TelemetryConfig.model_fields)
            close = difflib.get_close_matches(key, keys, n=1)
            advice = f"Did you mean '{close[0]}'?" if close else f"Keys are: {', '.join(keys)}."
            yield Problem(place, "unknown-key", f"`telemetry` has no key '{key}'.", advice)
            continue
        # A header or a URL with a password must not go from the file to a log.
        is_secret = item["loc"][0] in {"endpoint", "headers"}
        given = "this" if is_secret else repr(item["input"])
        advice = f"{item['msg'].removeprefix('Value error, ')}."
        yield Problem(place, "invalid-value", f"'telemetry.{key}' can't be {given}.", advice)
