"""The keys that say which language model to ask: `llm:` in config.yml, `model_groups:` in
endpoints.yml. Follows https://rasa.com/docs/reference/config/components/llm-configuration
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr

from router.llm.secrets import is_variable

__all__ = ["Limits", "ModelConfig", "ModelGroup", "RoutingConfig"]

#: Providers whose protocol `client: auto` speaks itself; LiteLLM knows all others.
HTTP_PROVIDERS = frozenset({"openai", "self-hosted"})
_API_BASES = {"openai": "https://api.openai.com/v1"}

# What the names of Rasa's strategies promise differs; here they all spread by weight.
_SPREADING = frozenset(
    {
        "simple-shuffle",
        "least-busy",
        "latency-based-routing",
        "cost-based-routing",
        "usage-based-routing",
    }
)


def _checked_url(value: str) -> str:
    if "${" in value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("Write a URL such as https://api.openai.com/v1")
    if parts.username or parts.password:
        raise ValueError("A URL with a password in it would be logged. Use api_key")
    return value


def _checked_key(value: str) -> str:
    if not is_variable(value):
        raise ValueError("Write ${NAME}, and put the key into the environment variable NAME")
    return value


def _text_keys(value: Any) -> Any:
    # Tokens are numbers, which YAML reads as such where they aren't quoted.
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else value


def _checked_strategy(value: str) -> str:
    if value not in _SPREADING:
        raise ValueError(f"Write one of {', '.join(sorted(_SPREADING))}")
    return value


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Section):
    """What bounds the calls to one endpoint.

    Attributes:
        concurrent_calls: calls at the same time, in each event loop; the others wait.
        retries: further rounds through the models after one in which all failed.
        completion_bytes: the longest body of a completion that is read.
        embedding_bytes: the longest body with vectors that is read.
        breaker_failures: failures in a row after which the endpoint is left alone.
        breaker_seconds: for how long.
    """

    concurrent_calls: int = Field(default=100, gt=0, strict=True)
    retries: int = Field(default=2, ge=0, strict=True)
    completion_bytes: int = Field(default=2_000_000, gt=0, strict=True)
    embedding_bytes: int = Field(default=32_000_000, gt=0, strict=True)
    breaker_failures: int = Field(default=5, gt=0, strict=True)
    breaker_seconds: float = Field(default=30.0, gt=0, strict=True)


class ModelConfig(BaseModel):
    """One deployment of a model. Keys that aren't listed go to the provider as they are.

    Attributes:
        provider: `openai`, `azure`, `self-hosted`, ...: LiteLLM's names.
        model: the provider's name for the model.
        api_base: where the endpoint is; for a self-hosted one with the `/v1`.
        api_key: `${VARIABLE}`, never the key itself.
        client: which implementation asks: `http` speaks OpenAI's protocol itself, `litellm`
            any provider's. `auto` is `http` for `openai` and `self-hosted`.
        timeout: seconds for one attempt; the turn's deadline holds besides.
        logit_bias: token -> -100 to 100.
        weight: its share when a group spreads its calls; 0 is asked last.
        input_cost_per_token: US dollars, for models that no price list knows.
        output_cost_per_token: US dollars.
        extra: further keys for the provider, for those that would be mistaken for ours.
    """

    model_config = ConfigDict(
        extra="allow", frozen=True, protected_namespaces=(), hide_input_in_errors=True
    )

    provider: StrictStr = Field(min_length=1)
    model: StrictStr = Field(min_length=1)
    api_base: Annotated[StrictStr, AfterValidator(_checked_url)] | None = None
    api_key: Annotated[StrictStr, AfterValidator(_checked_key)] | None = None
    client: Literal["auto", "http", "litellm"] = "auto"
    timeout: float = Field(default=10.0, gt=0, strict=True)
    temperature: float | None = Field(default=None, ge=0, strict=True)
    max_tokens: int | None = Field(default=None, gt=0, strict=True)
    logit_bias: Annotated[dict[str, float], BeforeValidator(_text_keys)] | None = None
    weight: float = Field(default=1.0, ge=0, strict=True)
    input_cost_per_token: float | None = Field(default=None, ge=0, strict=True)
    output_cost_per_token: float | None = Field(default=None, ge=0, strict=True)
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def uses_http(self) -> bool:
        """Whether this package speaks to the endpoint itself, without LiteLLM."""
        if self.client == "auto":
            return self.provider in HTTP_PROVIDERS
        return self.client == "http"

    @property
    def base_url(self) -> str | None:
        """`api_base`, or the provider's own if it's known, without a slash at the end."""
        base = self.api_base or _API_BASES.get(self.provider)
        return base.rstrip("/") if base else None

    @property
    def endpoint(self) -> str:
        """Provider and host, as errors and logs name the endpoint."""
        host = urlsplit(self.base_url or "").netloc.rpartition("@")[2]
        return f"{self.provider} at {host}" if host else self.provider

    @property
    def parameters(self) -> dict[str, Any]:
        """What is sent with every completion besides model and prompt."""
        own = {
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "logit_bias": self.logit_bias,
        }
        given = {name: value for name, value in own.items() if value is not None}
        return {**given, **self.provider_keys}

    @property
    def provider_keys(self) -> dict[str, Any]:
        """The keys that aren't ours."""
        return {**(self.__pydantic_extra__ or {}), **self.extra}

    def cost(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """US dollars for so many tokens; None if prices or tokens aren't known."""
        total = 0.0
        prices = (self.input_cost_per_token, self.output_cost_per_token)
        for price, tokens in zip(prices, (prompt_tokens, completion_tokens), strict=True):
            if tokens and price is None:
                return None
            total += (price or 0.0) * (tokens or 0)
        return total if prompt_tokens is not None else None


class RoutingConfig(BaseModel):
    """`router:` of a group, as Rasa has it: any strategy spreads the calls by `weight`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    routing_strategy: Annotated[StrictStr, AfterValidator(_checked_strategy)] = "simple-shuffle"


class ModelGroup(_Section):
    """Deployments that can stand in for each other.

    Attributes:
        id: the name that `model_group:` refers to.
        models: in the order in which they are asked, if they aren't spread.
        strategy: `failover` asks the next one when one fails; `weighted` begins with one
            picked by weight. `router:` given means `weighted`.
    """

    id: StrictStr = Field(min_length=1)
    models: tuple[ModelConfig, ...] = Field(min_length=1)
    strategy: Literal["failover", "weighted"] = "failover"
    router: RoutingConfig | None = None
    limits: Limits = Limits()

    @property
    def spreads(self) -> bool:
        """Whether calls begin with a deployment picked by weight."""
        return self.strategy == "weighted" or self.router is not None


#: Keys as older files name them -> as they are named now.
OLDER_NAMES: Mapping[str, str] = {
    "model_name": "model",
    "request_timeout": "timeout",
    "type": "provider",
    "_type": "provider",
    "api_type": "provider",
    "openai_api_base": "api_base",
    "openai_api_key": "api_key",
}
