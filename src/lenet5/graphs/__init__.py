"""Sections IV to VIII: graphs of hypotheses, the search in them, and training through them.

A file a concept, in plain Python on graphs of any kind: the definition. The native engine does the same on the graphs
of lines of digits, in C++ (`engine/native/lattice.hpp`), proved equal by tests/engine.

From a line to a number: `cuts` and `segmentation_graph` (section V), `segment_pattern` for the network, `recognition`
(its penalties on the arcs, with the `segmenter`'s), `grammar` and `composition` (section VIII), `interpretation`.
The other way, section VII, is a `sweep` of the network over the line, with a character model, in place of segments.
"""
