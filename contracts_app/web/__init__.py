"""HTTP: sign-in, guard, REST API and pages. Commands go to Temporal, reads to PostgreSQL.

`guard` decides who may use a route, `giving` hands a command over, `problems` words every error,
`bodies` reads JSON strictly; `api` holds the REST routes, `pages` the HTML ones.
"""
