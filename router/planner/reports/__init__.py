"""What the planner found, for terminals, pull requests and programs."""
