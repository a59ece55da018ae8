"""Contents → what templates get: plain dicts, lists and strings, every figure already written out.

`by_content` knows which fields a content has; each paper has a module of its own. Kept free of imports.
"""
