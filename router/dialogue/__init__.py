"""How CALM proceeds: commands, the stack, and the pure state machine."""
