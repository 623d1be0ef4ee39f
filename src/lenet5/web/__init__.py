"""`lenet5 serve`: a page to draw on, and the service behind it. Needs the extra `serve`."""
