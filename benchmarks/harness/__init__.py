"""A real server, a real browser and fake cameras: shared by the benchmarks and the tests."""
