"""From text, or what the NLU pipeline made of it, to commands."""
