"""Speed as ratios against peers, in one run on one machine: `make bench`, or `python -m benchmarks NAME`.

Nothing imports this folder. It may import every package, and it starts the peers as processes of their own.
"""
