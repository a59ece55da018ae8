"""One module for each kind of file: its columns, how a row becomes an entry, and its checks (`Rules`)."""
