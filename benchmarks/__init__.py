"""Speed and memory, printed as ratios of things measured side by side in one run, since machines are noisy."""
