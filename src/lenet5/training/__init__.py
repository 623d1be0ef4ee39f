"""Training runs: the choices, the passes, the folder that a run leaves behind, and going on bit for bit."""
