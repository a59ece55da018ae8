"""A file handed back with its problems: the same rows and columns, bad cells coloured and explained.

It is written anew from what the guarded process read: formulas, macros, links and names of the file are not
carried over, and no text becomes a formula. How a workbook looked is (`looks`): fonts, fills, borders, number
formats, widths and frozen panes.
"""
