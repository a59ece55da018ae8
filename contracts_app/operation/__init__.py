"""Process control: start, watch and stop PostgreSQL, Temporal, mail, worker and web on this machine."""
