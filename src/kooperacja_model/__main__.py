"""`python -m kooperacja_model`: the command line."""

from kooperacja_model.cli import main

if __name__ == "__main__":
    main()
