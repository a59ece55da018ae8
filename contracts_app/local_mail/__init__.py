"""A local mail server: takes mail by ordinary SMTP on loopback, keeps it, shows it in the browser.

For practice and tests. In production `CONTRACTS_SMTP_ADDRESS` names a real server and this one is not
started; the rest of the product cannot tell the two apart.
"""
