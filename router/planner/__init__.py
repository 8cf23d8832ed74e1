"""From a bot of intents, rules and stories to topic areas, and to a plan of their migration."""
