"""Pure views of values: which two axes lie on the screen, tiles at the screen's resolution, exact cells, kernels, spectra.

No view reads a model; a session reads the region that a view names and hands over the values.
"""
