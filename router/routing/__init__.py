"""Who answers: routers as plain objects, their configuration and decisions."""
