"""What all that measures has in common, whether it trains, serves or benchmarks.  Imports no other package of Raut."""
