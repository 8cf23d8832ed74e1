"""What of a bot its passing tests have exercised, hand-offs between the systems above all."""
