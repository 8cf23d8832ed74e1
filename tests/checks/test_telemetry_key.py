"""`telemetry` of endpoints.yml is checked where it is written."""

import pytest

GOOD = """\
telemetry:
  type: otlp
  endpoint: http://localhost:4318
  headers: {authorization: "Bearer ${KEY}"}
"""


@pytest.mark.parametrize(
    ("telemetry", "expected"),
    [
        (GOOD, []),
        ("telemetry:\n", []),
        ("telemetry:\n  type: grpc\n", ["invalid-value 2"]),
        ("telemetry:\n  type: otlp\n  endpont: http://a\n", ["unknown-key 3"]),
        ("telemetry: true\n", ["invalid-value 1"]),
        ("telemetry:\n  headers:\n    x-key: secret\n", ["invalid-value 3"]),
    ],
)
def test_it_is_accepted_or_said_what_to_write(routed, telemetry, expected):
    routed.write(endpoints=telemetry)
    assert routed.found("unknown-key", "invalid-value") == expected


def test_a_header_written_out_is_not_shown(routed):
    routed.write(endpoints="telemetry:\n  headers:\n    x-key: secret-0123456789\n")
    assert "secret" not in "".join(map(str, routed.problems()))
