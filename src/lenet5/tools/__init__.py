"""What any part may use, and what has nothing to do with digits: files, lazy imports, random numbers, workers."""
