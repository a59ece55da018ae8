"""A file handed back with its problems: the same rows and columns, bad cells coloured and explained.

It is written anew from what the guarded process read, never by opening the file: what the file had beside its
values (formulas, macros, links, names, formats) is not carried over, and no text becomes a formula.
"""
