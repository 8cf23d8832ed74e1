"""What CALM can do: flows read from YAML, conditions, checks, default patterns."""
