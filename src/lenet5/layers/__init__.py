"""One file per layer kind: forward, gradient and curvature side by side."""
