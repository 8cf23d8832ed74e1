"""What README's figures come from: `python -m benchmarks` measures them all anew."""
