"""The showcase bot's own code: its actions, and what stands for a language model."""
