"""Made-up families, communes and networks for scenarios, and what comes out of them; needs the extra `batch`."""
