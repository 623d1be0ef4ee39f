"""What every wing uses and knows nothing of digits: files, lazy imports, random numbers, threads, workers."""
