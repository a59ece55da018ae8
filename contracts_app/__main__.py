"""`python -m contracts_app` is the command line `contracts`."""

from contracts_app.cli import main

if __name__ == "__main__":
    main()
