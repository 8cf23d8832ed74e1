"""From conversations to test cases: what was observed, written down as YAML that runs.

`conversations` and `stories` make whole files, `recording` a case turn by turn; what a turn
may be expected to do is in `proposals`, the YAML in `yaml_out`, personal data in `masking`.
"""
